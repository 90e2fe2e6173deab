import type { Milliseconds } from "./ports.ts";

const SECOND: Milliseconds = 1000;
const UNITS: Readonly<Record<string, Milliseconds>> = {
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
  d: 86_400 * SECOND,
  w: 7 * 86_400 * SECOND,
};

/** Parses a span of time such as `90s`, `30m`, `24h`, `7d` or `1w`; null for another text. */
export function parseSpan(text: string): Milliseconds | null {
  const [, count = "", unit = ""] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const length = UNITS[unit];
  return length === undefined ? null : Number(count) * length;
}
