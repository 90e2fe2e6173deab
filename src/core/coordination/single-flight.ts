/** Shares one run among the concurrent callers of a key, within this process. */
export class SingleFlight<Result> {
  readonly #running = new Map<string, Promise<Result>>();

  /**
   * Joins the run of this key, or starts one. Joins before anything is awaited; otherwise an
   * identical run may already have finished.
   *
   * @param start its rejection reaches every caller
   */
  run(key: string, start: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = start().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  isRunning(key: string): boolean {
    return this.#running.has(key);
  }

  /** Waits for the runs in progress, however they end. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}
