import { expect, test } from "bun:test";
import { readPortion } from "../../../core/logs/kept-lines.ts";
import { ServerLog } from "../../../core/logs/server-log.ts";
import { LogFollowers, MOST_FOLLOWERS } from "./followers.ts";

/** A process that keeps ten lines, and how often it was read. */
function keeping(heartbeatMs?: number) {
  const kept = {
    source: "0000000a",
    end: 0,
    get first() {
      return Math.max(0, this.end - 10);
    },
    line: (number: number) =>
      JSON.stringify({ level: "info", time: new Date(number).toISOString(), msg: `m${number}` }),
  };
  let reads = 0;
  const log = new ServerLog(async (query) => {
    reads += 1;
    return [readPortion(kept, query)];
  });
  return { kept, followers: new LogFollowers(log, heartbeatMs), reads: () => reads };
}

const START = { tail: 0, from: null };
const decoder = new TextDecoder();
const never = (): AbortSignal => new AbortController().signal;
const clientOf = (gone: AbortSignal) => ({ gone, mayFollow: async () => true });

const follow = (followers: LogFollowers, gone = never()) => {
  const events = followers.follow({}, START, clientOf(gone))?.getReader();
  if (events === undefined) throw new Error("too many followers");
  return {
    events,
    next: async (): Promise<string> => decoder.decode((await events.read()).value),
  };
};

test("follow() sends the position at once, then lines as they come", async () => {
  const { kept, followers } = keeping();
  const { next } = follow(followers);
  expect(await next()).toBe("retry: 1000\n\nid: 0000000a.0\n: \n\n");
  kept.end = 2;
  const events = await next();
  expect(events).toContain(
    'data: {"level":"info","time":"1970-01-01T00:00:00.000Z","msg":"m0"}\n\n',
  );
  expect(events).toEndWith("id: 0000000a.2\n: \n\n");
});

test("follow() sends a heartbeat with the position when there are no lines", async () => {
  const { next } = follow(keeping(0).followers);
  await next();
  expect(await next()).toBe("id: 0000000a.0\n: \n\n");
});

test("follow() reads nothing for a client that takes nothing, and tells it how many lines it missed", async () => {
  const { kept, followers, reads } = keeping();
  const { next } = follow(followers);
  await next();
  const before = reads();
  kept.end = 1000;
  await Bun.sleep(0);
  expect(reads()).toBe(before);
  const events = await next();
  expect(events).toStartWith('event: lost\ndata: {"lines":990}\n\n');
  expect(events.match(/"msg"/g)).toHaveLength(10);
});

test("follow() takes a limited number of followers, and another one when one has gone", async () => {
  const { followers } = keeping();
  const gone = new AbortController();
  const first = follow(followers, gone.signal);
  for (let count = 1; count < MOST_FOLLOWERS; count += 1) follow(followers);
  expect(followers.follow({}, START, clientOf(never()))).toBeNull();
  gone.abort();
  follow(followers);
  expect(followers.follow({}, START, clientOf(never()))).toBeNull();
  await first.events.cancel();
});

test("follow() frees the place of a client that cancels", async () => {
  const { followers } = keeping();
  for (let count = 0; count < 3 * MOST_FOLLOWERS; count += 1)
    await follow(followers).events.cancel();
  follow(followers);
});

test("close() ends every follower, and those that come later", async () => {
  const { followers } = keeping();
  const early = follow(followers);
  await early.next();
  const waiting = early.events.read();
  followers.close();
  expect((await waiting).done).toBe(true);
  expect((await follow(followers).events.read()).done).toBe(true);
});
