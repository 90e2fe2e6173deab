import { Option } from "commander";
import type { Milliseconds } from "../core/ports.ts";
import { parseSpan } from "../core/span.ts";
import { type Given, textOption } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";

/** Makes the flags of a span of time. */
export const timeOptions = (): Option[] => [
  new Option("--since <time>", "from this time on: a span before now (10m, 2h, 7d) or a date"),
  new Option("--until <time>", "before this time, likewise"),
];

/** Returns the query members of the flags of a span of time. */
export function timeQuery(given: Given, now: Milliseconds): Record<string, string> {
  const query: Record<string, string> = {};
  for (const flag of ["since", "until"]) {
    const text = textOption(given, flag);
    if (text !== null) query[flag] = new Date(parseTime(flag, text, now)).toISOString();
  }
  return query;
}

/**
 * Parses a time: a span before now, such as `90s`, `10m`, `2h`, `7d` or `1w`, or a date. One
 * without a zone is of this machine's.
 */
function parseTime(flag: string, text: string, now: Milliseconds): Milliseconds {
  const span = parseSpan(text);
  if (span !== null) return now - span;
  // A date alone would be read as one of UTC.
  const date = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text.replace(" ", "T");
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(time))
    throw usageFailure(
      `--${flag} must be a span before now such as 10m, 2h or 7d, or a date such as 2026-11-20, "2026-11-20 08:00" or 2026-11-20T08:00:00Z, not "${text}"`,
    );
  return time;
}
