import { expect, test } from "bun:test";
import { SingleFlight } from "./single-flight.ts";

function sharedRuns() {
  const runs = new SingleFlight<number>();
  let starts = 0;
  const pending = Promise.withResolvers<number>();
  const start = () => {
    starts += 1;
    return pending.promise;
  };
  return { runs, pending, start, starts: () => starts };
}

test("run() shares one run among concurrent callers of a key", async () => {
  const { runs: shared, pending, start, starts } = sharedRuns();
  const both = [shared.run("a", start), shared.run("a", start)];
  expect(shared.isRunning("a")).toBe(true);
  pending.resolve(7);
  expect(await Promise.all(both)).toEqual([7, 7]);
  expect(starts()).toBe(1);
});

test("run() starts again once the run of that key has ended, and beside runs of other keys", async () => {
  const { runs: shared, pending, start, starts } = sharedRuns();
  const runs = [shared.run("a", start), shared.run("b", start)];
  pending.resolve(1);
  await Promise.all(runs);
  expect(shared.isRunning("a")).toBe(false);
  await shared.run("a", start);
  expect(starts()).toBe(3);
});

test("run() passes a rejection to every caller, and starts again after it", async () => {
  const { runs: shared, pending, start } = sharedRuns();
  const both = [shared.run("a", start), shared.run("a", start)];
  pending.reject(new Error("no"));
  const outcomes = await Promise.allSettled(both);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await shared.run("a", async () => 2)).toBe(2);
});

test("settle() waits for the runs in progress, a failing one among them", async () => {
  const { runs: shared, pending, start } = sharedRuns();
  shared.run("a", start).catch(() => undefined);
  let isSettled = false;
  const settled = shared.settle().then(() => {
    isSettled = true;
  });
  await Promise.resolve();
  expect(isSettled).toBe(false);
  pending.reject(new Error("no"));
  await settled;
  expect(isSettled).toBe(true);
});

test("join() shares one run until the last caller has used its result, and then ends it once", async () => {
  const { runs: shared, pending, start, starts } = sharedRuns();
  const [firstUse, secondUse] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const ended: number[] = [];
  const join = (use: Promise<string>) =>
    shared.join("a", {
      start,
      use: async (result) => `${await use} ${result}`,
      end: async (result) => void ended.push(result),
    });
  const first = join(firstUse.promise);
  pending.resolve(7);
  await pending.promise;
  const second = join(secondUse.promise);
  firstUse.resolve("first");
  expect(await first).toBe("first 7");
  expect([shared.isRunning("a"), starts(), ended]).toEqual([true, 1, []]);
  secondUse.resolve("second");
  expect(await second).toBe("second 7");
  expect([shared.isRunning("a"), starts(), ended]).toEqual([false, 1, [7]]);
});

test("join() ends a run whose use failed", async () => {
  const { runs: shared } = sharedRuns();
  const ended: number[] = [];
  const joined = shared.join("a", {
    start: async () => 7,
    use: () => Promise.reject(new Error("no")),
    end: async (result) => void ended.push(result),
  });
  await expect(joined).rejects.toThrow("no");
  expect([shared.isRunning("a"), ended]).toEqual([false, [7]]);
});
