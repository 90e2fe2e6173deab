import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Log, Milliseconds, Random } from "../ports.ts";
import type { LeaseTable } from "./lease-table.ts";

/** How often the end of work is looked for, between two renewals: no timer outlives it for long. */
const STEP_MS: Milliseconds = 250;

export interface LeaseDeps {
  tables: { leases: LeaseTable };
  clock: Clock;
  random: Random;
  log: Log;
}

/**
 * Work that only one process of all workers and nodes may do at a time. Renew it well before it
 * runs out.
 */
export class Lease {
  readonly #deps;
  readonly #name;
  readonly #length;
  readonly #holder;
  #until: Milliseconds = 0;

  /** @param length how long it lasts without a renewal, and so at most after its holder died */
  constructor(deps: LeaseDeps, name: string, length: Milliseconds) {
    this.#deps = deps;
    this.#name = name;
    this.#length = length;
    this.#holder = deps.random.hex(8);
  }

  get isHeld(): boolean {
    const left = this.#until - this.#deps.clock.now();
    // More is left only if the clock was set back.
    return left > 0 && left <= this.#length;
  }

  /** Acquires the lease if it is free, or extends it; returns whether it is held now. */
  async renew(): Promise<boolean> {
    const renewed = await this.tryRenew();
    if (renewed instanceof Failure)
      this.#deps.log.warn(
        { lease: this.#name, err: renewed.detail.cause },
        "a lease could not be renewed",
      );
    return this.isHeld;
  }

  /** Renews as `renew` does, and returns a failure of the store instead of logging it. */
  async tryRenew(): Promise<boolean | Failure> {
    const { tables, clock, log } = this.#deps;
    const now = clock.now();
    const wasHeld = this.isHeld;
    const acquired = await attempt("storeFailed", () =>
      tables.leases.acquire(this.#name, this.#holder, now + this.#length, now),
    );
    if (acquired instanceof Failure) return acquired;
    this.#until = acquired ? now + this.#length : 0;
    if (this.isHeld && !wasHeld) log.info({ lease: this.#name }, "lease taken");
    return this.isHeld;
  }

  /** Waits for work of any length, and renews the lease meanwhile. Rejects as the work does. */
  async during<T>(work: Promise<T>): Promise<T> {
    const { clock } = this.#deps;
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    const ended = work.then(over, over);
    for (let waited = 0; !isOver; ) {
      await Promise.race([ended, clock.sleep(STEP_MS)]);
      waited += STEP_MS;
      if (isOver || waited < this.#length / 3) continue;
      waited = 0;
      await this.renew();
    }
    return work;
  }

  /** Frees the lease, so that the next holder need not wait until it runs out. */
  async release(): Promise<void> {
    if (!this.isHeld) return;
    this.#until = 0;
    await attempt("storeFailed", () => this.#deps.tables.leases.release(this.#name, this.#holder));
  }
}
