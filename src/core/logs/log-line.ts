import type { Milliseconds } from "../ports.ts";

/** The levels of lines, from the least important up. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** A parsed line of the log: these members, and the fields of its event. */
export interface LogLine {
  level: LogLevel;
  /** RFC 3339, in UTC with milliseconds, so that texts compare as times do. */
  time: string;
  msg: string;
  [field: string]: unknown;
}

/** Conditions on lines. A line has to satisfy each member that is there. */
export interface LogFilter {
  /** The least important level. */
  level?: LogLevel;
  app?: string;
  /** A failure's code, a returnCode, an HTTP status, WeChat's errcode or a system's error code. */
  code?: string;
  /** The beginning of a route, or the whole name of an interface. */
  path?: string;
  requestId?: string;
  /** The whole name of an event. */
  msg?: string;
  /** Who called, as the audit names it. */
  by?: string;
  /** From this moment on. */
  since?: Milliseconds;
  /** Before this moment. */
  until?: Milliseconds;
}

/** A filter as queries and flags have it. */
export interface LogFilterTexts extends Omit<LogFilter, "since" | "until"> {
  /** A time that Date.parse reads. */
  since?: string;
  until?: string;
}

/** Returns the filter that texts stand for, without their other members. */
export const logFilterOf = ({
  level,
  app,
  code,
  path,
  requestId,
  since,
  until,
}: LogFilterTexts): LogFilter => ({
  ...(level !== undefined && { level }),
  ...(app !== undefined && { app }),
  ...(code !== undefined && { code }),
  ...(path !== undefined && { path }),
  ...(requestId !== undefined && { requestId }),
  ...(since !== undefined && { since: Date.parse(since) }),
  ...(until !== undefined && { until: Date.parse(until) }),
});

/** Parses a line; null for a text that is not a line of the log. */
export function parseLogLine(text: string): LogLine | null {
  try {
    const line: unknown = JSON.parse(text);
    return isLogLine(line) ? line : null;
  } catch {
    return null;
  }
}

function isLogLine(value: unknown): value is LogLine {
  if (typeof value !== "object" || value === null) return false;
  const { level, time, msg } = value as Record<string, unknown>;
  return (
    (LOG_LEVELS as readonly unknown[]).includes(level) &&
    typeof time === "string" &&
    !Number.isNaN(Date.parse(time)) &&
    typeof msg === "string"
  );
}

/** Returns a function that returns the parsed line of a text when it satisfies the filter. */
export function lineFilter(filter: LogFilter): (text: string) => LogLine | null {
  const { level, app, code, path, requestId, msg, by, since, until } = filter;
  const wanted = [app, code, path, requestId, msg, by].filter((text) => text !== undefined);
  const levels: readonly LogLevel[] =
    level === undefined ? LOG_LEVELS : LOG_LEVELS.slice(LOG_LEVELS.indexOf(level));
  const from = since === undefined ? "" : new Date(since).toISOString();
  const to = until === undefined ? null : new Date(until).toISOString();
  return (text) => {
    // Most lines lack the wanted text, and need no parsing.
    if (!wanted.every((part) => text.includes(part))) return null;
    const line = parseLogLine(text);
    if (line === null || !levels.includes(line.level)) return null;
    if (line.time < from || (to !== null && line.time >= to)) return null;
    const fits =
      (app === undefined || line["appid"] === app) &&
      (requestId === undefined || line["requestId"] === requestId) &&
      (msg === undefined || line.msg === msg) &&
      (by === undefined || line["by"] === by) &&
      (code === undefined || codesOf(line).includes(code)) &&
      (path === undefined || isAt(line, path));
    return fits ? line : null;
  };
}

const isAt = ({ path, interface: name }: LogLine, wanted: string): boolean =>
  (typeof path === "string" && path.startsWith(wanted)) || name === wanted;

/** Returns every code of a line, as text. */
function codesOf({ failure, returnCode, status, wechat, errcode, err }: LogLine): string[] {
  const refused = (wechat as { errcode?: unknown } | undefined)?.errcode;
  const system = (err as { code?: unknown } | undefined)?.code;
  return [failure, returnCode, status, refused, errcode, system]
    .filter((code) => code !== undefined && code !== null)
    .map(String);
}
