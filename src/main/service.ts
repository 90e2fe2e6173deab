import { resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { StartedService } from "../cli/banner.ts";
import { effectiveConfig } from "../config/effective.ts";
import { networkList } from "../config/networks.ts";
import type { ReadServerLog } from "../core/logs/kept-lines.ts";
import { ServerLog } from "../core/logs/server-log.ts";
import type { Log } from "../core/ports.ts";
import type { GetServerProcesses } from "../core/server-processes.ts";
import { startMetricsListener } from "../http/metrics.ts";
import { Followers } from "../http/rest/followers.ts";
import { startHttpServer } from "../http/server.ts";
import type { SandboxLink } from "../sandbox/remote.ts";
import { acceptSwitch } from "../supervisor/linux/listeners.ts";
import { steerConnections } from "../supervisor/linux/steer.ts";
import type { Service } from "../supervisor/service.ts";
import type { Listening } from "../supervisor/supervisor.ts";
import { startBackground } from "./background.ts";
import { servedCertificate } from "./certificate.ts";
import { compose } from "./compose.ts";
import { registerDemo } from "./demo.ts";
import { watchDescriptors } from "./descriptor-watch.ts";
import { startLocalAdmin } from "./local-admin.ts";
import { CAN_SHARE_PORT } from "./platform.ts";
import { clock, random } from "./ports.ts";
import type { Settings } from "./settings.ts";
import { warnOfConfiguration, warnOfDangers, warnOfDefaultApp } from "./warnings.ts";
import { workerCount } from "./worker-count.ts";

/** How long a process with a broken store may still answer the requests in hand. */
const LAST_ANSWERS_MS = 200;
/** How long a draining worker goes on answering, so that open connections are closed cleanly. */
const DRAIN_MS = 2000;

/** Returns what sends SIGHUP to the supervisor, which may be this process. */
const reloadBySignal = (getServerProcesses: GetServerProcesses) => async (): Promise<boolean> => {
  const processes = CAN_SHARE_PORT ? await getServerProcesses() : null;
  if (processes === null) return false;
  process.kill(processes.supervisor, "SIGHUP");
  return true;
};

/** Quotes a text for a shell if it needs it. */
const shellWord = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** The settings, the address and the duties of a worker. */
export interface ServiceTask {
  settings: Settings;
  address: Listening;
  /** This worker is the first with these settings, and logs their warnings. */
  isFirst: boolean;
}

export type Started = StartedService & { port: number };

export interface ServiceDeps {
  /** The simulated WeChat; null for the real one. */
  sandbox: SandboxLink | null;
  log: Log;
  getServerProcesses: GetServerProcesses;
  readServerLog: ReadServerLog;
}

/**
 * Starts the service in this process: the store, the core, the HTTP server, the background work.
 *
 * @throws StartError
 */
export async function startService(
  { settings, address, isFirst }: ServiceTask,
  { sandbox, log, getServerProcesses, readServerLog }: ServiceDeps,
): Promise<Service<Started>> {
  const { config } = settings.loaded;
  if (isFirst) warnOfConfiguration(settings.loaded, log);
  // A bug in the background must not take the requests with it.
  process.on("unhandledRejection", (err) => log.error({ err }, "a bug: nobody caught this"));
  const composed = await compose(config, log, {
    sandbox,
    isServer: true,
    processes: CAN_SHARE_PORT ? workerCount(config) : 1,
    onBroken(err) {
      log.error(
        { err },
        "the disk failed and LMDB can no longer be used in this process, which ends; the supervisor starts another one",
      );
      setTimeout(() => process.exit(1), LAST_ANSWERS_MS);
    },
  });
  const { core, adminKey, metrics, metering } = composed;
  if (isFirst) warnOfDangers(config, adminKey.path, log);
  if (sandbox !== null) await registerDemo(core);
  if (isFirst) await warnOfDefaultApp(config, core, log);

  let url: string | null = null;
  const facts = {
    ...composed.facts,
    getServerProcesses,
    getUrl: () => url,
    requestReload: reloadBySignal(getServerProcesses),
    checkSelf: async () => (await import("./self-check.ts")).checkSelf(config, composed),
    certificate: settings.tls && servedCertificate(settings.tls.cert),
  };
  const shownConfig = effectiveConfig(settings.loaded);
  const observe = metering?.request ?? null;
  const serverLog = new ServerLog(readServerLog);
  const followers = new Followers(serverLog);
  const server = startHttpServer({
    core,
    log,
    accessLog: config["log.access"],
    ...address,
    shared: CAN_SHARE_PORT,
    envelopePaths: config.envelope_paths,
    tls: settings.tls,
    corsOrigins: config.cors_origins,
    console: config.EnableConsole
      ? { publicUrl: config.public_url, isTls: settings.tls !== null }
      : null,
    docs: config.EnableDocs,
    facts,
    serverLog,
    followers,
    backups: composed.backups,
    storeChecks: composed.storeChecks,
    config: shownConfig,
    trustedNetworks: networkList(config.trusted_networks),
    trustedProxies: networkList(config.trusted_proxies),
    upstreamTimeoutSeconds: config["wechat.timeout"],
    maxBodyBytes: config["gateway.max_body"],
    idleTimeoutSeconds: config["http.idle_timeout"],
    sandbox: sandbox && {
      handle: sandbox.handle,
      // Other servers do without its schemas.
      routes: (await import("../sandbox/routes.ts")).SANDBOX_ROUTES,
    },
    observe,
    metrics: metrics === "beside" && metering !== null ? metering.text : null,
  });
  const metricsListener =
    metering !== null && metrics !== null && metrics !== "beside"
      ? startMetricsListener({ ...metrics, text: metering.text, log, shared: CAN_SHARE_PORT })
      : null;
  const endWatch = watchDescriptors({
    closeIdleConnections: () =>
      server.closeIdleConnections() + (metricsListener?.closeIdleConnections() ?? 0),
    accepting: acceptSwitch(),
    clock,
    log,
  });
  const host = server.host.includes(":") ? `[${server.host}]` : server.host;
  url = `${config.EnableHTTPS ? "https" : "http"}://${host}:${server.port}`;
  const localAdmin = await startLocalAdmin({
    ...{ core, log, facts, serverLog, followers, observe },
    maxBodyBytes: config["gateway.max_body"],
    backups: composed.backups,
    storeChecks: composed.storeChecks,
    config: shownConfig,
    dataDir: config.data_dir,
  });
  const background = await startBackground({ ...composed, clock, random, log });
  log.info(
    { appname: config.appname, host: server.host, port: server.port, sandbox: config.sandbox },
    "started",
  );

  const stop = async (): Promise<void> => {
    endWatch();
    followers.close();
    localAdmin?.withdraw();
    await server.stop();
    await localAdmin?.stop();
    await metricsListener?.stop();
    await background.stop();
    await composed.close();
    log.info({}, "stopped");
  };
  return {
    started: {
      version: packageJson.version,
      url,
      port: server.port,
      dataPlace: composed.facts.data,
      sandbox: config.sandbox,
      docs: config.EnableDocs,
      console: config.EnableConsole,
      isEmpty: (await core.apps.isEmpty()) === true,
      appAddCommand: `waferd app add <appid> --data-dir ${shellWord(resolve(config.data_dir))}`,
      // In a pipe or a journal the key would be a secret in a log.
      newAdminKey: adminKey.created && process.stderr.isTTY === true ? adminKey.key : null,
      adminKeyPath: adminKey.path === null ? null : resolve(adminKey.path),
    },
    steer(index) {
      if (!steerConnections(index) && index !== null)
        log.warn(
          {},
          "the kernel does not steer connections: the draining worker may lose new ones",
        );
    },
    async drain(onListenerClosed) {
      localAdmin?.withdraw();
      followers.close();
      server.closeConnectionsAfterAnswer();
      await clock.sleep(DRAIN_MS);
      const stopped = stop();
      onListenerClosed();
      await stopped;
    },
    stop,
  };
}
