/** A worker that lived this long did not die at its start. */
const SETTLED_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** The pauses before workers are replaced: none, unless several die at their start in a row. */
export class BackOff {
  #deaths = 0;

  /** Workers that died at their start in a row, without one that lived in between. */
  get deaths(): number {
    return this.#deaths;
  }

  /**
   * Counts a death.
   *
   * @param lifetime milliseconds that the worker lived
   * @returns the pause in milliseconds
   */
  pauseAfter(lifetime: number): number {
    this.#deaths = lifetime < SETTLED_MS ? this.#deaths + 1 : 0;
    if (this.#deaths <= 1) return 0;
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#deaths - 2));
  }
}
