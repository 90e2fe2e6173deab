import type { Milliseconds } from "../ports.ts";

const MINUTE: Milliseconds = 60_000;
const UNITS: Readonly<Record<string, Milliseconds>> = {
  m: MINUTE,
  h: 60 * MINUTE,
  d: 1440 * MINUTE,
};
const SHORTEST = 10 * MINUTE;
const LONGEST = 366 * 1440 * MINUTE;

/** The form of an interval, for messages. */
export const INTERVAL_FORM = "a time such as 24h, 90m or 7d, from 10m to 366d, or empty for off";

/** Parses an interval; null for an empty text, undefined for one of another form or range. */
export function parseInterval(text: string): Milliseconds | null | undefined {
  if (text === "") return null;
  const [, count, unit = ""] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const interval = Number(count) * (UNITS[unit] ?? Number.NaN);
  return interval >= SHORTEST && interval <= LONGEST ? interval : undefined;
}
