/**
 * A service that runs in this process.
 *
 * @typeParam Started what it reports once it listens
 */
export interface Service<Started> {
  started: Started;
  /** Steers connections, as {@link Worker.steer} does. */
  steer(index: number | null): void;
  /**
   * Tells clients to connect again, to another worker, then stops as `stop` does.
   *
   * @param onListenerClosed is called when no new connection can come to this process
   */
  drain(onListenerClosed: () => void): Promise<void>;
  /** Finishes the requests in hand, then closes everything. */
  stop(): Promise<void>;
}
