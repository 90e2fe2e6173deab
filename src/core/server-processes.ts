import type { Milliseconds } from "./ports.ts";

/** The processes that are one server. */
export interface ServerProcesses {
  /** The process that was started, which takes the signals. */
  supervisor: number;
  startedAt: Milliseconds;
  /** How many workers the configuration wants. */
  configured: number;
  /** The workers that serve at the moment. */
  serving: readonly { pid: number; startedAt: Milliseconds }[];
}

/** Asks for the crew of this process' server; null when nobody can tell. */
export type GetServerProcesses = () => Promise<ServerProcesses | null>;
