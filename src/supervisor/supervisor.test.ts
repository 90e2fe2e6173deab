import { expect, test } from "bun:test";
import { TestClock } from "../../test/harness/clock.ts";
import { silentLog } from "../../test/harness/silent-log.ts";
import { until } from "../../test/harness/until.ts";
import { StartError } from "../core/errors.ts";
import { type Plan, Supervisor } from "./supervisor.ts";
import type { Ending, Worker } from "./worker.ts";

const ADDRESS = { host: "127.0.0.1", port: 8888 };

/** Workers without processes, which write down what they are told. */
function crew({ startsFail = () => false, leaves = () => true }: Partial<Behaviour> = {}) {
  const told: string[] = [];
  const ends = new Map<string, (ending: Ending) => void>();
  const reasons: string[] = [];
  let hired = 0;
  const spawn = (settings: string): Worker<{ port: number }> => {
    hired += 1;
    const name = `${settings}${hired}`;
    const { promise: ended, resolve } = Promise.withResolvers<Ending>();
    const end = (): void => resolve({ exitCode: 0, signal: null });
    ends.set(name, resolve);
    const failed = startsFail(name);
    if (failed) end();
    return {
      pid: hired,
      started: failed
        ? Promise.reject(new StartError(`${name} cannot start`))
        : Promise.resolve(ADDRESS),
      ended,
      steer: async (index) => void told.push(`${name} steers to ${index}`),
      async retire() {
        told.push(`${name} retires`);
        if (!leaves(name)) await ended;
        end();
      },
      stop: end,
      kill() {
        told.push(`${name} is killed`);
        end();
      },
      reopenLog: () => undefined,
    };
  };
  const supervisor = new Supervisor<string, { port: number }>({
    log: silentLog,
    clock: new TestClock(),
    spawn,
    refuseTakenAddress: async () => undefined,
    portOf: ({ port }) => port,
    onGivingUp: ({ message }) => void reasons.push(message),
  });
  const die = (name: string): void => ends.get(name)?.({ exitCode: null, signal: "SIGKILL" });
  return { supervisor, told, reasons, die, hired: () => hired };
}

interface Behaviour {
  startsFail(name: string): boolean;
  leaves(name: string): boolean;
}

const plan = (settings: string, workers: number): Plan<string> => ({
  ...ADDRESS,
  settings,
  workers,
});

test("reload() has each new worker take what comes, from the last place, while an old one leaves", async () => {
  const { supervisor, told } = crew();
  await supervisor.start(plan("old", 2));
  await supervisor.reload(plan("new", 2));
  expect(told).toEqual([
    ...["new3 steers to 2", "old1 retires", "new3 steers to null"],
    ...["new4 steers to 2", "old2 retires", "new4 steers to null"],
  ]);
});

test("reload() counts the first worker among those that listen, although it found the port", async () => {
  const { supervisor, told } = crew();
  await supervisor.start({ ...plan("old", 1), port: 0 });
  await supervisor.reload({ ...plan("new", 1), port: 0 });
  expect(told).toEqual(["new2 steers to 1", "old1 retires", "new2 steers to null"]);
});

test("reload() to fewer workers has the rest leave with the last, and to more adds the others", async () => {
  const fewer = crew();
  await fewer.supervisor.start(plan("old", 3));
  await fewer.supervisor.reload(plan("new", 1));
  expect(fewer.told).toEqual([
    ...["new4 steers to 3", "old1 retires", "old2 retires", "old3 retires", "new4 steers to null"],
  ]);
  const more = crew();
  await more.supervisor.start(plan("old", 1));
  await more.supervisor.reload(plan("new", 3));
  expect(more.told.filter((line) => line.endsWith("retires"))).toEqual(["old1 retires"]);
  expect(more.hired()).toBe(4);
});

test("reload() whose first worker cannot start changes nothing, and what dies later has the old settings", async () => {
  const { supervisor, told, die, hired } = crew({ startsFail: (name) => name.startsWith("bad") });
  await supervisor.start(plan("good", 2));
  expect(await supervisor.reload(plan("bad", 2)).catch((error) => error.message)).toBe(
    "bad3 cannot start",
  );
  expect(told).toEqual([]);
  die("good2");
  await until(() => hired() === 4);
  await supervisor.reload(plan("new", 2));
  expect(told.filter((line) => line.endsWith("retires"))).toEqual([
    "good1 retires",
    "good4 retires",
  ]);
});

test("a worker that does not leave is killed", async () => {
  const { supervisor, told } = crew({ leaves: (name) => name !== "old1" });
  await supervisor.start(plan("old", 1));
  await supervisor.reload(plan("new", 1));
  expect(told).toEqual([
    "new2 steers to 1",
    "old1 retires",
    "old1 is killed",
    "new2 steers to null",
  ]);
});

test("it gives up when nobody lives and nobody can start, and not while one serves", async () => {
  let isBroken = false;
  const { supervisor, reasons, die, hired } = crew({ startsFail: () => isBroken });
  await supervisor.start(plan("old", 2));
  isBroken = true;
  die("old2");
  await until(() => hired() > 15);
  expect(reasons).toEqual([]);
  die("old1");
  await until(() => reasons.length > 0);
  expect(reasons[0]).toContain("no worker lives");
});

test("crew has who serves, and how many are wanted, whoever dies, comes or is replaced", async () => {
  let isBroken = false;
  const { supervisor, die, hired } = crew({ startsFail: () => isBroken });
  expect(supervisor.crew).toBeNull();
  await supervisor.start(plan("old", 2));
  const pids = () => supervisor.crew?.serving.map(({ pid }) => pid);
  expect(supervisor.crew).toMatchObject({ supervisor: process.pid, configured: 2 });
  expect(pids()).toEqual([1, 2]);
  isBroken = true;
  die("old1");
  await until(() => hired() > 3);
  expect([pids(), supervisor.crew?.configured]).toEqual([[2], 2]);
  isBroken = false;
  await until(() => pids()?.length === 2);
  expect(pids()).toEqual([hired(), 2]);
  await supervisor.reload(plan("new", 3));
  expect([pids()?.length, supervisor.crew?.configured]).toEqual([3, 3]);
  expect(pids()).not.toContain(2);
});

test("stop() waits for all, and nobody is replaced any more", async () => {
  const { supervisor, hired } = crew();
  await supervisor.start(plan("old", 3));
  await supervisor.stop();
  await Bun.sleep(20);
  expect(hired()).toBe(3);
});
