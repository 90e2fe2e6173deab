import packageJson from "../../package.json" with { type: "json" };
import { limitRates } from "../config/limits.ts";
import { metricsPlace } from "../config/metrics-place.ts";
import type { Config } from "../config/schema.ts";
import { dataPlace, type StoreTarget, storeTarget } from "../config/store-target.ts";
import { createCore } from "../core/core.ts";
import type { Log } from "../core/ports.ts";
import type { Store } from "../core/store.ts";
import { StoreCheckService } from "../core/store-checks/store-check-service.ts";
import type { StoreError } from "../core/store-error.ts";
import { CallCounter } from "../core/usage/call-counter.ts";
import { StoreCheckFile } from "../data-folder/store-check-notes.ts";
import { loadAdminKey } from "../store/admin-key.ts";
import { loadSealer } from "../store/master-key.ts";
import { type OpenTarget, openStore } from "../store/open.ts";
import type { Metering } from "../telemetry/metrics/metering.ts";
import { createWeChatClient } from "../wechat/client.ts";
import { createGatewayClient } from "../wechat/gateway-client.ts";
import type { CountedRequest } from "../wechat/http.ts";
import { openBackups } from "./backups.ts";
import { examineData } from "./data-folder.ts";
import { storeSettings, weChatOptions } from "./port-options.ts";
import { clock, monotonic, orNull, random } from "./ports.ts";

/** The text that both types are, and nothing when one of them has a text that the other lacks. */
type Same<One extends string, Other extends string> = [One, Other] extends [Other, One]
  ? One
  : never;

/** Does not compile with a driver that only the configuration or only the store has. */
type DriverName = Same<StoreTarget["driver"], OpenTarget["driver"]>;

export interface ComposeOptions {
  /** The simulated WeChat; null for the real one. */
  sandbox: { apiBase: string } | null;
  /** Whether metrics can be served: those of a command would be lost when it ends. */
  isServer: boolean;
  /** The processes of this server. */
  processes: number;
  /** Called when the disk failed and this process can no longer use the store. */
  onBroken?: (error: StoreError) => void;
}

/**
 * Composes everything below the protocols by a configuration, for a server and for commands that
 * run without one.
 *
 * @throws StartError
 */
export async function compose(
  config: Config,
  log: Log,
  { sandbox, isServer, processes, onBroken = () => undefined }: ComposeOptions,
) {
  examineData(config, isServer, log);
  const target = storeTarget(config);
  const driver: DriverName = target.driver;
  const data = dataPlace(config);
  const opened = await openStore(target, {
    ...storeSettings(config),
    // A command could do so before the backup, or under a running server of an older version.
    mayUpgrade: isServer,
    onStatement: (statement) => log.info({ statement: onOneLine(statement) }, driver),
    onBroken,
    onUpgrade: (upgrade) =>
      log.warn({ store: data, ...upgrade }, "the store was upgraded to a new format"),
  });
  const metrics = isServer ? (metricsPlace(config.metrics) ?? null) : null;
  const metering = metrics === null ? null : await meter(config, opened, log);
  const store = metering?.store ?? opened;
  const adminKey = loadAdminKey(config.data_dir, orNull(config.admin_key));
  const counter = new CallCounter({ tables: store, clock, log });
  const upstreamOptions = {
    ...weChatOptions(config),
    ...(sandbox !== null && { apiBase: sandbox.apiBase, workApiBase: sandbox.apiBase }),
  };
  const onRequest = ({ subject, endpoint }: CountedRequest): void => {
    counter.count(subject, endpoint);
    plainCore.activity.noteCall(subject, endpoint);
  };
  const wechat = createWeChatClient({
    ...{ ...upstreamOptions, onRequest },
    ...(metering !== null && { onAnswer: metering.upstream }),
  });
  const gatewayUpstream = createGatewayClient({ ...upstreamOptions, onRequest });
  const plainCore = createCore(
    {
      ...{ store, clock, monotonic, random, log, calls: counter, gatewayUpstream },
      sealer: loadSealer(config.data_dir, orNull(config.master_key)),
      wechat: metering?.wechat(wechat) ?? wechat,
      ...(metering !== null && {
        onRefused: metering.refused,
        onGatewayCall: metering.gatewayCall,
      }),
    },
    {
      adminKey: adminKey.key,
      defaultAppid: orNull(config.default_appid),
      sessionsPerUser: config.sessions_per_user,
      upstreamTimeout: config["wechat.timeout"] * 1000,
      limits: limitRates(config),
      processes,
    },
  );
  const core = metering?.core(plainCore) ?? plainCore;
  return {
    ...{ store, adminKey, wechat, core, metrics, metering },
    backups: await openBackups(config, { store, audit: core.audit, log }),
    storeChecks: new StoreCheckService({
      ...{ tables: store, clock, random, log },
      // It loads what reads other servers' data, which a server does without.
      check: async (signal) =>
        (await import("./store-check-process.ts")).checkInProcess(config, signal),
      notes: new StoreCheckFile(config.data_dir),
    }),
    facts: {
      version: packageJson.version,
      startedAt: clock.now(),
      data,
      sandbox: config.sandbox,
    },
    async close(): Promise<void> {
      await core.credentials.settle();
      await Promise.all([core.activity.flush(), core.visits.flush(), core.calls.flush()]);
      await Promise.all([wechat.close(), gatewayUpstream.close()]);
      await metering?.close();
      await store.close();
    },
  };
}

/** Imports the metrics only where they are wanted: loading them takes time and memory. */
async function meter(config: Config, store: Store, log: Log): Promise<Metering> {
  const { startMetering } = await import("../telemetry/metrics/metering.ts");
  return startMetering({ dataDir: config.data_dir, store, version: packageJson.version, log });
}

const onOneLine = (text: string): string => text.replace(/\s+/g, " ");
