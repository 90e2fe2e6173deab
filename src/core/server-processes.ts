import type { Milliseconds } from "./ports.ts";

/** The processes of one server. */
export interface ServerProcesses {
  /** The process that was started, which takes the signals. */
  supervisor: number;
  startedAt: Milliseconds;
  /** How many workers the configuration wants. */
  configured: number;
  /** The workers that serve at the moment. */
  serving: readonly { pid: number; startedAt: Milliseconds }[];
}

/** Returns the processes of this server; null when the supervisor does not answer. */
export type GetServerProcesses = () => Promise<ServerProcesses | null>;
