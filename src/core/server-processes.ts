import type { Milliseconds } from "./ports.ts";

/** The processes of one server. */
export interface ServerProcesses {
  /** The process that was started, which takes the signals. */
  supervisor: number;
  startedAt: Milliseconds;
  /** Number of workers in the configuration. */
  configured: number;
  /** The workers that currently serve. */
  serving: readonly { pid: number; startedAt: Milliseconds }[];
  /** The latest reload that has ended; null before the first one. */
  lastReload: { endedAt: Milliseconds; failure: string | null } | null;
}

/**
 * Has the server read its configuration again, as SIGHUP does, and returns at once; false where
 * there is no server, or none that can reload.
 */
export type RequestReload = () => Promise<boolean>;

/** Returns the processes of this server; null when the supervisor does not answer. */
export type GetServerProcesses = () => Promise<ServerProcesses | null>;
