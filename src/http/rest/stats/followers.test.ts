import { expect, test } from "bun:test";
import { Failure } from "../../../core/errors.ts";
import { FigureFollowers, MOST_FIGURE_FOLLOWERS } from "./followers.ts";

const decoder = new TextDecoder();
const never = (): AbortSignal => new AbortController().signal;
const clientOf = (gone: AbortSignal) => ({ gone, mayFollow: async () => true });

/** Figures that are read at once, and how often they were. */
function figures(heartbeatMs = 60_000) {
  const figure: { value: number | Failure; reads: number } = { value: 1, reads: 0 };
  const followers = new FigureFollowers(1, heartbeatMs);
  const follow = (gone = never(), name = "overview") => {
    const read = async () => {
      figure.reads += 1;
      const { value, reads } = figure;
      return value instanceof Failure ? value : { at: `${reads}`, value };
    };
    const events = followers.follow(name, read, clientOf(gone))?.getReader();
    if (events === undefined) throw new Error("too many followers");
    return { events, next: async () => decoder.decode((await events.read()).value) };
  };
  return { figure, followers, follow };
}

test("follow() sends the figures at once, and again when they change", async () => {
  const { figure, follow } = figures();
  const { next } = follow();
  expect(await next()).toBe('retry: 1000\n\ndata: {"at":"1","value":1}\n\n');
  const changed = next();
  await Bun.sleep(20);
  expect(figure.reads).toBeGreaterThan(2);
  figure.value = 2;
  expect(await changed).toContain('"value":2');
});

test("follow() sends a heartbeat while nothing changes", async () => {
  const { follow } = figures(0);
  const { next } = follow();
  await next();
  expect(await next()).toBe(": \n\n");
});

test("follow() says that figures cannot be read, and goes on when they can", async () => {
  const { figure, follow } = figures();
  const { next } = follow();
  await next();
  figure.value = new Failure("storeFailed");
  expect(await next()).toBe('event: problem\ndata: {"code":"storeFailed"}\n\n');
  figure.value = 1;
  expect(await next()).toContain('"value":1');
});

test("follow() reads nothing for a client that takes nothing", async () => {
  const { figure, follow } = figures();
  const { next } = follow();
  await next();
  const { reads } = figure;
  await Bun.sleep(20);
  expect(figure.reads).toBe(reads);
});

test("follow() reads once a step for all that follow the same figures", async () => {
  const figure = { reads: 0 };
  const followers = new FigureFollowers(60_000);
  const read = async () => {
    figure.reads += 1;
    return { at: "", value: figure.reads };
  };
  const first = async (name: string) => {
    const events = followers.follow(name, read, clientOf(never()))?.getReader();
    return decoder.decode((await events?.read())?.value);
  };
  const texts = await Promise.all([first("a"), first("a"), first("a"), first("b")]);
  expect(texts.map((text) => /"value":(\d)/.exec(text)?.[1])).toEqual(["1", "1", "1", "2"]);
});

test("follow() takes a limited number of followers, and another one when one has gone", async () => {
  const { followers, follow } = figures();
  const gone = new AbortController();
  follow(gone.signal);
  for (let count = 1; count < MOST_FIGURE_FOLLOWERS; count += 1) follow();
  const more = () => followers.follow("one more", async () => ({ at: "" }), clientOf(never()));
  expect(more()).toBeNull();
  gone.abort();
  expect(more()).not.toBeNull();
});

test("close() ends a follower that waits, and those that come later", async () => {
  const { followers, follow } = figures();
  const early = follow();
  await early.next();
  const waiting = early.events.read();
  followers.close();
  expect((await waiting).done).toBe(true);
  expect((await follow().events.read()).done).toBe(true);
});
