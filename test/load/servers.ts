import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { childrenOf } from "../harness/processes.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { EXECUTABLE } from "../harness/waferd.ts";
import type { SampleAnswer } from "./sample-answer.ts";
import type { StorePlace } from "./stored-sessions.ts";
import type { Traffic } from "./wrk.ts";

/** A server under measurement, which is stopped at the end of its scope. */
export interface Server extends AsyncDisposable {
  url: string;
  /** Ids of the processes that answer requests. */
  workers: readonly number[];
  /** Ids of all its processes. */
  processes: readonly number[];
}

/** The executable, serving a store. */
export interface Waferd extends Server {
  pid: number;
  /** Milliseconds from the start of the process to its first "ready". */
  startUp: number;
  /** Returns its log so far. */
  log(): string;
}

export interface WaferdOptions {
  workers?: number;
  /** Address of WeChat; by default the real one. */
  apiBase?: string;
  /** By default the one under test. */
  executable?: string;
}

const START_DEADLINE = 20_000;

/**
 * Starts the executable in its default configuration. Its log goes into a file, because reading a
 * pipe would cost this process time.
 */
export async function startWaferd(
  { address, dataDir }: StorePlace,
  { workers = 1, apiBase, executable = EXECUTABLE }: WaferdOptions = {},
): Promise<Waferd> {
  const folder = tempFolder();
  const log = join(folder.path, "log");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const output = openSync(log, "w");
  const startedAt = performance.now();
  const server = Bun.spawn([executable, "serve", "--port", `${port}`, "--data-dir", dataDir], {
    cwd: folder.path,
    env: {
      PATH: "/usr/bin:/bin",
      ...(address !== "" && { WAFERD_STORE: address }),
      ...(workers !== 1 && { WAFERD_WORKERS: `${workers}` }),
      ...(apiBase !== undefined && { WAFERD_WECHAT_API_BASE: apiBase }),
    },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  while (!(await isReady(url))) {
    if (server.exitCode !== null || performance.now() > startedAt + START_DEADLINE) {
      server.kill();
      throw new Error(`waferd does not start:\n${readFileSync(log, "utf8")}`);
    }
    await Bun.sleep(1);
  }
  const startUp = performance.now() - startedAt;
  // The first worker is ready before the others start.
  await until(() => readFileSync(log, "utf8").includes("listens on"), START_DEADLINE);
  const children = childrenOf(server.pid);
  return {
    ...{ url: `${url}/`, pid: server.pid, startUp },
    workers: children,
    processes: [...new Set([server.pid, ...children])],
    log: () => readFileSync(log, "utf8"),
    async [Symbol.asyncDispose]() {
      server.kill();
      await server.exited;
      folder[Symbol.dispose]();
    },
  };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );

/** Starts a bare server with so many processes, which share a port. */
export async function startBare(answer: SampleAnswer, processes = 1): Promise<Server> {
  const folder = tempFolder();
  const file = join(folder.path, "answer.json");
  writeFileSync(file, JSON.stringify(answer));
  const server = await startProcesses([join(import.meta.dir, "bare-server.ts"), file], processes);
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/**
 * Starts so many processes of a script that takes the port to share, or 0, as its last argument,
 * and prints it.
 */
export async function startProcesses(
  command: readonly string[],
  processes: number,
): Promise<Server> {
  const servers: Bun.Subprocess[] = [];
  let port = 0;
  while (servers.length < processes) {
    const server = Bun.spawn([process.execPath, ...command, `${port}`], {
      stdout: "pipe",
      stderr: "inherit",
    });
    servers.push(server);
    const { value } = await server.stdout.getReader().read();
    port = Number(new TextDecoder().decode(value));
    if (port === 0) throw new Error(`${command[0]} did not start`);
  }
  return {
    url: `http://127.0.0.1:${port}/`,
    workers: servers.map(({ pid }) => pid),
    processes: servers.map(({ pid }) => pid),
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.kill();
      await Promise.all(servers.map(({ exited }) => exited));
    },
  };
}

/**
 * Sends one of the requests and returns the answer, without the headers that Bun adds.
 *
 * @throws Error when the answer is wrong
 */
export async function sampleAnswer(
  url: string,
  { sample, status = 200, expected }: Traffic,
): Promise<SampleAnswer> {
  const { method, path, headers = {}, body } = sample;
  const response = await fetch(new URL(path, url), {
    ...{ method, headers },
    ...(body !== undefined && { body }),
  });
  const {
    date: _date,
    "content-length": _length,
    ...members
  } = Object.fromEntries(response.headers);
  const answer = { status: response.status, body: await response.text(), headers: members };
  if (answer.status !== status || !answer.body.includes(expected))
    throw new Error(`the request to measure fails: ${answer.status} ${answer.body}`);
  return answer;
}
