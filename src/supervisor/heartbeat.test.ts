import { expect, test } from "bun:test";
import { silentLog } from "../../test/harness/silent-log.ts";
import { Heartbeat } from "./heartbeat.ts";

/** A heartbeat over workers that answer when the test says so; each tick is a second. */
function watched({ runDelay = 0 }: { runDelay?: number } = {}) {
  const killed: number[] = [];
  const ends = new Map<number, () => void>();
  let now = 0;
  const pauses: unknown[] = [];
  const heartbeat = new Heartbeat(
    { ...silentLog, warn: (fields) => void pauses.push(Object(fields).pausedMs) },
    () => now,
    () => now * runDelay,
  );
  const silent = new Set<number>();
  for (const pid of [1, 2]) {
    const { promise: ended, resolve } = Promise.withResolvers<{ exitCode: 0; signal: null }>();
    ends.set(pid, () => resolve({ exitCode: 0, signal: null }));
    heartbeat.watch({
      pid,
      ended,
      ping: () => (silent.has(pid) ? new Promise(() => undefined) : Promise.resolve()),
      kill: () => void killed.push(pid),
    });
  }
  const tick = async (ms = 1000): Promise<void> => {
    now += ms;
    heartbeat.tick();
    await Bun.sleep(0);
  };
  const ticks = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) await tick();
  };
  return { heartbeat, killed, pauses, silent, ends, tick, ticks };
}

test("tick() kills a worker that owes an answer for more than five seconds, once, and no other", async () => {
  const { heartbeat, killed, silent, ticks } = watched();
  await ticks(10);
  silent.add(2);
  await ticks(6);
  expect(killed).toEqual([]);
  await ticks(1);
  expect(killed).toEqual([2]);
  await ticks(10);
  expect(killed).toEqual([2]);
  heartbeat.stop();
});

test("tick() notes that it comes late, also the first one", async () => {
  const { heartbeat, pauses, tick } = watched();
  await tick(11_000);
  await tick(1900);
  await tick(4000);
  expect(pauses).toEqual([10_000, 3000]);
  heartbeat.stop();
});

test("tick() that comes late gives every worker a new full period", async () => {
  const { heartbeat, killed, silent, tick, ticks } = watched();
  await ticks(1);
  silent.add(1);
  await ticks(4);
  await tick(60_000);
  await ticks(5);
  expect(killed).toEqual([]);
  await ticks(1);
  expect(killed).toEqual([1]);
  heartbeat.stop();
});

test("tick() does not count the time for which a worker waited for a processor", async () => {
  const { heartbeat, killed, silent, ticks } = watched({ runDelay: 0.9 });
  await ticks(1);
  silent.add(1);
  await ticks(40);
  expect(killed).toEqual([]);
  await ticks(20);
  expect(killed).toEqual([1]);
  heartbeat.stop();
});

test("watch() ends with the worker", async () => {
  const { heartbeat, killed, silent, ends, ticks } = watched();
  silent.add(1);
  await ticks(3);
  ends.get(1)?.();
  await ticks(20);
  expect(killed).toEqual([]);
  heartbeat.stop();
});
