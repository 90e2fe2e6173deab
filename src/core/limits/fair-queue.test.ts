import { expect, test } from "bun:test";
import { until } from "../../../test/harness/until.ts";
import { Failure } from "../errors.ts";
import { type Admit, FairQueue, type FairQueueOptions } from "./fair-queue.ts";

const FREELY: Admit = () => "begin";

/** A queue whose operations end when the test says so. */
function openQueue(options: Partial<FairQueueOptions> = {}) {
  const time = { now: 0 };
  const queue = new FairQueue({
    ...{ slots: 4, slotsOfLine: 3, capacity: 1000, patience: 1000 },
    clock: { sleep: () => Bun.sleep(1) },
    monotonic: () => time.now,
    ...options,
  });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const ask = (line: string, id = line, admit = FREELY) =>
    queue.run(line, admit, async () => {
      begun.push(id);
      await new Promise<void>((resolve) => ends.push(resolve));
      return id;
    });
  return {
    queue,
    time,
    begun,
    ask,
    /** Ends operations in the order in which they began, also those that begin meanwhile. */
    async finish(count = Number.POSITIVE_INFINITY) {
      for (let ended = 0; ended < count; ended += 1) {
        await Bun.sleep(0);
        const end = ends.shift();
        if (end === undefined) return;
        end();
      }
      await Bun.sleep(0);
    },
  };
}

test("run() gives a line at most its slots, and all lines together at most all", async () => {
  const { ask, begun, finish, queue } = openQueue();
  const flood = Array.from({ length: 10 }, (_, index) => ask("flood", `flood ${index}`));
  await Bun.sleep(0);
  expect(begun).toEqual(["flood 0", "flood 1", "flood 2"]);
  const others = ["a", "b", "c"].map((line) => ask(line));
  await Bun.sleep(0);
  expect(begun.slice(3)).toEqual(["a"]);
  expect(queue.waiting).toBe(9);
  await finish();
  expect(await Promise.all([...flood, ...others])).toHaveLength(13);
  expect(begun).toHaveLength(13);
  expect(queue.waiting).toBe(0);
});

test("run() lets lines take turns, however long they are", async () => {
  const { ask, begun, finish } = openQueue({ slots: 1, slotsOfLine: 1 });
  const flood = Array.from({ length: 500 }, () => ask("flood"));
  await finish(1);
  const honest = ["a", "a", "b"].map((line) => ask(line));
  await finish(6);
  expect(begun.filter((line) => line !== "flood")).toEqual(["a", "b", "a"]);
  await finish();
  await Promise.all([...flood, ...honest]);
});

test("run() passes an operation's error on, and frees its slot", async () => {
  const { queue } = openQueue({ slots: 1, slotsOfLine: 1 });
  const failing = async () => {
    throw new Error("broken");
  };
  await expect(queue.run("a", FREELY, failing)).rejects.toThrow("broken");
  expect(await queue.run("a", FREELY, async () => "done")).toBe("done");
});

test("run() asks for admission when an operation of the line has ended, and no sooner", async () => {
  const { ask, begun, finish } = openQueue();
  let tokens = 1;
  const refused = new Failure("tooOften");
  const admit: Admit = (inHand) => {
    if (tokens > 0) {
      tokens -= 1;
      return "begin";
    }
    return inHand > 0 ? "wait" : refused;
  };
  const asked = ["1", "2", "3"].map((id) => ask("a", id, admit));
  await Bun.sleep(0);
  expect(begun).toEqual(["1"]);
  tokens = 1;
  await finish(1);
  expect(begun).toEqual(["1", "2"]);
  await finish();
  expect(await Promise.all(asked)).toEqual(["1", "2", refused]);
});

test("a full queue sends the newest of the longest line away, and no other", async () => {
  const { ask, begun, finish } = openQueue({ slots: 1, slotsOfLine: 1, capacity: 5 });
  const flood = Array.from({ length: 20 }, (_, index) => ask("flood", `flood ${index}`));
  const honest = ["a", "b"].map((line) => ask(line));
  const early = await Promise.race([flood[19], Bun.sleep(1000)]);
  expect(early).toMatchObject({ code: "wechatUnreachable" });
  await finish();
  expect(await Promise.all(honest)).toEqual(["a", "b"]);
  expect(begun).toEqual(["flood 0", "flood 1", "a", "b", "flood 2", "flood 3"]);
  for (const answer of (await Promise.all(flood)).slice(4))
    expect(answer).toMatchObject({ code: "wechatUnreachable" });
});

test("run() ends a wait that takes too long, and the operation never begins", async () => {
  const { ask, begun, finish, time, queue } = openQueue({ slots: 1, slotsOfLine: 1 });
  const first = ask("a", "first");
  const late = [ask("a", "late"), ask("b", "late too")];
  time.now = 500;
  const recent = ask("b", "recent");
  time.now = 1000;
  expect(await Promise.all(late)).toEqual([
    expect.objectContaining({ code: "wechatUnreachable" }),
    expect.objectContaining({ code: "wechatUnreachable" }),
  ]);
  expect(queue.waiting).toBe(1);
  await finish();
  expect([await first, await recent]).toEqual(["first", "recent"]);
  expect(begun).toEqual(["first", "recent"]);
  const again = ask("a", "again");
  await until(() => begun.includes("again"));
  await finish();
  expect(await again).toBe("again");
});
