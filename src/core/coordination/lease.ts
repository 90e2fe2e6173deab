import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Log, Milliseconds, Random } from "../ports.ts";

/** Where leases lie. */
export interface LeaseTable {
  lease(key: string, holder: string, until: Milliseconds, now: Milliseconds): Promise<boolean>;
  release(key: string, holder: string): Promise<void>;
}

export interface LeaseDeps {
  tables: { credentials: LeaseTable };
  clock: Clock;
  random: Random;
  log: Log;
}

/** What only one process of all workers and nodes may do at a time. It has to be renewed well before it runs out. */
export class Lease {
  readonly #deps;
  readonly #key;
  readonly #length;
  readonly #holder;
  #until: Milliseconds = 0;

  /** @param length how long it lasts without being renewed, and therefore at most after its holder died */
  constructor(deps: LeaseDeps, key: string, length: Milliseconds) {
    this.#deps = deps;
    this.#key = key;
    this.#length = length;
    this.#holder = deps.random.hex(8);
  }

  get isHeld(): boolean {
    return this.#deps.clock.now() < this.#until;
  }

  /** Takes it if nobody has it, or prolongs it; tells whether it is held now. */
  async renew(): Promise<boolean> {
    const { tables, clock, log } = this.#deps;
    const now = clock.now();
    const wasHeld = this.isHeld;
    const taken = await attempt("storeFailed", () =>
      tables.credentials.lease(this.#key, this.#holder, now + this.#length, now),
    );
    if (taken instanceof Failure)
      log.warn({ lease: this.#key, err: taken.detail.cause }, "a lease could not be renewed");
    else this.#until = taken ? now + this.#length : 0;
    if (this.isHeld && !wasHeld) log.info({ lease: this.#key }, "lease taken");
    return this.isHeld;
  }

  /** Gives it back, so that the next need not wait until it runs out. */
  async release(): Promise<void> {
    if (!this.isHeld) return;
    this.#until = 0;
    await attempt("storeFailed", () =>
      this.#deps.tables.credentials.release(this.#key, this.#holder),
    );
  }
}
