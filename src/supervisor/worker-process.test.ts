import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../test/harness/silent-log.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import type { LogQuery } from "../core/logs/kept-lines.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { LeftLines } from "./left-lines.ts";
import { DeathAtStart } from "./worker.ts";
import { spawnWorker } from "./worker-process.ts";

/** A worker process whose service does as its task says. */
const SOURCE = `
import { StartError } from ${JSON.stringify(join(import.meta.dir, "../core/errors.ts"))};
import { serveOrders } from ${JSON.stringify(join(import.meta.dir, "serve-orders.ts"))};
const line = JSON.stringify({ level: "info", time: "2026-01-01T00:00:00.000Z", msg: "m" });
const kept = { source: "0123abcd", first: 0, end: 2, line: () => line };
const block = () => { for (;;); };
process.exit(await serveOrders(async (task) => {
  if (task === "fails") throw new StartError("the reason");
  if (task === "dies") process.kill(process.pid, "SIGKILL");
  return { started: "listens", steer: block, drain: async () => {}, stop: async () => {} };
}, { reopenLog: () => undefined, kept }));
`;

function start(
  folder: string,
  task: "serves" | "fails" | "dies",
  keepLines: (left: LeftLines) => void = () => undefined,
) {
  const file = join(folder, "worker.ts");
  writeFileSync(file, SOURCE);
  return spawnWorker<string, string>({
    command: [process.execPath, file],
    environment: process.env,
    task,
    supervisor: { processes: null, readLog: async () => [], keepLines },
  });
}

test("spawnWorker() starts a worker that answers, and ends when it is told to", async () => {
  using folder = tempFolder();
  const worker = start(folder.path, "serves");
  expect(await worker.started).toBe("listens");
  await worker.ping();
  await worker.ping();
  worker.stop();
  expect(await worker.ended).toEqual({ exitCode: 0, signal: null });
});

test("spawnWorker() tells a worker that says why it cannot start from one that dies", async () => {
  using folder = tempFolder();
  const failed = await start(folder.path, "fails").started.catch((error) => error);
  expect([failed instanceof DeathAtStart, failed.message]).toEqual([false, "the reason"]);
  const died = await start(folder.path, "dies").started.catch((error) => error);
  expect([died instanceof DeathAtStart, died.message]).toEqual([
    true,
    "a worker process ended at its start (SIGKILL)",
  ]);
});

test("a worker reads its lines for the supervisor, and leaves them when it is drained", async () => {
  using folder = tempFolder();
  const left = Promise.withResolvers<LeftLines>();
  const worker = start(folder.path, "serves", left.resolve);
  await worker.started;
  const query: LogQuery = { filter: {}, direction: "back", from: null, limit: 1 };
  const portions = await Promise.all([
    worker.readLog(query),
    worker.readLog({ ...query, limit: 9 }),
  ]);
  expect(portions.map((portion) => portion?.lines.map(({ number }) => number))).toEqual([
    [1],
    [1, 0],
  ]);
  void worker.drain();
  expect(await left.promise).toMatchObject({ source: "0123abcd", first: 0, lines: { length: 2 } });
  const late = worker.readLog(query);
  await worker.ended;
  await late;
  expect(await worker.readLog(query)).toBeNull();
});

test("Heartbeat kills a worker whose event loop is blocked", async () => {
  using folder = tempFolder();
  const worker = start(folder.path, "serves");
  await worker.started;
  const heartbeat = new Heartbeat(silentLog);
  heartbeat.watch(worker);
  void worker.steer(0);
  expect(await worker.ended).toEqual({ exitCode: null, signal: "SIGKILL" });
  heartbeat.stop();
}, 120_000);
