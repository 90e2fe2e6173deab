import { pino } from "pino";
import pretty from "pino-pretty";
import type { Log } from "../core/ports.ts";
import { LogFile } from "./log-file.ts";

export interface LogOptions {
  level: "debug" | "info" | "warn" | "error";
  /** Coloured lines for a person instead of JSON for a machine. */
  pretty: boolean;
  /** The file that lines are appended to; null for standard output. */
  file: string | null;
  /** Fields of every line. */
  base: object | null;
}

/** A log that can be told that another program has moved its file away. */
export interface ReopenableLog extends Log {
  reopen(): void;
}

interface LoggedError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggedError;
}

/**
 * What of an error is logged. A list of what may pass, because libraries hang requests, with their queries and
 * headers, on their errors.
 */
export function serializeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, code, stack, cause } = error as NodeJS.ErrnoException;
  return {
    type: name,
    message,
    ...(code !== undefined && { code: String(code) }),
    // What has a code is an outcome of the system's; its place in our code says nothing.
    ...(code === undefined && stack !== undefined && { stack }),
    ...(cause !== undefined && { cause: serializeError(cause) }),
  };
}

/**
 * The log, one line at a time, written before the call returns. A line that cannot be written, on a full disk or into a
 * closed pipe, is lost: it must not take the request with it.
 *
 * @throws StartError when the file cannot be opened
 */
export function createLog({
  level,
  pretty: isPretty,
  file: path,
  base,
}: LogOptions): ReopenableLog {
  const file = path === null ? null : new LogFile(path);
  const output = file ?? standardOutput();
  const logger = pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
    },
    isPretty && file === null
      ? pretty({ destination: output, translateTime: "SYS:HH:MM:ss.l", singleLine: true })
      : output,
  );
  return {
    debugEnabled: logger.isLevelEnabled("debug"),
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    reopen() {
      try {
        file?.reopen();
      } catch (err) {
        logger.error({ err }, "the log file cannot be opened anew; the old one goes on");
      }
    },
  };
}

function standardOutput() {
  const output = pino.destination({ fd: 1, sync: true });
  output.on("error", () => undefined);
  return output;
}
