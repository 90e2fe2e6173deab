import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { banner, type StartedService } from "./cli/banner.ts";
import type { Io } from "./cli/io.ts";
import { runProgram } from "./cli/program.ts";
import type { Serve } from "./cli/serve.ts";
import type { LoadedConfig } from "./config/load.ts";
import { networkList } from "./config/networks.ts";
import type { Config } from "./config/schema.ts";
import { addressOf, hasPassword, type StoreTarget, storeTarget } from "./config/store-target.ts";
import type { Actor } from "./core/audit.ts";
import { CallCounter } from "./core/call-counter.ts";
import { type Core, createCore } from "./core/core.ts";
import { keepCredentials } from "./core/credential-keeper.ts";
import { Failure, StartError } from "./core/errors.ts";
import { Lease } from "./core/lease.ts";
import type { Clock, Log, Random } from "./core/ports.ts";
import { sweepExpired } from "./core/sweeper.ts";
import { refuseTakenAddress } from "./http/free-address.ts";
import { startHttpServer } from "./http/server.ts";
import { remoteSandbox, type SandboxLink } from "./sandbox/remote.ts";
import { startSandbox } from "./sandbox/sandbox.ts";
import { DEMO_AGENT, DEMO_APP } from "./sandbox/world.ts";
import { loadAdminKey } from "./store/admin-key.ts";
import { isExposed } from "./store/key-file.ts";
import { openStore, type StoreOptions } from "./store/open.ts";
import { ownWorker } from "./supervisor/own-worker.ts";
import { setProcessName } from "./supervisor/process-name.ts";
import { serveOrders } from "./supervisor/serve-orders.ts";
import type { Service } from "./supervisor/service.ts";
import { steerConnections } from "./supervisor/steer.ts";
import { supervise } from "./supervisor/supervise.ts";
import { type Listening, type Plan, Supervisor } from "./supervisor/supervisor.ts";
import { spawnWorker } from "./supervisor/worker-process.ts";
import { createLog, type ReopenableLog } from "./telemetry/log.ts";
import { createWeChatClient } from "./wechat/client.ts";

const SWEEP_INTERVAL_MS = 10_000;
const KEEP_INTERVAL_MS = 30_000;
const FLUSH_INTERVAL_MS = 10_000;
/** Of all workers and nodes one sweeps and keeps. When it dies, another does after two of these at the latest. */
const LEASE_MS = 20_000;
const LEASE_INTERVAL_MS = LEASE_MS / 2;
/** How long a worker that is to leave goes on answering, so that clients with open connections learn that they must connect anew. */
const RETIREMENT_MS = 2000;
/** Elsewhere several processes cannot share a port evenly. */
const CAN_SHARE_PORT = process.platform === "linux";

const clock: Clock = { now: () => Date.now(), sleep: (duration) => Bun.sleep(duration) };
const random: Random = { hex: (bytes) => randomBytes(bytes).toString("hex") };

const orNull = (text: string): string | null => (text === "" ? null : text);

/** A configuration, and the files that it names as they were read with it. */
interface Settings {
  loaded: LoadedConfig;
  tls: { cert: string; key: string } | null;
}

/** What a worker is to serve. */
interface Task {
  settings: Settings;
  address: Listening;
  /** It says what there is to say of the configuration. */
  isFirst: boolean;
  /** Where the shared sandbox is; null without it. */
  sandboxBase: string | null;
}

type Started = StartedService & { port: number };

async function startService(
  { settings, address, isFirst }: Omit<Task, "sandboxBase">,
  sandbox: SandboxLink | null,
  log: Log,
): Promise<Service<Started>> {
  const { config, sources, ignored } = settings.loaded;
  if (isFirst && ignored.length > 0)
    log.info({ keys: ignored }, "keys of the configuration without a meaning here");
  // A bug in the background must not take the requests with it.
  process.on("unhandledRejection", (err) => log.error({ err }, "a bug: nobody caught this"));
  if (isFirst && sources.store.startsWith("--") && hasPassword(config.store))
    log.warn(
      {},
      "every user of this machine can read the store's password: put the address into WAFERD_STORE",
    );
  const target = storeTarget(config);
  const store = await openStore(storeOptions(config, target));
  const adminKey = loadAdminKey(config.data_dir, orNull(config.admin_key));
  if (isFirst) warnOfDangers(config, adminKey.path, log);

  const counter = new CallCounter({ store, clock, log });
  const wechat = createWeChatClient({
    apiBase: sandbox?.apiBase ?? config["wechat.api_base"],
    workApiBase: sandbox?.apiBase ?? config["work.api_base"],
    connectTimeoutSeconds: config["wechat.connect_timeout"],
    timeoutSeconds: config["wechat.timeout"],
    proxy: orNull(config["wechat.proxy"]),
    onRequest: ({ subject, endpoint }) => void counter.count(subject, endpoint),
  });
  const core = createCore(
    { store, wechat, clock, random, log },
    {
      adminKey: adminKey.key,
      defaultAppid: orNull(config.default_appid),
      sessionsPerUser: config.sessions_per_user,
      upstreamTimeout: config["wechat.timeout"] * 1000,
    },
  );
  if (sandbox !== null) await registerDemo(core);

  if (isFirst && config.default_appid !== "" && (await core.apps.find(null)) instanceof Failure)
    log.warn({ defaultAppid: config.default_appid }, "default_appid is not registered");

  const server = startHttpServer({
    core,
    log,
    accessLog: config["log.access"],
    ...address,
    shared: CAN_SHARE_PORT,
    envelopePaths: config.envelope_paths,
    tls: settings.tls,
    corsOrigins: config.cors_origins,
    docs: config.EnableDocs,
    version: packageJson.version,
    trustedNetworks: networkList(config.trusted_networks),
    trustedProxies: networkList(config.trusted_proxies),
    upstreamTimeoutSeconds: config["wechat.timeout"],
    sandbox: sandbox?.handle ?? null,
  });
  const lease = new Lease({ store, clock, random, log }, "scheduler", LEASE_MS);
  await lease.renew();
  const alone = (run: () => Promise<unknown>) => async () => lease.isHeld && run();
  const stopLeasing = repeat(LEASE_INTERVAL_MS, () => lease.renew());
  const stopSweeping = repeat(
    SWEEP_INTERVAL_MS,
    alone(() => sweepExpired({ store, clock, log })),
  );
  const stopFlushing = repeat(FLUSH_INTERVAL_MS, () => core.activity.flush());
  const stopKeeping = repeat(
    KEEP_INTERVAL_MS,
    alone(() => keepCredentials({ store, clock, log, ...core })),
  );
  log.info(
    { appname: config.appname, host: server.host, port: server.port, sandbox: config.sandbox },
    "started",
  );

  const stop = async (): Promise<void> => {
    await server.stop();
    await stopLeasing();
    await stopSweeping();
    await stopFlushing();
    await stopKeeping();
    await lease.release();
    await core.credentials.settle();
    await core.activity.flush();
    await wechat.close();
    await store.close();
    log.info({}, "stopped");
  };
  return {
    started: {
      version: packageJson.version,
      url: `${config.EnableHTTPS ? "https" : "http"}://${server.host.includes(":") ? `[${server.host}]` : server.host}:${server.port}`,
      port: server.port,
      dataPlace: target.driver === "lmdb" ? resolve(config.data_dir) : addressOf(target),
      sandbox: config.sandbox,
      docs: config.EnableDocs,
      isEmpty: (await core.apps.isEmpty()) === true,
      // Into a pipe or a journal it would be a secret in a log.
      newAdminKey: adminKey.created && io.isTerminal ? adminKey.key : null,
      adminKeyPath: adminKey.path === null ? null : resolve(adminKey.path),
    },
    steer(index) {
      if (!steerConnections(index) && index !== null)
        log.warn({}, "the kernel does not let connections be steered: the one that leaves may lose some");
    },
    async retire(onDeaf) {
      server.dismissClients();
      await clock.sleep(RETIREMENT_MS);
      const stopped = stop();
      onDeaf();
      await stopped;
    },
    stop,
  };
}

/** `waferd serve`: a supervisor with its workers. A single worker is the supervisor's own process, until its first reload. */
const serve: Serve = async (load, io) => {
  // Listened for from here on: a signal in the middle of the start is obeyed after it.
  const terminated = io.terminated();
  const cannotGoOn = Promise.withResolvers<never>();
  const settings = readSettings(load());
  const { config } = settings.loaded;
  let log = openLog(config, null);
  // The log may be another one after a reload.
  const currentLog: Log = {
    debugEnabled: false,
    debug: () => undefined,
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
  const sandbox = config.sandbox ? await startSandbox({ clock, random }) : null;
  const planOf = (settings: Settings): Plan<Settings> => {
    const { httpaddr: host, httpport: port } = settings.loaded.config;
    return { settings, host, port, workers: countOf(settings.loaded.config, currentLog) };
  };
  const first = planOf(settings);
  let isAlone = first.workers === 1;
  const supervisor = new Supervisor<Settings, Started>({
    log: currentLog,
    clock,
    spawn(settings, address, isFirst) {
      if (!isAlone) return spawnWorker(workerProcess({ settings, address, isFirst }, sandbox));
      isAlone = false;
      return ownWorker(startService({ settings, address, isFirst }, sandbox, log));
    },
    refuseTakenAddress: ({ host, port }) => refuseTakenAddress(host, port),
    portOf: ({ port }) => port,
    onGivingUp: cannotGoOn.reject,
  });
  await supervise({
    supervisor,
    first,
    next() {
      if (!CAN_SHARE_PORT)
        throw new StartError("processes cannot share a port here, as a reload needs: restart waferd");
      const settings = readSettings(load());
      if (settings.loaded.config.sandbox !== config.sandbox)
        throw new StartError("sandbox cannot be changed by a reload: restart waferd");
      return planOf(settings);
    },
    onStarted: ([first]) => io.print(first === undefined ? "" : banner(first)),
    onReloaded({ settings }) {
      log = openLog(settings.loaded.config, null);
    },
    log: currentLog,
    reopenLog: () => log.reopen(),
    ending: Promise.race([terminated, cannotGoOn.promise]),
    notifySocket: process.env["NOTIFY_SOCKET"],
  });
  await sandbox?.stop();
};

/** How a worker process is started. */
function workerProcess(task: Omit<Task, "sandboxBase">, sandbox: SandboxLink | null) {
  const isCompiled = Bun.main.startsWith("/$bunfs/");
  const { NOTIFY_SOCKET: _, ...environment } = process.env;
  return {
    // The very executable that runs, even if another lies in its place by now.
    command: [`/proc/${process.pid}/exe`, ...(isCompiled ? [] : [Bun.main]), "worker"],
    environment,
    task: { ...task, sandboxBase: sandbox?.apiBase ?? null },
  };
}

/** `waferd worker`. */
const work = async (): Promise<void> => {
  // It was started as /proc/…/exe.
  setProcessName("waferd");
  let log: ReopenableLog | null = null;
  const status = await serveOrders<Task, Started>(
    async ({ sandboxBase, ...task }) => {
      log = openLog(task.settings.loaded.config, { pid: process.pid });
      return startService(task, sandboxBase === null ? null : remoteSandbox(sandboxBase), log);
    },
    () => log?.reopen(),
  );
  process.exit(status);
};

const openLog = (config: Config, base: object | null): ReopenableLog =>
  createLog({
    level: config["log.level"],
    pretty: process.stdout.isTTY === true,
    file: orNull(config["log.file"]),
    base,
  });

/** How many workers there are to be. */
function countOf({ workers }: Config, log: Log): number {
  const count = workers === "auto" ? availableParallelism() : Number(workers);
  if (count === 1 || CAN_SHARE_PORT) return count;
  log.warn({ workers }, "this system cannot share a port among processes: one worker runs");
  return 1;
}

const readSettings = (loaded: LoadedConfig): Settings => ({
  loaded,
  tls: loaded.config.EnableHTTPS ? tlsFiles(loaded.config) : null,
});

const storeOptions = (config: Config, target: StoreTarget): StoreOptions => ({
  ...target,
  dataDir: config.data_dir,
  masterKey: orNull(config.master_key),
  sandbox: config.sandbox,
});

/** The certificate and its key. */
function tlsFiles(config: Config): { cert: string; key: string } {
  const read = (option: "HTTPSCertFile" | "HTTPSKeyFile"): string => {
    try {
      return readFileSync(config[option], "utf8");
    } catch (cause) {
      throw new StartError(`${option}: ${(cause as Error).message}`, { cause });
    }
  };
  return { cert: read("HTTPSCertFile"), key: read("HTTPSKeyFile") };
}

function warnOfDangers(config: Config, adminKeyPath: string | null, log: Log): void {
  if (config.sandbox) log.warn({}, "SANDBOX: WeChat is simulated, and anyone can log in as anyone");
  if (config["wechat.api_base"].startsWith("http:"))
    log.warn({ apiBase: config["wechat.api_base"] }, "secrets go to WeChat without TLS");
  if (isExposed(config.data_dir))
    log.warn({ path: config.data_dir }, "others can read this data folder: chmod 700 it");
  for (const path of [
    adminKeyPath,
    orNull(config.master_key) === null ? `${config.data_dir}/master.key` : null,
  ])
    if (path !== null && isExposed(path)) log.warn({ path }, "others can read this key file: chmod 600 it");
}

/** So that the sandbox has an app and a WeCom agent to try. */
async function registerDemo(core: Core): Promise<void> {
  const actor: Actor = { by: "sandbox", requestId: null };
  await core.apps.register({ appid: DEMO_APP.appid, appSecret: DEMO_APP.secret, title: "Demo" }, actor);
  const { corpid, agentid, secret: agentSecret } = DEMO_AGENT;
  if ((await core.workAgents.find(corpid, agentid)) instanceof Failure)
    await core.workAgents.register({ corpid, agentid, agentSecret, remark: "sandbox" }, actor);
}

/** Does something now and from time to time; the returned function ends that, and waits for the round in hand. */
function repeat(intervalMs: number, run: () => Promise<unknown>): () => Promise<void> {
  let round: Promise<unknown> | null = null;
  const next = (): void => {
    round ??= run().finally(() => {
      round = null;
    });
  };
  next();
  const timer = setInterval(next, intervalMs);
  return async () => {
    clearInterval(timer);
    await round;
  };
}

/** The first SIGTERM or SIGINT asks; a second one does not wait for the requests in hand. */
function terminated(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGTERM", "SIGINT"] as const)
      process.on(signal, () => {
        if (asked) process.exit(1);
        asked = true;
        resolve();
      });
  });
}

const io: Io = {
  environment: process.env,
  isTerminal: process.stderr.isTTY === true,
  print: (text) => void process.stderr.write(text),
  write: (text) => void process.stdout.write(text),
  terminated,
};

process.exit(await runProgram(process.argv.slice(2), { version: packageJson.version, io, serve, work }));
