import type { Clock, Log, Milliseconds } from "../ports.ts";

/** A step that is larger was made by somebody who set the clock; slewing takes hours for it. */
const LARGEST_STEP: Milliseconds = 2000;
/** How long the clock must run evenly after a step. */
const STEADY: Milliseconds = 60_000;
/** A store that was swept so recently is evidence that the clock is right. */
const RECENT: Milliseconds = 3_600_000;
/** A machine that was off for longer may have lost its clock, too. */
const LONG_AGO: Milliseconds = 86_400_000;
/** Time for a machine that starts with a wrong clock to be corrected by its network. */
const STEADY_AFTER_LONG: Milliseconds = 3_600_000;

/**
 * Tells whether the clock may be trusted with deleting what has expired. A clock that was set by
 * mistake, or is wrong until the network corrects it, would expire everything at once
 * (docs/architecture.md#time).
 */
export class ClockWatch {
  readonly #clock;
  readonly #log;
  readonly #elapsed;
  /** The clock's distance from the time that passes. */
  #offset: Milliseconds;
  /** When the clock can be trusted if it runs evenly until then, by `elapsed`. */
  #trustedFrom: Milliseconds;

  /**
   * @param elapsed returns the milliseconds that have passed since some point; it never jumps
   * @param sweptAt when a process last swept the store; null when that is not known
   */
  constructor(
    { clock, log }: { clock: Pick<Clock, "now">; log: Pick<Log, "warn"> },
    elapsed: () => Milliseconds,
    sweptAt: Milliseconds | null,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#elapsed = elapsed;
    const now = clock.now();
    const passed = elapsed();
    this.#offset = now - passed;
    this.#trustedFrom = passed + firstWait(sweptAt === null ? null : now - sweptAt);
  }

  /**
   * Returns the clock's time if it can be trusted, or else null. To be called often, because steps
   * are found by comparing with the call before.
   */
  now(): Milliseconds | null {
    const now = this.#clock.now();
    const passed = this.#elapsed();
    const step = now - passed - this.#offset;
    this.#offset = now - passed;
    if (Math.abs(step) > LARGEST_STEP) {
      this.#trustedFrom = Math.max(this.#trustedFrom, passed + STEADY);
      this.#log.warn(
        { seconds: Math.round(step / 1000) },
        "the clock was set: nothing expired is removed until it has run evenly for a minute",
      );
    }
    return passed >= this.#trustedFrom ? now : null;
  }
}

function firstWait(sinceSweep: Milliseconds | null): Milliseconds {
  if (sinceSweep === null || sinceSweep < -LARGEST_STEP) return STEADY;
  if (sinceSweep <= RECENT) return 0;
  return sinceSweep <= LONG_AGO ? STEADY : STEADY_AFTER_LONG;
}
