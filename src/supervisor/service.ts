/**
 * A service that runs in this process.
 *
 * @typeParam Started what there is to tell of it
 */
export interface Service<Started> {
  started: Started;
  /** As {@link Worker.steer}. */
  steer(index: number | null): void;
  /**
   * Has its clients go elsewhere, then stops as `stop` does.
   *
   * @param onDeaf is called when it no longer listens
   */
  retire(onDeaf: () => void): Promise<void>;
  /** Finishes the requests in hand, and closes everything. */
  stop(): Promise<void>;
}
