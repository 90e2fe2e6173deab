import { Failure } from "../errors.ts";
import type { LogPortion, LogPosition, NumberedLine, ReadServerLog } from "./kept-lines.ts";
import { type LogFilter, type LogLine, parseLogLine } from "./log-line.ts";

/** The most lines of one process that a step of a follower reads. */
const STEP_LINES = 500;

/** The most processes that did not answer whose place a position keeps. */
const MOST_ABSENT = 32;

/** A position as text: `0f3a9c27.1532~d1e5aa01.7`. */
const POSITION = /^[0-9a-f]{8}\.\d{1,15}(~[0-9a-f]{8}\.\d{1,15}){0,99}$/;

/** The next lines for a follower. */
export interface FollowedLines {
  /** Earliest first, as they were written. */
  texts: string[];
  position: LogPosition;
  /** Lines that were overwritten before they were read. */
  lost: number;
  /** Whether more can be read at once. */
  hasMore: boolean;
}

/** The latest lines of the log of all processes of this server, in the order of their times. */
export class ServerLog {
  readonly #read;

  constructor(read: ReadServerLog) {
    this.#read = read;
  }

  /** Returns one page, latest first; a Failure badParameter (cursor). */
  async page(
    filter: LogFilter,
    { cursor, limit }: { cursor?: string; limit: number },
  ): Promise<{ items: LogLine[]; next: string | null } | Failure> {
    const from = cursor === undefined ? null : parsePosition(cursor);
    if (cursor !== undefined && from === null)
      return new Failure("badParameter", { reason: "cursor" });
    const portions = await this.#read({ filter, direction: "back", from, limit });
    const { texts, next } = latest(portions, limit);
    return {
      items: texts.map((text) => parseLogLine(text)).filter((line) => line !== null),
      next: next === null ? null : formatPosition(next),
    };
  }

  /** Returns the last lines, earliest first, and the position behind them. */
  async tail(filter: LogFilter, limit: number): Promise<FollowedLines> {
    const portions = await this.#read({ filter, direction: "back", from: null, limit });
    return {
      texts: latest(portions, limit).texts.reverse(),
      position: Object.fromEntries(portions.map(({ source, end }) => [source, end])),
      lost: 0,
      hasMore: false,
    };
  }

  /** Returns the lines from a position on, as many as one step takes. */
  async since(filter: LogFilter, from: LogPosition): Promise<FollowedLines> {
    const portions = await this.#read({ filter, direction: "on", from, limit: STEP_LINES });
    const merged = merge(portions, (one, other) => one < other);
    return {
      texts: merged.map(({ text }) => text),
      position: moved(from, portions),
      lost: portions.reduce((sum, { lost }) => sum + lost, 0),
      hasMore: portions.some(({ isEnd }) => !isEnd),
    };
  }
}

/** Moves a position to where the portions end. */
function moved(from: LogPosition, portions: readonly LogPortion[]): LogPosition {
  const answered = portions.map(({ source, reached }) => [source, reached] as const);
  const sources = new Set(answered.map(([source]) => source));
  // A process that does not answer in time keeps its place; one that has ended is forgotten, later.
  const others = Object.entries(from).filter(([source]) => !sources.has(source));
  return Object.fromEntries([...others.slice(-MOST_ABSENT), ...answered]);
}

/** Returns the latest lines of all portions, latest first, and where to go on. */
function latest(
  portions: readonly LogPortion[],
  limit: number,
): { texts: string[]; next: LogPosition | null } {
  const taken = merge(portions, (one, other) => one > other).slice(0, limit);
  let isEnd = true;
  const next: Record<string, number> = {};
  for (const { source, lines, reached, isEnd: isSourceEnd } of portions) {
    const count = taken.filter((line) => line.source === source).length;
    const isAllTaken = count === lines.length;
    // Lines that were read and not taken are read again for the next page.
    const last = lines[count - 1]?.number;
    const first = lines[0]?.number;
    next[source] = isAllTaken ? reached : (last ?? (first ?? reached) + 1);
    isEnd &&= isAllTaken && isSourceEnd;
  }
  return { texts: taken.map(({ text }) => text), next: isEnd ? null : next };
}

/** Merges the lines of several processes by time, and keeps the order of each process. */
function merge(
  portions: readonly LogPortion[],
  isBefore: (time: string, other: string) => boolean,
): (NumberedLine & { source: string })[] {
  const rows = portions.map(({ source, lines }) => ({
    source,
    lines,
    times: lines.map(({ text }) => parseLogLine(text)?.time ?? ""),
    at: 0,
  }));
  const merged: (NumberedLine & { source: string })[] = [];
  for (;;) {
    let next: (typeof rows)[number] | null = null;
    for (const row of rows) {
      const time = row.times[row.at];
      if (time !== undefined && (next === null || isBefore(time, next.times[next.at] ?? "")))
        next = row;
    }
    const line = next?.lines[next.at];
    if (next === null || line === undefined) return merged;
    merged.push({ ...line, source: next.source });
    next.at += 1;
  }
}

/** Returns a position as text, for cursors and ids of events. */
export const formatPosition = (position: LogPosition): string =>
  Object.entries(position)
    .map(([source, number]) => `${source}.${number}`)
    .join("~");

/** Parses a position, which a client sent; null for another text. */
export function parsePosition(text: string): LogPosition | null {
  if (!POSITION.test(text)) return null;
  return Object.fromEntries(
    text.split("~").map((part) => [part.slice(0, 8), Number(part.slice(9))]),
  );
}
