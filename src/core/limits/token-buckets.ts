import type { Milliseconds } from "../ports.ts";
import type { Rate } from "./rate.ts";

/** With a name of 40 characters a bucket takes about 130 bytes: 8 MB for these. */
const MOST_BUCKETS = 65_536;
/** The part of the buckets that is dropped when there are too many. */
const DROPPED = 0.25;

/**
 * Token buckets of one rate, by name. Only buckets that are not full are kept, each as the time at
 * which it will be full.
 *
 * Their number is bounded. When there are too many, those go that are the nearest to being full. So
 * a client that wants its empty bucket forgotten has to empty tens of thousands of others as far as
 * that.
 */
export class TokenBuckets {
  readonly #fullAt = new Map<string, Milliseconds>();
  /** Time in which one token comes back. */
  readonly #interval;
  /** Time in which an empty bucket fills. */
  readonly #whole;
  readonly #now;
  readonly #capacity;

  /** @param now time that no change of the time of day moves */
  constructor(
    { count, seconds, burst }: Rate,
    now: () => Milliseconds,
    capacity: number = MOST_BUCKETS,
  ) {
    this.#interval = (seconds * 1000) / count;
    this.#whole = this.#interval * burst;
    this.#now = now;
    this.#capacity = capacity;
  }

  /** The number of buckets that are kept. */
  get size(): number {
    return this.#fullAt.size;
  }

  /** Takes a token; returns 0, or the time until there is one. */
  take(name: string): Milliseconds {
    const now = this.#now();
    const known = this.#fullAt.get(name);
    const fullAt = Math.max(known ?? now, now) + this.#interval;
    // A token comes back over many fractions of a millisecond, which do not add up exactly.
    const wait = fullAt - now - this.#whole;
    if (wait > 0.001) return wait;
    if (known === undefined && this.#fullAt.size >= this.#capacity) this.#makeRoom(now);
    this.#fullAt.set(name, fullAt);
    return 0;
  }

  /** Puts a token back that was taken. */
  giveBack(name: string): void {
    const known = this.#fullAt.get(name);
    if (known === undefined) return;
    const fullAt = known - this.#interval;
    if (fullAt > this.#now()) this.#fullAt.set(name, fullAt);
    else this.#fullAt.delete(name);
  }

  /** Drops the full buckets, and of the others those that are the nearest to it. */
  #makeRoom(now: Milliseconds): void {
    for (const [name, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(name);
    let excess = this.#fullAt.size - Math.floor(this.#capacity * (1 - DROPPED));
    if (excess <= 0) return;
    const times = Float64Array.from(this.#fullAt.values()).sort();
    const last = times[excess - 1] ?? 0;
    for (const [name, fullAt] of this.#fullAt) {
      if (fullAt > last) continue;
      this.#fullAt.delete(name);
      excess -= 1;
      if (excess === 0) return;
    }
  }
}
