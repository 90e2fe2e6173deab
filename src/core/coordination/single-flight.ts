interface Entry<Result> {
  running: Promise<Result>;
  /** Callers of join() that have not ended. */
  waiters: number;
}

/** The steps of a caller that joins a run. */
export interface Steps<Result, Outcome> {
  start(): Promise<Result>;
  use(result: Result): Promise<Outcome>;
  /** Follows the last caller's use. */
  end?(result: Result): Promise<void>;
}

/** Shares one run among the concurrent callers of a key, within this process. */
export class SingleFlight<Result> {
  readonly #entries = new Map<string, Entry<Result>>();

  /**
   * Joins the run of this key, or starts one. Joins before anything is awaited; otherwise an
   * identical run may already have finished.
   *
   * @param start its rejection reaches every caller
   */
  run(key: string, start: () => Promise<Result>): Promise<Result> {
    const entry = this.#entries.get(key);
    if (entry !== undefined) return entry.running;
    const running = start().finally(() => this.#entries.delete(key));
    this.#entries.set(key, { running, waiters: 0 });
    return running;
  }

  /**
   * Joins the run of this key, or starts one, as run() does, and shares its result with further
   * callers until the last caller has used it.
   *
   * @returns the outcome of this caller's `use`
   */
  async join<Outcome>(key: string, { start, use, end }: Steps<Result, Outcome>): Promise<Outcome> {
    const entry = this.#entries.get(key) ?? { running: start(), waiters: 0 };
    this.#entries.set(key, entry);
    entry.waiters += 1;
    try {
      return await use(await entry.running);
    } finally {
      entry.waiters -= 1;
      if (entry.waiters === 0) {
        this.#entries.delete(key);
        await end?.(await entry.running);
      }
    }
  }

  isRunning(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Waits for the runs in progress, however they end. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ running }) => running));
  }
}
