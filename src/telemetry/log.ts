import { pino } from "pino";
import pretty from "pino-pretty";
import type { Log } from "../core/ports.ts";
import { LogFile } from "./log-file.ts";
import type { RecentLines } from "./recent-lines.ts";

export interface LogOptions {
  level: "debug" | "info" | "warn" | "error";
  /** Coloured lines for a person instead of JSON for a machine. */
  pretty: boolean;
  /** The file that lines are appended to; null for standard output. */
  file: string | null;
  /** Fields of every line. */
  base: object | null;
  /** Gets every line too. */
  recent: RecentLines;
}

/** A log whose file can be opened again, after another program has moved it away. */
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
 * Returns the loggable members of an error. They are an allow list, because libraries attach
 * requests, with their queries and headers, to their errors.
 */
export function serializeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, code, stack, cause } = error as NodeJS.ErrnoException;
  return {
    type: name,
    message,
    ...(code !== undefined && { code: String(code) }),
    // An error with a code comes from the system: its stack says nothing about our code.
    ...(code === undefined && stack !== undefined && { stack }),
    ...(cause !== undefined && { cause: serializeError(cause) }),
  };
}

/**
 * Opens the log. Each line is written before the call returns. A line that cannot be written, on a
 * full disk or into a closed pipe, is lost, and does not fail the request.
 *
 * @throws StartError when the file cannot be opened
 */
export function createLog({
  level,
  pretty: isPretty,
  file: path,
  base,
  recent,
}: LogOptions): ReopenableLog {
  const file = path === null ? null : new LogFile(path);
  const standard = file ?? standardOutput();
  const output =
    isPretty && file === null
      ? pretty({ destination: standard, translateTime: "SYS:HH:MM:ss.l", singleLine: true })
      : standard;
  const logger = pino(
    {
      level,
      base,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
    },
    {
      write(line: string) {
        recent.add(line);
        output.write(line);
      },
    },
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
        logger.error({ err }, "the log file cannot be reopened; logging continues in the old one");
      }
    },
  };
}

function standardOutput() {
  const output = pino.destination({ fd: 1, sync: true });
  output.on("error", () => undefined);
  return output;
}
