import { expect, test } from "bun:test";
import { succeeded } from "../../../test/harness/scenario.ts";
import type { Failure } from "../errors.ts";
import type { Page } from "../page.ts";
import { type KeptLines, type LogQuery, readPortion } from "./kept-lines.ts";
import type { LogLine } from "./log-line.ts";
import { parsePosition, ServerLog } from "./server-log.ts";

/** The lines of a process, by the seconds at which they were written. */
class Lines implements KeptLines {
  first = 0;
  readonly texts: (string | null)[] = [];
  readonly source;

  constructor(source: string, seconds: readonly number[] = []) {
    this.source = source;
    for (const second of seconds) this.add(second);
  }

  get end(): number {
    return this.texts.length;
  }

  line(number: number): string | null {
    return this.texts[number] ?? null;
  }

  add(second: number, level = "info"): void {
    const time = new Date(second * 1000).toISOString();
    this.texts.push(JSON.stringify({ level, time, msg: `${this.source}:${second}` }));
  }
}

const logOf = (...processes: Lines[]): ServerLog =>
  new ServerLog(async (query: LogQuery) => processes.map((lines) => readPortion(lines, query)));

const secondsOf = (texts: readonly string[]): number[] =>
  texts.map((text) => Date.parse(JSON.parse(text).time) / 1000);

test.each([1, 2, 3, 5, 100])(
  "page() lists each line of all processes once, latest first, %p a page",
  async (limit) => {
    const [one, other] = [
      new Lines("0000000a", [1, 3, 4, 8, 9]),
      new Lines("0000000b", [2, 3, 5, 6]),
    ];
    const log = logOf(one, other, new Lines("0000000c"));
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<LogLine> = succeeded(
        await log.page({}, { limit, ...(cursor !== null && { cursor }) }),
      );
      expect(page.items.length).toBeLessThanOrEqual(limit);
      seen.push(...page.items.map(({ time }) => Date.parse(time) / 1000));
      // Later lines, and those of a process that started since, belong to no later page.
      if (cursor === null) one.add(10);
      cursor = page.next;
    } while (cursor !== null);
    expect(seen).toEqual([9, 8, 6, 5, 4, 3, 3, 2, 1]);
  },
);

test("page() with a filter goes through all lines", async () => {
  const lines = new Lines("0000000a", [1, 2, 3]);
  lines.add(4, "warn");
  for (const second of [5, 6, 7]) lines.add(second);
  const { items, next } = succeeded(await logOf(lines).page({ level: "warn" }, { limit: 2 }));
  expect([items.map(({ msg }) => msg), next]).toEqual([["0000000a:4"], null]);
});

test.each(["", "x", "0000000a", "0000000a.", "0000000a.-1", `0000000a.1~`, "0000000A.1"])(
  "page() refuses the cursor %p",
  async (cursor) => {
    const page = await logOf(new Lines("0000000a", [1])).page({}, { cursor, limit: 1 });
    expect((page as Failure).code).toBe("badParameter");
  },
);

test("page() has nothing for a cursor of another server, nor of numbers that are not there", async () => {
  const log = logOf(new Lines("0000000a", [1, 2]));
  for (const [cursor, count] of [
    ["0000000f.9", 0],
    ["0000000a.999", 2],
  ] as const)
    expect(succeeded(await log.page({}, { cursor, limit: 9 })).items).toHaveLength(count);
});

test("tail() returns the last lines, and since() each later one once", async () => {
  const [one, other] = [new Lines("0000000a", [1, 3]), new Lines("0000000b", [2, 4])];
  const processes = [one, other];
  const log = new ServerLog(async (query) => processes.map((lines) => readPortion(lines, query)));
  const tail = await log.tail({}, 3);
  expect(secondsOf(tail.texts)).toEqual([2, 3, 4]);
  expect((await log.since({}, tail.position)).texts).toEqual([]);
  other.add(5);
  one.add(6);
  const next = await log.since({}, tail.position);
  expect([secondsOf(next.texts), next.lost]).toEqual([[5, 6], 0]);
  // A new process, and one that does not answer this time.
  processes.splice(1, 1, new Lines("0000000c", [7]));
  const withNew = await log.since({}, next.position);
  expect(secondsOf(withNew.texts)).toEqual([7]);
  other.add(8);
  processes.push(other);
  expect(secondsOf((await log.since({}, withNew.position)).texts)).toEqual([8]);
});

test("tail() of no line has the position behind the last one", async () => {
  const lines = new Lines("0000000a", [1, 2]);
  const { texts, position } = await logOf(lines).tail({}, 0);
  expect([texts, position]).toEqual([[], { "0000000a": 2 }]);
});

test("since() counts the lines that were overwritten, and those that were never kept", async () => {
  const lines = new Lines("0000000a", [1, 2, 3, 4, 5]);
  const log = logOf(lines);
  lines.first = 3;
  lines.texts[3] = null;
  const step = await log.since({}, { "0000000a": 1 });
  expect([secondsOf(step.texts), step.lost]).toEqual([[5], 3]);
});

test("since() returns a long log in steps", async () => {
  const log = logOf(
    new Lines(
      "0000000a",
      Array.from({ length: 1200 }, (_, second) => second),
    ),
  );
  const seen: number[] = [];
  let position: Readonly<Record<string, number>> = {};
  for (let hasMore = true; hasMore; ) {
    const step = await log.since({}, position);
    seen.push(...secondsOf(step.texts));
    ({ position, hasMore } = step);
  }
  expect(seen).toEqual(Array.from({ length: 1200 }, (_, second) => second));
});

test("since() begins at the first line for a number that the process has not reached", async () => {
  const log = logOf(new Lines("0000000a", [1, 2]));
  expect(secondsOf((await log.since({}, { "0000000a": 77 })).texts)).toEqual([1, 2]);
});

test("since() forgets processes that ended long ago, so that positions stay short", async () => {
  const lines = new Lines("0000000a", [1]);
  const many = Object.fromEntries(
    Array.from({ length: 90 }, (_, index) => [index.toString(16).padStart(8, "f"), 1]),
  );
  const { position } = await logOf(lines).since({}, many);
  expect(Object.keys(position)).toHaveLength(33);
  expect(parsePosition("0000000a.1~0000000b.22")).toEqual({ "0000000a": 1, "0000000b": 22 });
});
