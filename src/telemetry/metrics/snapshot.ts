import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from "prom-client";

/** The values of metrics at one moment, fit for JSON: prom-client's own form. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[];

export const snapshotOf = async (register: Registry): Promise<Snapshot> =>
  (await register.getMetricsAsJSON()) as Snapshot;

/** Values of the same metric and labels become one, as the metric says: their sum, mostly. */
export const mergeSnapshots = (snapshots: readonly Snapshot[]): Promise<Snapshot> =>
  snapshotOf(merged(snapshots));

/** As {@link mergeSnapshots}, in Prometheus' text format. */
export const snapshotsText = (snapshots: readonly Snapshot[]): Promise<string> =>
  merged(snapshots).metrics();

/** What outlives its process: what was counted. A gauge of a process that is gone means nothing. */
export const countersOf = (snapshot: Snapshot): Snapshot =>
  snapshot.filter(({ type }) => `${type}` === "counter" || `${type}` === "histogram");

const merged = (snapshots: readonly Snapshot[]): Registry =>
  AggregatorRegistry.aggregate([...snapshots]);
