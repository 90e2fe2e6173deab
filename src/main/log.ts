import type { Config } from "../config/schema.ts";
import { createLog, type ReopenableLog } from "../telemetry/log.ts";

/**
 * Opens the log that a configuration asks for.
 *
 * @param base fields of every line
 * @throws StartError when its file cannot be opened
 */
export const openLog = (config: Config, base: object | null): ReopenableLog =>
  createLog({
    level: config["log.level"],
    pretty: process.stdout.isTTY === true,
    file: config["log.file"] === "" ? null : config["log.file"],
    base,
  });

/** A log that can be switched to another configuration. */
export interface SwitchableLog extends ReopenableLog {
  switchTo(config: Config): void;
}

/** Opens a supervisor's log, which follows the configuration over reloads. */
export function followingLog(config: Config): SwitchableLog {
  let options = logOptions(config);
  let log = openLog(config, null);
  return {
    debugEnabled: log.debugEnabled,
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    reopen: () => log.reopen(),
    switchTo(next) {
      // The old log stays open: a draining worker of this process may still write to it.
      if (logOptions(next) !== options) log = openLog(next, null);
      options = logOptions(next);
    },
  };
}

const logOptions = (config: Config): string => `${config["log.level"]} ${config["log.file"]}`;
