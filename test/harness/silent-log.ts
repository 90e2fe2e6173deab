import type { Log } from "../../src/core/ports.ts";

const ignore = (): void => undefined;

/** A log that discards everything. */
export const silentLog: Log = {
  debugEnabled: false,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
};
