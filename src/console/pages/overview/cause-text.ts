import type { ConsoleText } from "../../text/en.ts";

/** Returns a failure's code in words; the code itself for one of another version. */
export const causeText = (code: string, t: ConsoleText): string =>
  (t.problems.codes as Readonly<Record<string, { why: string }>>)[code]?.why ?? code;
