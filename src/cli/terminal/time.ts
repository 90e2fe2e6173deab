import { Option } from "commander";

/** Returns a time of the API for people, in whole seconds; `never` for null. */
export type TimeFormat = (time: string | null) => string;

/** Makes the flag that prints times in UTC. */
export const utcOption = (): Option =>
  new Option("--utc", "print times in UTC; by default they are in this machine's time zone");

/**
 * Returns how a command prints times: in the machine's zone with its offset at that time, such as
 * `2026-11-26 22:05:01 +08:00`, or with --utc `2026-11-26 14:05:01Z`.
 */
export const timeFormat = (given: { readonly utc?: unknown }): TimeFormat =>
  given.utc === true ? utcTime : localTime;

/** Returns the format with the milliseconds that a time has, for lines of the log. */
export const withMilliseconds =
  (format: TimeFormat): TimeFormat =>
  (time) =>
    format(time).replace(/(?<=:\d\d:\d\d)(?=Z| )/, /\.\d{3}/.exec(time ?? "")?.[0] ?? "");

const utcTime: TimeFormat = (time) =>
  time === null ? "never" : time.replace("T", " ").replace(/\.\d+Z$/, "Z");

const localTime: TimeFormat = (time) => {
  if (time === null) return "never";
  const at = new Date(time);
  // East of Greenwich it is negative.
  const ahead = -at.getTimezoneOffset();
  if (ahead === 0) return utcTime(time);
  const local = new Date(at.getTime() + ahead * 60_000).toISOString().slice(0, 19);
  return `${local.replace("T", " ")} ${ahead < 0 ? "-" : "+"}${clock(Math.abs(ahead))}`;
};

const clock = (minutes: number): string =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
