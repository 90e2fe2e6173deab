import { resolve } from "node:path";
import { isatty } from "node:tty";
import packageJson from "../package.json" with { type: "json" };
import type { OpenService } from "./cli/api/store.ts";
import type { DoctorPorts } from "./cli/doctor/check.ts";
import type { Io } from "./cli/io.ts";
import { runProgram } from "./cli/program.ts";
import { writeFully } from "./cli/terminal/output.ts";
import { networkList } from "./config/networks.ts";
import type { Config } from "./config/schema.ts";
import { hasPassword, isStoreShared } from "./config/store-target.ts";
import type { Actor } from "./core/access/audit.ts";
import { Lease } from "./core/coordination/lease.ts";
import { sweepExpired } from "./core/coordination/sweeper.ts";
import type { Core } from "./core/core.ts";
import { keepCredentials } from "./core/credentials/credential-keeper.ts";
import { Failure } from "./core/errors.ts";
import type { Log } from "./core/ports.ts";
import { startMetricsListener } from "./http/metrics.ts";
import { restInProcess } from "./http/rest/in-process.ts";
import { startHttpServer } from "./http/server.ts";
import { compose, weChatOptions } from "./main/compose.ts";
import { clock, orNull, random } from "./main/ports.ts";
import { serveWith } from "./main/serve.ts";
import { CAN_SHARE_PORT, type StartService } from "./main/service.ts";
import { storeTools } from "./main/store-tools.ts";
import { work } from "./main/work.ts";
import { startSandbox } from "./sandbox/sandbox.ts";
import { DEMO_AGENT, DEMO_APP } from "./sandbox/world.ts";
import { isExposed } from "./store/key-file.ts";
import { steerConnections } from "./supervisor/linux/steer.ts";
import { createWeChatClient } from "./wechat/client.ts";
import { probeUpstream } from "./wechat/probe.ts";

const SWEEP_INTERVAL_MS = 10_000;
const KEEP_INTERVAL_MS = 30_000;
/** How long a process whose store is broken still has to answer the requests in hand. */
const LAST_ANSWERS_MS = 200;
const FLUSH_INTERVAL_MS = 10_000;
/** Of all workers and nodes one sweeps and keeps. When it dies, another does so after one and a half of these at most. */
const LEASE_MS = 20_000;
const LEASE_INTERVAL_MS = LEASE_MS / 2;
/** How long a worker that is to leave goes on answering, so that clients with open connections learn to connect anew. */
const RETIREMENT_MS = 2000;

const startService: StartService = async (
  { settings, address, isFirst },
  sandbox,
  log,
  getServerProcesses,
) => {
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
  const composed = await compose(config, log, {
    sandbox,
    isServer: true,
    isShared: config.workers !== "1" || isStoreShared(config),
    onBroken(err) {
      log.error(
        { err },
        "the disk failed, and LMDB gave its data up in this process, which ends: start another",
      );
      setTimeout(() => process.exit(1), LAST_ANSWERS_MS);
    },
  });
  const { store, core, adminKey, metrics, metering } = composed;
  if (isFirst) warnOfDangers(config, adminKey.path, log);
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
    facts: { ...composed.facts, getServerProcesses },
    trustedNetworks: networkList(config.trusted_networks),
    trustedProxies: networkList(config.trusted_proxies),
    upstreamTimeoutSeconds: config["wechat.timeout"],
    sandbox: sandbox?.handle ?? null,
    observe: metering?.request ?? null,
    metrics: metrics === "beside" && metering !== null ? metering.text : null,
  });
  const metricsListener =
    metering !== null && metrics !== null && metrics !== "beside"
      ? startMetricsListener({ ...metrics, text: metering.text, log, shared: CAN_SHARE_PORT })
      : null;
  const lease = new Lease({ tables: store, clock, random, log }, "scheduler", LEASE_MS);
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
    alone(() => keepCredentials({ tables: store, clock, log, ...core })),
  );
  log.info(
    { appname: config.appname, host: server.host, port: server.port, sandbox: config.sandbox },
    "started",
  );

  const stop = async (): Promise<void> => {
    await server.stop();
    await metricsListener?.stop();
    await stopLeasing();
    await stopSweeping();
    await stopFlushing();
    await stopKeeping();
    await lease.release();
    await composed.close();
    log.info({}, "stopped");
  };
  return {
    started: {
      version: packageJson.version,
      url: `${config.EnableHTTPS ? "https" : "http"}://${server.host.includes(":") ? `[${server.host}]` : server.host}:${server.port}`,
      port: server.port,
      dataPlace: composed.facts.data,
      sandbox: config.sandbox,
      docs: config.EnableDocs,
      isEmpty: (await core.apps.isEmpty()) === true,
      // Into a pipe or a journal it would be a secret in a log.
      newAdminKey: adminKey.created && io.isTerminal ? adminKey.key : null,
      adminKeyPath: adminKey.path === null ? null : resolve(adminKey.path),
    },
    steer(index) {
      if (!steerConnections(index) && index !== null)
        log.warn(
          {},
          "the kernel does not let connections be steered: the one that leaves may lose some",
        );
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
};

const openService: OpenService = async (config, log) => {
  const sandbox = config.sandbox ? await startSandbox({ clock, random }) : null;
  const composed = await compose(config, log, { sandbox, isServer: false, isShared: true });
  const { core, adminKey, store, wechat, facts } = composed;
  return {
    ...{
      store,
      wechat,
      adminKey: adminKey.key,
      handle: restInProcess({
        core,
        log,
        facts: { ...facts, getServerProcesses: async () => null },
      }),
    },
    async close() {
      await composed.close();
      await sandbox?.stop();
    },
  };
};

const doctor: DoctorPorts = {
  openStore: (config) => storeTools.open(config),
  openWeChat: (config) => createWeChatClient(weChatOptions(config)),
  probe: probeUpstream,
};

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
    if (path !== null && isExposed(path))
      log.warn({ path }, "others can read this key file: chmod 600 it");
}

/** So that the sandbox has an app and a WeCom agent to try. */
async function registerDemo(core: Core): Promise<void> {
  const actor: Actor = { by: "sandbox", requestId: null };
  await core.apps.register(
    { appid: DEMO_APP.appid, appSecret: DEMO_APP.secret, title: "Demo" },
    actor,
  );
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
  isColoured: isatty(1) && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb",
  get input() {
    return process.stdin;
  },
  print: (text) => void process.stderr.write(text),
  write: (text) => writeFully(1, text),
  terminated,
};

const { version } = packageJson;
process.exit(
  await runProgram(process.argv.slice(2), {
    version,
    io,
    clock,
    serve: serveWith({ startService, clock, random }),
    work: async () => process.exit(await work(startService)),
    storeTools,
    openService,
    doctor,
  }),
);
