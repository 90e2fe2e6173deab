import { join } from "node:path";
import { Gauge, Registry } from "prom-client";
import type { Core } from "../../core/core.ts";
import type { ErrorCode } from "../../core/errors.ts";
import type { LimitName } from "../../core/limits/limit-names.ts";
import type { Log } from "../../core/ports.ts";
import type { Store } from "../../core/store.ts";
import type { WeChat } from "../../core/wechat.ts";
import { bounded } from "./bounded.ts";
import { meteredCore } from "./metered-core.ts";
import { meteredStore } from "./metered-store.ts";
import { meteredWeChat } from "./metered-wechat.ts";
import { createMeters } from "./meters.ts";
import { measureProcess } from "./process-metrics.ts";
import { snapshotOf, snapshotsText } from "./snapshot.ts";
import { SnapshotFolder, WRITE_INTERVAL_MS } from "./snapshot-folder.ts";
import { storeGauges } from "./store-gauges.ts";

/** The most outcomes that get a label. WeChat has hundreds of errcodes; an app meets a few. */
const MOST_OUTCOMES = 60;

export interface MeteringOptions {
  dataDir: string;
  /** The store to measure. */
  store: Store;
  version: string;
  log: Log;
}

/** Measures this process, and reports the sums of all processes of the data folder. */
export interface Metering {
  /** The store, with its operations timed. */
  store: Store;
  /** Wraps the client of WeChat, and counts renewals. */
  wechat(wechat: WeChat): WeChat;
  /** Wraps a core, and counts logins and checks. */
  core(core: Core): Core;
  /** Observes an answered request. */
  request(answered: {
    protocol: string;
    operation: string;
    code: string | number;
    failure: ErrorCode | null;
    durationMs: number;
  }): void;
  /** Observes a request to WeChat. */
  upstream(answered: { endpoint: string; outcome: string | number; durationMs: number }): void;
  /** Observes a call of the gateway. */
  gatewayCall(call: { owner: string; path: string; outcome: string | number }): void;
  /** Observes a call that a limit refused. */
  refused(limit: LimitName): void;
  /** Returns the figures of all processes in Prometheus' text format. */
  text(): Promise<string>;
  close(): Promise<void>;
}

export async function startMetering({
  dataDir,
  store,
  version,
  log,
}: MeteringOptions): Promise<Metering> {
  const meters = createMeters();
  const { register, requests, failures, refusals, upstream, gatewayCalls, apps } = meters;
  const build = buildInfo(version);
  const stopMeasuring = measureProcess(register);
  const folder = await SnapshotFolder.open(join(dataDir, "metrics"), {
    snapshot: () => snapshotOf(register),
    reset: () => register.resetMetrics(),
  });
  let isLogged = false;
  const write = async (): Promise<void> => {
    try {
      await folder.write();
      isLogged = false;
    } catch (err) {
      // Logged once: a full disk would log it every two seconds.
      if (!isLogged)
        log.warn({ err }, "cannot write the metrics of this process for the other processes");
      isLogged = true;
    }
  };
  const timer = setInterval(() => void write(), WRITE_INTERVAL_MS);
  const outcomes = bounded(MOST_OUTCOMES);
  const gatewayOutcomes = bounded(MOST_OUTCOMES);
  return {
    store: meteredStore(store, meters),
    wechat: (wechat) => meteredWeChat(wechat, meters),
    core: (core) => meteredCore(core, meters),
    request({ protocol, operation, code, failure, durationMs }) {
      requests.observe(protocol, operation, code, durationMs / 1000);
      if (failure !== null) failures.inc({ failure });
    },
    upstream({ endpoint, outcome, durationMs }) {
      upstream.observe({ endpoint, outcome: outcomes(String(outcome)) }, durationMs / 1000);
    },
    gatewayCall: ({ owner, path, outcome }) =>
      gatewayCalls.inc({ owner, path, outcome: gatewayOutcomes(String(outcome)) }),
    refused: (limit) => refusals.inc({ limit }),
    async text() {
      const [processes, stored] = await Promise.all([folder.sum(), storeGauges(store, apps)]);
      return snapshotsText([processes, stored, await snapshotOf(build)]);
    },
    async close() {
      clearInterval(timer);
      stopMeasuring();
      await folder.close().catch(() => undefined);
    },
  };
}

function buildInfo(version: string): Registry {
  const register = new Registry();
  new Gauge({
    name: "waferd_build_info",
    help: "1, with the version of the process that answered.",
    labelNames: ["version", "bun"],
    registers: [register],
  }).set({ version, bun: Bun.version }, 1);
  return register;
}
