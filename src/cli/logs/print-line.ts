import type { LogLevel, LogLine } from "../../core/logs/log-line.ts";
import type { Io } from "../io.ts";
import { printable, type Tone, toned } from "../terminal/table.ts";
import type { TimeFormat } from "../terminal/time.ts";

const TONES: Readonly<Record<LogLevel, Tone | null>> = {
  debug: "quiet",
  info: "good",
  warn: "doubtful",
  error: "bad",
};

/** Returns a line of the log for people: time, level, message, and the fields behind it. */
export function lineText(
  io: Io,
  format: TimeFormat,
  { time, level, msg, ...fields }: LogLine,
): string {
  const { err, ...others } = fields;
  const shown = Object.entries(others)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${toned(io, "quiet", `${printable(name)}=`)}${valueText(value)}`);
  const head = [
    toned(io, "quiet", printable(format(time))),
    toned(io, TONES[level], level.toUpperCase().padEnd(5)),
    printable(msg),
  ];
  return `${[...head, ...shown].join(" ")}\n${err === undefined ? "" : errorText(io, err)}`;
}

function valueText(value: unknown): string {
  const text = printable(typeof value === "string" ? value : JSON.stringify(value));
  return typeof value === "string" && /[\s"=]|^$/.test(text) ? JSON.stringify(text) : text;
}

/** Returns an error and its causes, each on lines of its own. */
function errorText(io: Io, err: unknown): string {
  if (typeof err !== "object" || err === null) return `    ${valueText(err)}\n`;
  const { type, message, code, stack, cause } = err as Record<string, unknown>;
  // A cause may be a text instead of an error.
  const names = type === "string" ? [code] : [type, code];
  const name = names.filter((part) => part !== undefined).join(" ");
  const frames = String(stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  return [
    `    ${printable(name === "" ? String(message) : `${name}: ${message}`)}\n`,
    ...frames.map((line) => toned(io, "quiet", `      ${printable(line.trim())}\n`)),
    cause === undefined ? "" : errorText(io, cause),
  ].join("");
}
