import type { LogPortion, LogQuery } from "../core/logs/kept-lines.ts";
import type { ServerProcesses } from "../core/server-processes.ts";
import type { LeftLines } from "./left-lines.ts";

/**
 * A message from a supervisor to a worker process.
 *
 * @typeParam Task what the worker serves
 */
export type Order<Task> =
  | { order: "begin"; task: Task }
  | { order: "steer"; index: number | null }
  /** Answers `processesWanted`. */
  | { order: "processes"; processes: ServerProcesses | null }
  /** Answered by `logRead` of the same id. */
  | { order: "readLog"; id: number; query: LogQuery }
  /** Answers `logWanted` of the same id. */
  | { order: "log"; id: number; portions: LogPortion[] }
  | { order: "drain" }
  /** Answered by `alive` as soon as the event loop is free. */
  | { order: "ping" };

/**
 * A message from a worker process to its supervisor.
 *
 * @typeParam Started what the worker reports once it listens
 */
export type Report<Started> =
  | { report: "started"; started: Started }
  /** The message of a StartError. */
  | { report: "failed"; message: string }
  | { report: "steered" }
  | { report: "processesWanted" }
  | { report: "logWanted"; id: number; query: LogQuery }
  | { report: "logRead"; id: number; portion: LogPortion }
  /** The last report of a drained worker. */
  | { report: "linesLeft"; left: LeftLines }
  | { report: "listenerClosed" }
  | { report: "alive" };
