import { type LogFilter, lineFilter } from "./log-line.ts";

/** The most lines that a process keeps in memory. */
export const MOST_KEPT_LINES = 10_000;
/** The most bytes of lines that a process keeps in memory: 4 MiB. */
export const MOST_KEPT_BYTES = 4 * 1024 * 1024;

/** The latest lines of one process. They are numbered from 0; earlier ones are overwritten. */
export interface KeptLines {
  /** Names the process: eight hex digits, other ones after each start. */
  readonly source: string;
  /** The number of the earliest line that is kept. */
  readonly first: number;
  /** The number that the next line gets. */
  readonly end: number;
  /** Returns a line between `first` and `end`; null for one that was too long to be kept. */
  line(number: number): string | null;
}

/** Numbers of lines by source: a place in the log of several processes. */
export type LogPosition = Readonly<Record<string, number>>;

/** A question about the lines of each process. It travels between processes as JSON. */
export interface LogQuery {
  filter: LogFilter;
  /** `back` reads towards the past, latest first; `on` the other way, earliest first. */
  direction: "back" | "on";
  /**
   * `back` begins below these numbers, and leaves sources without one out; null begins at the end.
   * `on` begins at these numbers, and reads sources without one from their first line.
   */
  from: LogPosition | null;
  /** The most lines to return. */
  limit: number;
}

/** A line and its number. */
export interface NumberedLine {
  number: number;
  text: string;
}

/** The answer of one process. */
export interface LogPortion {
  source: string;
  lines: NumberedLine[];
  /** Where to go on: everything from here (`on`) or below (`back`) was not looked at. */
  reached: number;
  /** Whether there is nothing to go on with at the moment. */
  isEnd: boolean;
  /** Lines that were overwritten before they were read (`on`). */
  lost: number;
  /** The number that the next line gets. */
  end: number;
}

/** Reads the lines of all processes of this server; those that do not answer are left out. */
export type ReadServerLog = (query: LogQuery) => Promise<LogPortion[]>;

/** Reads lines of one process. */
export function readPortion(kept: KeptLines, query: LogQuery): LogPortion {
  return query.direction === "back" ? readBack(kept, query) : readOn(kept, query);
}

function readBack(kept: KeptLines, { filter, from, limit }: LogQuery): LogPortion {
  const { source, first, end } = kept;
  const fits = lineFilter(filter);
  const lines: NumberedLine[] = [];
  let reached = from === null ? end : Math.min(end, from[source] ?? 0);
  while (reached > first && lines.length < limit) {
    reached -= 1;
    const text = kept.line(reached);
    if (text !== null && fits(text) !== null) lines.push({ number: reached, text });
  }
  return { source, lines, reached, isEnd: reached <= first, lost: 0, end };
}

function readOn(kept: KeptLines, { filter, from, limit }: LogQuery): LogPortion {
  const { source, first, end } = kept;
  const fits = lineFilter(filter);
  const lines: NumberedLine[] = [];
  const wanted = from?.[source];
  // A number beyond the end is not of this process.
  const begin = wanted === undefined || wanted > end ? first : wanted;
  let reached = Math.max(first, begin);
  let lost = reached - begin;
  while (reached < end && lines.length < limit) {
    const text = kept.line(reached);
    if (text === null) lost += 1;
    else if (fits(text) !== null) lines.push({ number: reached, text });
    reached += 1;
  }
  return { source, lines, reached, isEnd: reached >= end, lost, end };
}
