import type { Log } from "../core/ports.ts";
import type { Io } from "./io.ts";

/**
 * Returns a log that prints warnings and the causes of failures for the person who runs a command.
 *
 * @param isSilent prints nothing
 */
export function commandLog(io: Io, isSilent: boolean): Log {
  const print = (fields: object, message: string): void => {
    const { err } = fields as { err?: unknown };
    const cause = err instanceof Error ? err.message : err === undefined ? "" : String(err);
    if (!isSilent) io.print(`waferd: ${message === "request" ? "" : `${message}: `}${cause}\n`);
  };
  const ignore = (): void => undefined;
  return { debugEnabled: false, debug: ignore, info: ignore, warn: print, error: print };
}
