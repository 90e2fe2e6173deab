import {
  AggregatorRegistry,
  type MetricObjectWithValues,
  type MetricValue,
  type Registry,
} from "prom-client";

/** The values of metrics at one moment, in the JSON form of prom-client. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[];

export const snapshotOf = async (register: Registry): Promise<Snapshot> =>
  (await register.getMetricsAsJSON()) as Snapshot;

/** Merges values of the same metric and labels, mostly into their sum, as the metric says. */
export const mergeSnapshots = (snapshots: readonly Snapshot[]): Promise<Snapshot> =>
  snapshotOf(merged(snapshots));

/** Merges as {@link mergeSnapshots} does, into Prometheus' text format. */
export const snapshotsText = (snapshots: readonly Snapshot[]): Promise<string> =>
  merged(snapshots).metrics();

/** Returns the counters and histograms: gauges mean nothing once their process is gone. */
export const countersOf = (snapshot: Snapshot): Snapshot =>
  snapshot.filter(({ type }) => `${type}` === "counter" || `${type}` === "histogram");

const merged = (snapshots: readonly Snapshot[]): Registry =>
  AggregatorRegistry.aggregate([...snapshots]);
