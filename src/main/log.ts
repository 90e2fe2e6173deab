import type { Config } from "../config/schema.ts";
import { createLog, type ReopenableLog } from "../telemetry/log.ts";
import type { RecentLines } from "../telemetry/recent-lines.ts";

/**
 * Opens the log that a configuration asks for.
 *
 * @param base fields of every line
 * @param recent gets every line too
 * @throws StartError when its file cannot be opened
 */
export const openLog = (config: Config, base: object | null, recent: RecentLines): ReopenableLog =>
  createLog({
    level: config["log.level"],
    pretty: process.stdout.isTTY === true,
    file: config["log.file"] === "" ? null : config["log.file"],
    base,
    recent,
  });

/** A log that can be switched to another configuration. */
export interface SwitchableLog extends ReopenableLog {
  switchTo(config: Config): void;
}

/** Opens a supervisor's log, which follows the configuration over reloads. */
export function followingLog(config: Config, recent: RecentLines): SwitchableLog {
  let options = logOptions(config);
  let log = openLog(config, null, recent);
  return {
    debugEnabled: log.debugEnabled,
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    reopen: () => log.reopen(),
    switchTo(next) {
      // The old log stays open: a draining worker of this process may still write to it.
      if (logOptions(next) !== options) log = openLog(next, null, recent);
      options = logOptions(next);
    },
  };
}

const logOptions = (config: Config): string => `${config["log.level"]} ${config["log.file"]}`;
