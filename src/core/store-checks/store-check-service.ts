import { Lease, type LeaseDeps } from "../coordination/lease.ts";
import { Failure } from "../errors.ts";
import type { Milliseconds } from "../ports.ts";
import type {
  EndedStoreCheck,
  StoreCheckNotes,
  StoreCheckState,
  StoreReport,
} from "./store-check.ts";

/** The length of the lease of the process that checks: a dead one blocks others so long. */
const LEASE_MS: Milliseconds = 20_000;

export interface StoreCheckDeps extends LeaseDeps {
  /** Reads the whole store, outside this process; rejects with the reason, for administrators. */
  check(signal: AbortSignal): Promise<StoreReport>;
  notes: StoreCheckNotes;
}

/** A check that goes on. */
export interface BegunStoreCheck {
  begunAt: Milliseconds;
  done: Promise<EndedStoreCheck>;
}

/** Checks the store while it is used. Of all processes and nodes one does so at a time. */
export class StoreCheckService {
  readonly #deps;
  readonly #lease;
  #running: { stop: AbortController; done: Promise<unknown> } | null = null;
  #isStopped = false;
  /** The check that ended last in this process: its note may not have been written. */
  #last: EndedStoreCheck | null = null;

  constructor(deps: StoreCheckDeps) {
    this.#deps = deps;
    this.#lease = new Lease(deps, "store-check", LEASE_MS);
  }

  /** Returns the check in hand and the latest one of this server; another node has its own. */
  async state(): Promise<StoreCheckState> {
    const { runningSince, last } = await this.#deps.notes.read();
    const own = this.#last;
    return { runningSince, last: own !== null && own.endedAt > (last?.endedAt ?? 0) ? own : last };
  }

  /**
   * Begins a check.
   *
   * @param by who wants it, for the log
   * @returns a Failure: storeCheckRunning, storeCheckFailed, storeFailed
   */
  async begin(by: string): Promise<BegunStoreCheck | Failure> {
    if (this.#isStopped) return new Failure("storeCheckFailed", { reason: ENDING });
    if (this.#running !== null) return new Failure("storeCheckRunning");
    const stop = new AbortController();
    const running = { stop, done: Promise.resolve() as Promise<unknown> };
    // Before the first await: the lease of this process does not keep its other calls out.
    this.#running = running;
    const isOurs = await this.#lease.tryRenew();
    if (isOurs !== true) {
      this.#running = null;
      return isOurs instanceof Failure ? isOurs : new Failure("storeCheckRunning");
    }
    const begunAt = this.#deps.clock.now();
    const done = this.#check(begunAt, by, stop.signal);
    running.done = done;
    return { begunAt, done };
  }

  /** Ends the check of this process, and begins no other. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#running?.stop.abort();
    await this.#running?.done;
  }

  async #check(begunAt: Milliseconds, by: string, signal: AbortSignal): Promise<EndedStoreCheck> {
    const { clock, log, check } = this.#deps;
    log.info({ by }, "a check of the store begins");
    await this.#note((notes) => notes.begin(begunAt));
    const outcome = await this.#lease
      .during(signal.aborted ? Promise.reject(new Error(ENDING)) : check(signal))
      .catch((error: Error) => new Error(signal.aborted ? ENDING : error.message));
    const ended: EndedStoreCheck = {
      ...{ begunAt, endedAt: clock.now() },
      report: outcome instanceof Error ? null : outcome,
      failure: outcome instanceof Error ? outcome.message : null,
    };
    const durationMs = ended.endedAt - begunAt;
    const flaws = ended.report?.flaws ?? null;
    if (flaws === 0) log.info({ durationMs }, "the store was checked: nothing is wrong");
    else if (flaws === null) log.error({ reason: ended.failure }, "a check of the store failed");
    else log.error({ durationMs, flaws }, "the store was checked, and has flaws");
    this.#last = ended;
    await this.#note((notes) => notes.end(ended));
    this.#running = null;
    await this.#lease.release();
    return ended;
  }

  /** The check goes on without its note, as on a full disk. */
  async #note(write: (notes: StoreCheckNotes) => Promise<void>): Promise<void> {
    try {
      await write(this.#deps.notes);
    } catch (err) {
      this.#deps.log.warn({ err }, "a check of the store could not be noted in the data folder");
    }
  }
}

const ENDING = "this process is ending: begin another";
