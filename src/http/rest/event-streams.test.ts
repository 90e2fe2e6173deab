import { expect, test } from "bun:test";
import type { Caller } from "../../core/access/access.ts";
import { Failure } from "../../core/errors.ts";
import type { RestCall } from "./context.ts";
import { EventStreams, type StreamClient } from "./event-streams.ts";
import { adminClient } from "./events.ts";

/** A stream of one event after another, whose client may be given. */
function open(streams: EventStreams, client: Partial<StreamClient> = {}) {
  const events = streams
    .open(async () => "data: 1\n\n", {
      gone: new AbortController().signal,
      mayFollow: async () => true,
      ...client,
    })
    ?.getReader();
  if (events === undefined) throw new Error("too many streams");
  return events;
}

test("a stream ends when its client's key is no longer good, and frees its place", async () => {
  let isGood = true;
  const streams = new EventStreams(1, { checkMs: 0 });
  const events = open(streams, { mayFollow: async () => isGood });
  expect((await events.read()).done).toBe(false);
  isGood = false;
  expect((await events.read()).done).toBe(true);
  expect((await open(streams).read()).done).toBe(false);
});

test("a stream asks about its client's key now and then, not at each event", async () => {
  let checks = 0;
  const events = open(new EventStreams(1), {
    async mayFollow() {
      checks += 1;
      return false;
    },
  });
  for (let count = 0; count < 20; count += 1) await events.read();
  expect(checks).toBe(0);
});

test("a stream ends after its longest time, also when its client takes nothing", async () => {
  const streams = new EventStreams(1, { longestMs: 20 });
  const events = open(streams);
  await events.closed;
  open(streams);
});

test("a stream whose events fail frees its place, and its client's end says nothing more", async () => {
  const gone = new AbortController();
  const streams = new EventStreams(1);
  const failing = streams.open(
    async () => {
      throw new Error("out of events");
    },
    { gone: gone.signal, mayFollow: async () => true },
  );
  expect(failing?.getReader().read()).rejects.toThrow("out of events");
  await Bun.sleep(0);
  gone.abort();
  expect((await open(streams).read()).done).toBe(false);
});

test.each([
  { outcome: "admin", may: true },
  { outcome: new Failure("storeFailed"), may: true },
  { outcome: new Failure("forbidden"), may: false },
  { outcome: new Failure("keyRequired"), may: false },
])("mayFollow() of an administrator is $may for $outcome", async ({ outcome, may }) => {
  const caller = { key: "a-key" } as Caller;
  const asked: unknown[] = [];
  const access = {
    async authorize(...given: unknown[]) {
      asked.push(given);
      return outcome;
    },
  };
  const request = new Request("http://localhost/");
  const client = adminClient(access, { request, call: { caller } as RestCall });
  expect(await client.mayFollow()).toBe(may);
  expect(asked).toEqual([[caller, "admin"]]);
});
