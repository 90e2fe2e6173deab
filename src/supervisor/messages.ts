import type { ServerProcesses } from "../core/server-processes.ts";

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
  | { report: "listenerClosed" }
  | { report: "alive" };
