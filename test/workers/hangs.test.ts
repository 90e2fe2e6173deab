/** Workers that hang or die, stopped supervisors, and stores that refuse writes. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_DRIVER } from "../../src/config/drivers/drivers.ts";
import { childrenOf, isRunning } from "../harness/processes.ts";
import { startProduction } from "../harness/production.ts";
import { testStore } from "../harness/stores/store.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

/** Sends each request on its own connection: the kernel spreads connections, not requests. */
const ALONE = { Connection: "close" };
/** Enough for the five seconds of the heartbeat and a start, on a busy machine. */
const REPLACED_MS = 60_000;

const DRIVER = process.env["WAFERD_TEST_STORE"] ?? DEFAULT_DRIVER;
/** How often a worker is stopped at a random moment, until it is one at which it holds the lock. */
const MOST_TRIES = 60;

const replaced = ({ log }: Waferd): number =>
  log.filter(({ msg }) => String(msg).startsWith("a worker replaced")).length;
const hung = ({ log }: Waferd): number[] =>
  log
    .filter(({ msg }) => String(msg).startsWith("a worker does not answer"))
    .map(({ pid }) => Number(pid));
const died = ({ log }: Waferd): number =>
  log.filter(({ msg }) => String(msg).startsWith("a worker died")).length;

/** Returns the workers of a server that may not listen yet. */
function workersOf(dataDir: string): number[] {
  const server = readdirSync("/proc").find(
    (name) => /^\d+$/.test(name) && argumentsOf(name).includes(dataDir),
  );
  return server === undefined ? [] : childrenOf(Number(server));
}

function argumentsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}

test.concurrent.each(["1", "2"])(
  "a stopped worker of %s is killed and replaced, and the log says so",
  async (workers) => {
    await using waferd = await Waferd.start({ args: ["--workers", workers] });
    const before = waferd.workers;
    const [victim = 0] = before;
    process.kill(victim, "SIGSTOP");
    await until(() => replaced(waferd) === 1, REPLACED_MS);
    expect(hung(waferd)).toEqual([victim]);
    expect(isRunning(victim)).toBe(false);
    expect(waferd.workers).toHaveLength(before.length);
    expect((await fetch(`${waferd.url}/healthz`, { headers: ALONE })).status).toBe(200);
  },
  90_000,
);

test.concurrent("a single worker that is killed is replaced", async () => {
  await using waferd = await Waferd.start();
  const victim = waferd.worker;
  process.kill(victim, "SIGKILL");
  await until(() => replaced(waferd) === 1, REPLACED_MS);
  expect(waferd.worker).not.toBe(victim);
  expect((await fetch(`${waferd.url}/readyz`, { headers: ALONE })).status).toBe(200);
}, 90_000);

test.concurrent.each(["the supervisor", "the whole server"])(
  "no worker is killed when %s was stopped for ten seconds",
  async (what) => {
    await using waferd = await Waferd.start({ args: ["--workers", "2"] });
    const { workers } = waferd;
    const all = what === "the supervisor" ? [waferd.pid] : [waferd.pid, ...workers];
    for (const pid of all) process.kill(pid, "SIGSTOP");
    await Bun.sleep(10_000);
    // The supervisor goes on first, and finds answers overdue.
    for (const pid of all) process.kill(pid, "SIGCONT");
    await waferd.logged(({ msg }) => String(msg).startsWith("this process was paused"));
    await Bun.sleep(6000);
    expect(hung(waferd)).toEqual([]);
    expect(waferd.workers).toEqual(workers);
  },
  60_000,
);

test.concurrent("stop ends a server whose worker hangs", async () => {
  await using waferd = await Waferd.start();
  process.kill(waferd.worker, "SIGSTOP");
  waferd.signal("SIGTERM");
  expect(await waferd.exited()).toBe(0);
}, 60_000);

test.concurrent("a stopped worker does not outlive its supervisor", async () => {
  await using waferd = await Waferd.start();
  const { worker } = waferd;
  process.kill(worker, "SIGSTOP");
  waferd.signal("SIGKILL");
  await waferd.exited();
  await until(() => !isRunning(worker), 20_000);
}, 60_000);

test.concurrent("workers that are killed while they start are replaced once one serves, at any time of their start", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  const [first = 0] = waferd.workers;
  process.kill(waferd.workers[1] ?? 0, "SIGKILL");
  for (const ms of [0, 20, 60, 120, 200, 350]) {
    await until(() => waferd.workers.length === 2, REPLACED_MS);
    await Bun.sleep(ms);
    const starting = waferd.workers.find((pid) => pid !== first);
    if (starting !== undefined) process.kill(starting, "SIGKILL");
  }
  await until(() => replaced(waferd) > 0 && waferd.workers.length === 2, REPLACED_MS);
  expect(waferd.workers).toContain(first);
  expect((await fetch(`${waferd.url}/healthz`)).status).toBe(200);
}, 150_000);

test.concurrent("a reload whose new worker is killed while it starts leaves the old ones serving", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  const before = waferd.workers;
  waferd.signal("SIGHUP");
  await until(() => waferd.workers.length > 2, 30_000);
  for (const pid of waferd.workers) if (!before.includes(pid)) process.kill(pid, "SIGKILL");
  await until(
    () => waferd.log.some(({ msg }) => String(msg).startsWith("the reload failed")),
    30_000,
  );
  await until(() => waferd.workers.length === 2, 30_000);
  expect(waferd.workers).toEqual(before);
  expect(died(waferd)).toBe(0);
  expect((await fetch(`${waferd.url}/healthz`)).status).toBe(200);
}, 90_000);

test.concurrent("a worker of a first start that is killed while the first one serves is replaced", async () => {
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const starting = Waferd.start({ args: ["--workers", "4"], dataDir });
  // The first one starts alone, and the others when it serves.
  await until(() => workersOf(dataDir).length > 1, REPLACED_MS);
  const victims = workersOf(dataDir).slice(1);
  for (const pid of victims) process.kill(pid, "SIGKILL");
  await using waferd = await starting;
  await until(() => waferd.workers.length === 4, REPLACED_MS);
  for (const pid of victims) expect(waferd.workers).not.toContain(pid);
  expect((await fetch(`${waferd.url}/healthz`)).status).toBe(200);
}, 120_000);

/** Another process that writes to a data folder of LMDB when it is asked. */
async function lmdbWriter(dataDir: string) {
  const writer = Bun.spawn([process.execPath, join(import.meta.dir, "lmdb-writer.ts"), dataDir], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  let asked = 0;
  let written = "";
  void (async () => {
    for await (const chunk of writer.stdout) written += new TextDecoder().decode(chunk);
  })();
  const isDone = () => written.split("\n").length - 1 === asked;
  const ask = (): void => {
    asked += 1;
    writer.stdin.write("\n");
    writer.stdin.flush();
  };
  ask();
  await until(isDone, 30_000);
  return {
    ask,
    isDone,
    async [Symbol.asyncDispose]() {
      writer.kill("SIGKILL");
      await writer.exited;
    },
  };
}

test.if(DRIVER === DEFAULT_DRIVER)(
  "a worker that is stopped while it holds LMDB's lock delays logins until it is killed, no longer",
  async () => {
    await using production = await startProduction({
      args: ["--workers", "2", "--log-access", "false"],
    });
    const { waferd } = production;
    await using writer = await lmdbWriter(waferd.dataDir);
    let isOver = false;
    let successes = 0;
    const client = async (index: number): Promise<void> => {
      for (let round = 0; !isOver; round += 1) {
        const { code } = production.device(production.user(`user-${index}-${round % 5}`));
        const login = waferd.call("qcloud.cam.id_skey", { code }, { headers: ALONE });
        // A connection of the stopped worker ends with it.
        const isSuccess = await login.then(
          ({ returnCode }) => returnCode === 0,
          () => false,
        );
        if (isSuccess) successes += 1;
      }
    };
    const clients = Array.from({ length: 6 }, (_, index) => client(index));
    const victim = waferd.workers[0] ?? 0;
    let tries = 0;
    for (let isHeld = false; !isHeld && tries < MOST_TRIES; tries += 1) {
      await Bun.sleep(20 + 17 * (tries % 7));
      process.kill(victim, "SIGSTOP");
      writer.ask();
      await until(writer.isDone, 1500).catch(() => undefined);
      isHeld = !writer.isDone();
      if (!isHeld) process.kill(victim, "SIGCONT");
    }
    expect(tries).toBeLessThan(MOST_TRIES);
    await until(writer.isDone, REPLACED_MS);
    await until(() => replaced(waferd) === 1, REPLACED_MS);
    const before = successes;
    await until(() => successes > before + 10, 30_000);
    isOver = true;
    await Promise.all(clients);
    expect(hung(waferd)).toEqual([victim]);
  },
  180_000,
);

test("/readyz is 503 while the store refuses writes, and 200 by itself when it takes them again", async () => {
  await using production = await startProduction();
  const { waferd } = production;
  const readiness = async () => {
    const answer = await fetch(`${waferd.url}/readyz`);
    const { checks } = (await answer.json()) as { checks: Record<string, string> };
    return { status: answer.status, writes: checks["writes"] };
  };
  expect(await readiness()).toEqual({ status: 200, writes: "ok" });
  await testStore.refuseWrites(waferd);
  await until(async () => {
    expect((await production.login(production.user("alice"))).returnCode).toBe(1006);
    return (await readiness()).status === 503;
  }, 20_000);
  expect(await readiness()).toEqual({ status: 503, writes: "refused" });
  expect((await fetch(`${waferd.url}/healthz`)).status).toBe(200);
  await testStore.allowWrites(waferd);
  await until(async () => (await readiness()).status === 200, 20_000);
  expect((await production.login(production.user("alice"))).returnCode).toBe(0);
}, 60_000);
