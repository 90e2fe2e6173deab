import type { Clock, Log, Milliseconds } from "./ports.ts";
import type { Store, Tables } from "./store.ts";
import { StoreError } from "./store-error.ts";

/** A write that takes longer says that others do not get through either. */
const LONG_MS = 3000;
/** Probes follow each other at this interval at most, however often somebody asks. */
const PROBE_INTERVAL_MS = 3000;
/** A probe that takes longer has told enough for now: /readyz answers within a second. */
const PROBE_PATIENCE_MS = 700;
/** Refusals are logged at this interval at most. */
const LOG_INTERVAL_MS = 60_000;

/** Every operation of every table, by what it does: a new one has to be added here. */
const OPERATIONS: {
  [Name in keyof Tables]: { [Operation in keyof Tables[Name]]-?: "reads" | "writes" };
} = {
  apps: {
    get: "reads",
    getNow: "reads",
    getByNumber: "reads",
    first: "reads",
    create: "writes",
    update: "writes",
    delete: "writes",
    list: "reads",
    count: "reads",
  },
  sessions: {
    get: "reads",
    getNow: "reads",
    getWithSessionKey: "reads",
    issue: "writes",
    touch: "writes",
    replaceProfile: "writes",
    replaceSessionKey: "writes",
    list: "reads",
    revoke: "writes",
    revokeByUser: "writes",
    revokeByApp: "writes",
    sweep: "writes",
    count: "reads",
    dump: "reads",
    put: "writes",
  },
  credentials: {
    get: "reads",
    getNow: "reads",
    put: "writes",
    touch: "writes",
    delete: "writes",
    list: "reads",
  },
  renewalFailures: { put: "writes", list: "reads" },
  workAgents: { get: "reads", put: "writes", delete: "writes", list: "reads" },
  callCounts: { add: "writes", list: "reads", sweep: "writes" },
  activity: { add: "writes", list: "reads", sweep: "writes" },
  weappUsers: { get: "reads", remember: "writes", sweep: "writes" },
  serviceKeys: {
    get: "reads",
    getByHash: "reads",
    getByHashNow: "reads",
    create: "writes",
    touch: "writes",
    revoke: "writes",
    list: "reads",
  },
  consoleSessions: {
    get: "reads",
    create: "writes",
    touch: "writes",
    remove: "writes",
    list: "reads",
  },
  audit: { append: "writes", list: "reads" },
  idempotency: { begin: "writes", finish: "writes", abandon: "writes", sweep: "writes" },
  claims: { claim: "writes", finish: "writes", abandon: "writes", sweep: "writes" },
  leases: { acquire: "writes", release: "writes", sweep: "writes" },
};

type Operation = (...args: unknown[]) => unknown;

export interface WriteHealthDeps {
  store: Store;
  clock: Pick<Clock, "sleep">;
  /** A clock that nobody sets: after a step back nothing would be probed for as long. */
  monotonic: () => Milliseconds;
  log: Log;
}

/**
 * Knows whether the store takes writes, for /readyz. Refusals of real writes make it doubt; only
 * then, and only when somebody asks, it makes a write of its own to see whether that is over.
 */
export class WriteHealth {
  /** The store with its writes observed; reads are called as they are. */
  readonly observed: Store;
  readonly #store;
  readonly #clock;
  readonly #now;
  readonly #log;
  /** When the writes in hand began, oldest first. */
  readonly #inHand = new Set<{ since: Milliseconds }>();
  #isDoubted = false;
  #probing: Promise<void> | null = null;
  #probedAt = Number.NEGATIVE_INFINITY;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor({ store, clock, monotonic, log }: WriteHealthDeps) {
    this.#store = store;
    this.#clock = clock;
    this.#now = monotonic;
    this.#log = log;
    this.observed = { ...store };
    for (const name of Object.keys(OPERATIONS) as (keyof Tables)[])
      Object.assign(this.observed, { [name]: this.#observeTable(name, store[name]) });
  }

  /**
   * Returns what is wrong with writes, for everybody to read; null when nothing is. Waits for the
   * probe for a moment, if one is due.
   */
  async problem(): Promise<string | null> {
    const [oldest] = this.#inHand;
    if (oldest !== undefined && this.#now() - oldest.since > LONG_MS) return "a write does not end";
    if (!this.#isDoubted) return null;
    if (this.#now() - this.#probedAt >= PROBE_INTERVAL_MS) this.#probing ??= this.#probe();
    await Promise.race([this.#probing, this.#clock.sleep(PROBE_PATIENCE_MS)]);
    return this.#isDoubted ? "refused" : null;
  }

  async #probe(): Promise<void> {
    this.#probedAt = this.#now();
    try {
      await this.#store.probeWrite();
      this.#isDoubted = false;
    } catch (error) {
      this.#note("probe", error);
    } finally {
      this.#probing = null;
    }
  }

  #observeTable(name: keyof Tables, table: object): object {
    const operations: Record<string, Operation> = {};
    for (const [operation, does] of Object.entries(OPERATIONS[name])) {
      const run = Reflect.get(table, operation) as Operation | undefined;
      // Not every store can read at once.
      if (run === undefined) continue;
      const bound = run.bind(table) as Operation;
      operations[operation] =
        does === "reads" ? bound : this.#observe(`${name}.${operation}`, bound);
    }
    return operations;
  }

  #observe(operation: string, run: Operation): Operation {
    return async (...args) => {
      const write = { since: this.#now() };
      this.#inHand.add(write);
      try {
        return await run(...args);
      } catch (error) {
        this.#note(operation, error);
        throw error;
      } finally {
        this.#inHand.delete(write);
      }
    };
  }

  #note(operation: string, error: unknown): void {
    if (!(error instanceof StoreError) || error.kind === "corrupt" || error.kind === "cursor")
      return;
    this.#isDoubted = true;
    const now = this.#now();
    if (now - this.#loggedAt < LOG_INTERVAL_MS) return;
    this.#loggedAt = now;
    this.#log.warn({ operation, err: error }, "the store refused a write");
  }
}
