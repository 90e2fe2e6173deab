import { randomBytes } from "node:crypto";
import type { Actor } from "../../src/core/access/audit.ts";
import { type Core, createCore } from "../../src/core/core.ts";
import { Failure } from "../../src/core/errors.ts";
import { LIMITS, limitNames } from "../../src/core/limits/limit-names.ts";
import type { LimitRates } from "../../src/core/limits/limits.ts";
import { parseRate } from "../../src/core/limits/rate.ts";
import type { Log, Random } from "../../src/core/ports.ts";
import type { Store } from "../../src/core/store.ts";
import { CallCounter } from "../../src/core/usage/call-counter.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { DEMO_APP } from "../../src/sandbox/world.ts";
import { loadSealer } from "../../src/store/master-key.ts";
import { openStore } from "../../src/store/open.ts";
import { createWeChatClient } from "../../src/wechat/client.ts";
import { createGatewayClient } from "../../src/wechat/gateway-client.ts";
import { TestClock } from "./clock.ts";
import { silentLog } from "./silent-log.ts";
import { tempFolder } from "./temp-folder.ts";

export const random: Random = { hex: (bytes) => randomBytes(bytes).toString("hex") };

/** The actor of changes by tests. */
export const TESTER: Actor = { by: "tester", requestId: null, address: null };

export const ADMIN_KEY = "an-admin-key-of-the-tests";

/**
 * The service without its HTTP server, with a real store in a temporary folder, the sandbox over
 * HTTP and a test clock.
 */
export interface Scenario extends AsyncDisposable {
  clock: TestClock;
  core: Core;
  /** The store as the core sees it, after `wrap`. */
  store: Store;
  /** The same, by the name under which services take their tables. */
  tables: Store;
  sandbox: Sandbox;
}

export interface ScenarioOptions {
  sessionsPerUser?: number;
  log?: Log;
  /** By default those of the options. */
  limits?: Partial<LimitRates>;
  /** Wraps the store before the core gets it. */
  wrap?: (store: Store) => Store;
}

const DEFAULT_RATES = Object.fromEntries(
  limitNames.map((name) => [name, parseRate(LIMITS[name].default) ?? null]),
) as LimitRates;

/** Opens a scenario in which the demo app is registered. */
export async function openScenario({
  sessionsPerUser = 1,
  log = silentLog,
  limits = {},
  wrap,
}: ScenarioOptions = {}): Promise<Scenario> {
  const folder = tempFolder();
  const clock = new TestClock();
  const opened = await openStore(
    { driver: "lmdb", options: {} },
    { dataDir: folder.path, masterKey: null, sandbox: true, defaultAppid: null },
  );
  const store = wrap?.(opened) ?? opened;
  const sandbox = await startSandbox({ clock, random });
  const calls = new CallCounter({ tables: store, clock, log });
  const upstreamOptions = {
    ...{ apiBase: sandbox.apiBase, workApiBase: sandbox.apiBase },
    ...{ connectTimeoutSeconds: 1, timeoutSeconds: 2 },
  };
  const wechat = createWeChatClient({
    ...upstreamOptions,
    onRequest({ subject, endpoint }) {
      calls.count(subject, endpoint);
      core.activity.noteCall(subject, endpoint);
    },
  });
  const gatewayUpstream = createGatewayClient({ ...upstreamOptions, proxy: null });
  const core = createCore(
    {
      ...{ store, wechat, clock, monotonic: () => clock.now(), random, log, calls },
      ...{ gatewayUpstream, sealer: loadSealer(folder.path, null) },
    },
    {
      adminKey: ADMIN_KEY,
      defaultAppid: null,
      sessionsPerUser,
      upstreamTimeout: 2000,
      limits: { ...DEFAULT_RATES, ...limits },
      processes: 1,
    },
  );
  await core.apps.register({ appid: DEMO_APP.appid, appSecret: DEMO_APP.secret }, TESTER);
  return {
    clock,
    core,
    store,
    tables: store,
    sandbox,
    async [Symbol.asyncDispose]() {
      await Promise.all([wechat.close(), gatewayUpstream.close()]);
      await sandbox.stop();
      await opened.close();
      folder[Symbol.dispose]();
    },
  };
}

/**
 * Returns the value of a successful outcome.
 *
 * @throws Error when the outcome is a Failure
 */
export function succeeded<T>(outcome: T): Exclude<T, Failure> {
  if (outcome instanceof Failure) throw new Error(`failed: ${JSON.stringify(outcome)}`);
  return outcome as Exclude<T, Failure>;
}
