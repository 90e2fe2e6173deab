import { expect, test } from "bun:test";
import { TestClock } from "../../test/harness/clock.ts";
import { silentLog } from "../../test/harness/silent-log.ts";
import { until } from "../../test/harness/until.ts";
import { StartError } from "../core/errors.ts";
import { type Plan, Supervisor } from "./supervisor.ts";
import { DeathAtStart, type Ending, type Worker } from "./worker.ts";

const ADDRESS = { host: "127.0.0.1", port: 8888 };

/** A supervisor of workers without processes, which record their orders. */
function supervise({
  startsFail = () => false,
  diesAtStart = () => false,
  drains = () => true,
}: Partial<Behaviour> = {}) {
  const orders: string[] = [];
  const ends = new Map<string, (ending: Ending) => void>();
  const reasons: string[] = [];
  let spawned = 0;
  const spawn = (settings: string): Worker<{ port: number }> => {
    spawned += 1;
    const name = `${settings}${spawned}`;
    const { promise: ended, resolve } = Promise.withResolvers<Ending>();
    const end = (): void => resolve({ exitCode: 0, signal: null });
    ends.set(name, resolve);
    const failed = startsFail(name) || diesAtStart(name);
    if (failed) end();
    return {
      pid: spawned,
      started: failed
        ? Promise.reject(
            diesAtStart(name)
              ? new DeathAtStart(`${name} died`)
              : new StartError(`${name} cannot start`),
          )
        : Promise.resolve(ADDRESS),
      ended,
      steer: async (index) => void orders.push(`${name} steers to ${index}`),
      async drain() {
        orders.push(`${name} drains`);
        if (!drains(name)) await ended;
        end();
      },
      ping: () => Promise.resolve(),
      readLog: async () => null,
      stop: end,
      kill() {
        orders.push(`${name} is killed`);
        end();
      },
      reopenLog: () => undefined,
    };
  };
  const supervisor = new Supervisor<string, { port: number }>({
    log: silentLog,
    kept: { source: "0123abcd", first: 0, end: 0, line: () => null },
    clock: new TestClock(),
    spawn,
    refuseTakenAddress: async () => undefined,
    portOf: ({ port }) => port,
    onGivingUp: ({ message }) => void reasons.push(message),
  });
  const die = (name: string): void => ends.get(name)?.({ exitCode: null, signal: "SIGKILL" });
  return { supervisor, orders, reasons, die, spawned: () => spawned };
}

interface Behaviour {
  startsFail(name: string): boolean;
  diesAtStart(name: string): boolean;
  drains(name: string): boolean;
}

const plan = (settings: string, workers: number): Plan<string> => ({
  ...ADDRESS,
  settings,
  workers,
});

test("reload() steers new connections to each new worker while an old one drains", async () => {
  const { supervisor, orders } = supervise();
  await supervisor.start(plan("old", 2));
  await supervisor.reload(plan("new", 2));
  expect(orders).toEqual([
    ...["new3 steers to 2", "old1 drains", "new3 steers to null"],
    ...["new4 steers to 2", "old2 drains", "new4 steers to null"],
  ]);
});

test("start() replaces workers that die at their start once the first one serves", async () => {
  const { supervisor, reasons, spawned } = supervise({
    diesAtStart: (name) => ["all2", "all4"].includes(name),
  });
  expect(await supervisor.start(plan("all", 3))).toHaveLength(2);
  await until(() => supervisor.processes?.serving.length === 3);
  expect(spawned()).toBe(5);
  expect(reasons).toEqual([]);
});

test("start() ends with the reason of a worker that says why, and with the death of the first", async () => {
  const reasonOf = ({ supervisor }: ReturnType<typeof supervise>) =>
    supervisor.start(plan("all", 3)).catch((error) => error.message);
  expect(await reasonOf(supervise({ startsFail: (name) => name === "all3" }))).toBe(
    "all3 cannot start",
  );
  const first = supervise({ diesAtStart: (name) => name === "all1" });
  expect(await reasonOf(first)).toBe("all1 died");
  expect(first.spawned()).toBe(1);
});

test("reload() whose new worker dies at its start leaves the old ones serving", async () => {
  const { supervisor, orders } = supervise({ diesAtStart: (name) => name === "new3" });
  await supervisor.start(plan("old", 2));
  expect(await supervisor.reload(plan("new", 2)).catch((error) => error.message)).toBe("new3 died");
  expect(orders).toEqual([]);
  expect(supervisor.processes?.serving.map(({ pid }) => pid)).toEqual([1, 2]);
});

test("reload() counts the first worker as a listener when it chose the port itself", async () => {
  const { supervisor, orders } = supervise();
  await supervisor.start({ ...plan("old", 1), port: 0 });
  await supervisor.reload({ ...plan("new", 1), port: 0 });
  expect(orders).toEqual(["new2 steers to 1", "old1 drains", "new2 steers to null"]);
});

test("reload() to fewer workers drains the rest with the last one; to more workers adds them", async () => {
  const fewer = supervise();
  await fewer.supervisor.start(plan("old", 3));
  await fewer.supervisor.reload(plan("new", 1));
  expect(fewer.orders).toEqual([
    ...["new4 steers to 3", "old1 drains", "old2 drains", "old3 drains", "new4 steers to null"],
  ]);
  const more = supervise();
  await more.supervisor.start(plan("old", 1));
  await more.supervisor.reload(plan("new", 3));
  expect(more.orders.filter((line) => line.endsWith("drains"))).toEqual(["old1 drains"]);
  expect(more.spawned()).toBe(4);
});

test("reload() changes nothing when its first worker cannot start, not even later replacements", async () => {
  const { supervisor, orders, die, spawned } = supervise({
    startsFail: (name) => name.startsWith("bad"),
  });
  await supervisor.start(plan("good", 2));
  expect(await supervisor.reload(plan("bad", 2)).catch((error) => error.message)).toBe(
    "bad3 cannot start",
  );
  expect(orders).toEqual([]);
  die("good2");
  await until(() => spawned() === 4);
  await supervisor.reload(plan("new", 2));
  expect(orders.filter((line) => line.endsWith("drains"))).toEqual([
    "good1 drains",
    "good4 drains",
  ]);
});

test("reload() kills a worker that does not drain in time", async () => {
  const { supervisor, orders } = supervise({ drains: (name) => name !== "old1" });
  await supervisor.start(plan("old", 1));
  await supervisor.reload(plan("new", 1));
  expect(orders).toEqual([
    "new2 steers to 1",
    "old1 drains",
    "old1 is killed",
    "new2 steers to null",
  ]);
});

test("onGivingUp is called when no worker lives and none can start, not while one serves", async () => {
  let isBroken = false;
  const { supervisor, reasons, die, spawned } = supervise({ startsFail: () => isBroken });
  await supervisor.start(plan("old", 2));
  isBroken = true;
  die("old2");
  await until(() => spawned() > 15);
  expect(reasons).toEqual([]);
  die("old1");
  await until(() => reasons.length > 0);
  expect(reasons[0]).toContain("no worker is left");
});

test("processes lists the serving workers through deaths, replacements and reloads", async () => {
  let isBroken = false;
  const { supervisor, die, spawned } = supervise({ startsFail: () => isBroken });
  expect(supervisor.processes).toBeNull();
  await supervisor.start(plan("old", 2));
  const pids = () => supervisor.processes?.serving.map(({ pid }) => pid);
  expect(supervisor.processes).toMatchObject({ supervisor: process.pid, configured: 2 });
  expect(pids()).toEqual([1, 2]);
  isBroken = true;
  die("old1");
  await until(() => spawned() > 3);
  expect([pids(), supervisor.processes?.configured]).toEqual([[2], 2]);
  isBroken = false;
  await until(() => pids()?.length === 2);
  expect(pids()).toEqual([spawned(), 2]);
  await supervisor.reload(plan("new", 3));
  expect([pids()?.length, supervisor.processes?.configured]).toEqual([3, 3]);
  expect(pids()).not.toContain(2);
});

test("stop() resolves when all workers have ended, and none is replaced", async () => {
  const { supervisor, spawned } = supervise();
  await supervisor.start(plan("old", 3));
  await supervisor.stop();
  await Bun.sleep(20);
  expect(spawned()).toBe(3);
});
