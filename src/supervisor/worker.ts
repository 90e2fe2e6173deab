/** How a worker came to its end. */
export interface Ending {
  exitCode: number | null;
  /** The signal that killed it. */
  signal: string | null;
}

/**
 * Something that serves: another process, or this one itself.
 *
 * @typeParam Started what it tells once it listens
 */
export interface Worker<Started> {
  readonly pid: number;
  /** Resolves when it listens; rejects with a StartError when it could not. */
  readonly started: Promise<Started>;
  /** Resolves when it is gone. */
  readonly ended: Promise<Ending>;
  /**
   * Sends new connections to one of the listeners on the address.
   *
   * @param index its place in the order in which they began to listen; null lets the kernel spread connections again
   */
  steer(index: number | null): Promise<void>;
  /** Has its clients go elsewhere, then stops; resolves when it has closed its listener. */
  retire(): Promise<void>;
  /** Finishes the requests in hand, and stops. */
  stop(): void;
  kill(): void;
  /** Has it open its log file anew. */
  reopenLog(): void;
}
