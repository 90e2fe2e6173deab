import { accessSync, constants, existsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, resolve } from "node:path";
import { metricsPlace } from "../../config/metrics-place.ts";
import type { Config } from "../../config/schema.ts";
import { StartError } from "../../core/errors.ts";
import { serverUrl } from "../api/connect.ts";
import { serverOf } from "../api/find-server.ts";
import { CommandFailure } from "../command-failure.ts";
import { type Check, checksOf, toCheck } from "./check.ts";
import { checkPair } from "./configuration.ts";
import { checkDataFolder } from "./data-folder.ts";
import { checkFree, factsOf, portOf } from "./port.ts";

/**
 * Checks what a start with a valid configuration needs of this machine, for this user: certificate
 * and key, the data folder, the log's folder, and free ports. The ports of the server of this data
 * folder count as free, because a restart frees them. Changes nothing, and does not open the store.
 */
export async function* checkStart(config: Config, now: number): AsyncGenerator<Check> {
  if (config.EnableHTTPS) yield checkPair(config, now);
  for (const check of checkDataFolder(config))
    if (check.name === "data folder") yield toCheck(check);
  yield checkLogFile(config["log.file"]);
  const running = await runningPort(config);
  yield running === String(config.httpport) || running === "unknown"
    ? checksOf("port").ok(`the waferd of this data folder listens at ${serverUrl(config)}`)
    : await checkFree(config);
  const place = metricsPlace(config.metrics);
  if (place && place !== "beside") yield await checkMetrics(place, running !== null);
}

/** Returns the port of the data folder's server; `unknown` if it does not say, null without one. */
async function runningPort(config: Config): Promise<string | null> {
  try {
    const server = await serverOf(config);
    if (server === null) return null;
    const { url } = await factsOf(server);
    return url === null ? "unknown" : portOf(url);
  } catch (error) {
    // A server that hangs is the first to be restarted.
    if (error instanceof CommandFailure) return "unknown";
    if (error instanceof StartError) return null;
    throw error;
  }
}

function checkLogFile(path: string): Check {
  const { ok, fail } = checksOf("log");
  if (path === "") return ok("it goes to standard output");
  const full = resolve(path);
  const folder = dirname(full);
  if (!existsSync(folder)) return fail(`${folder} does not exist`, "make it, or change log.file");
  if (existsSync(full) && statSync(full).isDirectory())
    return fail(`${full} is a folder`, "set log.file to a file");
  try {
    accessSync(existsSync(full) ? full : folder, constants.W_OK);
    return ok(`it goes to ${full}`);
  } catch {
    return fail(`this user cannot write ${full}`, "change its owner, or log.file");
  }
}

/** Checks the place of the metrics. That of a running server is its own, if it serves waferd's. */
async function checkMetrics(
  place: { host: string; port: number },
  isRunning: boolean,
): Promise<Check> {
  const { ok, fail } = checksOf("metrics");
  const { host, port } = place;
  const error = await listenFailure(host, port);
  if (error === null) return ok(`${host}:${port} is free`);
  if (isRunning && (await servesMetrics(host, port)))
    return ok(`the waferd of this data folder serves them at ${host}:${port}`);
  return fail(`metrics cannot be served at ${host}:${port}: ${error}`, "change metrics");
}

function listenFailure(host: string, port: number): Promise<string | null> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", ({ code, message }: NodeJS.ErrnoException) => done(code ?? message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(null)));
  });
}

const METRICS_TIMEOUT_MS = 2000;

async function servesMetrics(host: string, port: number): Promise<boolean> {
  const name = host.includes(":") ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}/metrics`, {
      signal: AbortSignal.timeout(METRICS_TIMEOUT_MS),
      proxy: "",
    });
    return (await answer.text()).includes("waferd_build_info");
  } catch {
    return false;
  }
}
