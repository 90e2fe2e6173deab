import type { Log } from "../../src/core/ports.ts";

const ignore = (): void => undefined;

/** A log for tests that look elsewhere. */
export const silentLog: Log = {
  debugEnabled: false,
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
};
