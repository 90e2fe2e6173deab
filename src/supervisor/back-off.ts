/** A worker that lived as long did not die of its start. */
const SETTLED_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait before a worker is replaced: not at all, unless workers die one after the other at their start. */
export class BackOff {
  #deaths = 0;

  /** Deaths at the start, without one that lived in between. */
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
