import { StartError } from "../core/errors.ts";
import type { LogPortion, LogQuery } from "../core/logs/kept-lines.ts";

/** A worker ended while it started, and did not say why: it was killed, or crashed. */
export class DeathAtStart extends StartError {
  override readonly name = "DeathAtStart";
}

/** The end of a worker. */
export interface Ending {
  exitCode: number | null;
  /** The signal that killed it. */
  signal: string | null;
}

/**
 * A process that serves: another one, or this one itself.
 *
 * @typeParam Started what it reports once it listens
 */
export interface Worker<Started> {
  readonly pid: number;
  /**
   * Resolves when it listens; rejects with a {@link DeathAtStart} when it ended before, and with
   * another StartError that says what the operator has to mend.
   */
  readonly started: Promise<Started>;
  /** Resolves when it has ended. */
  readonly ended: Promise<Ending>;
  /**
   * Sends new connections to one of the listeners on the address.
   *
   * @param index its place in the order in which they began to listen; null lets the kernel spread
   * connections again
   */
  steer(index: number | null): Promise<void>;
  /** Sends its clients to other workers, then stops; resolves when it has closed its listener. */
  drain(): Promise<void>;
  /** Resolves when its event loop has answered. */
  ping(): Promise<void>;
  /**
   * Reads the lines that it keeps; null when it does not answer in time, or has none of its own.
   */
  readLog(query: LogQuery): Promise<LogPortion | null>;
  /** Finishes the requests in hand, and stops. */
  stop(): void;
  kill(): void;
  /** Opens its log file again, at the configured path. */
  reopenLog(): void;
}
