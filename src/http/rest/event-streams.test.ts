import { expect, test } from "bun:test";
import { until } from "../../../test/harness/until.ts";
import { EventStreams, type StreamClient } from "./event-streams.ts";

/** A stream of one event after another, whose client may be given. */
function open(
  streams: EventStreams,
  client: Partial<StreamClient> = {},
  next = async (_ending: AbortSignal) => "data: 1\n\n",
) {
  const events = streams
    .open(next, {
      gone: new AbortController().signal,
      mayFollow: async () => true,
      ...client,
    })
    ?.getReader();
  if (events === undefined) throw new Error("too many streams");
  return events;
}

test.each([
  { what: "between its events", next: async () => "data: 1\n\n" },
  {
    what: "without any event",
    next: (ending: AbortSignal) =>
      new Promise<string>((done) => ending.addEventListener("abort", () => done(""))),
  },
])(
  "a stream ends $what when its client's key is no longer good, and frees its place",
  async ({ next }) => {
    let isGood = true;
    const streams = new EventStreams(1, { checkMs: 1 });
    const events = open(streams, { mayFollow: async () => isGood }, next);
    await Bun.sleep(10);
    expect(() => open(streams)).toThrow("too many");
    isGood = false;
    await events.closed;
    expect((await open(streams).read()).done).toBe(false);
  },
);

test("a stream asks once at a time about its client's key, and no more when it has ended", async () => {
  let checks = 0;
  const answers: (() => void)[] = [];
  const streams = new EventStreams(1, { checkMs: 1 });
  open(streams, {
    mayFollow() {
      checks += 1;
      return new Promise((done) => answers.push(() => done(true)));
    },
  });
  await until(() => checks === 1);
  await Bun.sleep(20);
  expect(checks).toBe(1);
  answers[0]?.();
  await until(() => checks === 2);
  answers[1]?.();
  streams.close();
  await Bun.sleep(20);
  expect(checks).toBe(2);
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
