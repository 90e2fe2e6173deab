import type { ServerProcesses } from "../core/server-processes.ts";

/**
 * What a supervisor tells a worker process.
 *
 * @typeParam Task what it is to serve
 */
export type Order<Task> =
  | { order: "begin"; task: Task }
  | { order: "steer"; index: number | null }
  /** Answers `crewWanted`. */
  | { order: "crew"; crew: ServerProcesses | null }
  | { order: "retire" };

/**
 * What a worker process tells its supervisor.
 *
 * @typeParam Started what it tells of itself once it listens
 */
export type Report<Started> =
  | { report: "started"; started: Started }
  /** The message of a StartError. */
  | { report: "failed"; message: string }
  | { report: "steered" }
  | { report: "crewWanted" }
  | { report: "deaf" };
