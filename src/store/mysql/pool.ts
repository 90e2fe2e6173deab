import type { Milliseconds } from "../../core/ports.ts";
import { StoreError } from "../../core/store-error.ts";
import { away, isFull, tooLate } from "./failure.ts";
import { Lane, type MySqlConnection } from "./lane.ts";

const DEFAULT_SIZE = 16;
/** More calls than this at once cannot be answered in time anyway. */
const MAX_WAITING = 2000;
/** How late a deadline may be noticed. One timer for all calls costs less than one for each. */
const WATCH_INTERVAL: Milliseconds = 50;
/** A connection that was idle for so long is not trusted: firewalls forget them without a word. */
const MAX_IDLE: Milliseconds = 60_000;

interface Waiting {
  deadline: Milliseconds;
  resolve: (lane: Lane) => void;
  reject: (error: unknown) => void;
}

/**
 * The connections to the database, each for one call at a time. Every call has a deadline, by performance.now(): a
 * connection whose call has not ended by then is closed, and a call that still waits for a connection is rejected, so
 * nothing waits for a server that hangs.
 */
export class Pool {
  readonly #options;
  readonly #size;
  /** All that are open or about to be. */
  readonly #lanes = new Set<Lane>();
  readonly #idle: Lane[] = [];
  #waiting: Waiting[] = [];
  #watch: Timer | null = null;

  constructor(options: MySqlConnection) {
    this.#options = options;
    this.#size = options.poolSize ?? DEFAULT_SIZE;
  }

  /**
   * A connection to have alone until it is released.
   *
   * @param fresh whether it has to be a new one, because others broke
   */
  acquire(deadline: Milliseconds, fresh = false): Promise<Lane> {
    this.#startWatch();
    for (let lane = this.#idle.pop(); lane !== undefined; lane = this.#idle.pop()) {
      if (fresh || performance.now() - lane.idleSince > MAX_IDLE) {
        void lane.close();
        if (fresh) break;
      } else if (lane.isOpen) {
        lane.deadline = deadline;
        return Promise.resolve(lane);
      }
    }
    return this.#lanes.size < this.#size ? this.#open(deadline) : this.#wait(deadline);
  }

  release(lane: Lane): void {
    if (!lane.isOpen) return;
    const next = this.#waiting.shift();
    if (next === undefined) {
      lane.idleSince = performance.now();
      lane.deadline = Number.POSITIVE_INFINITY;
      this.#idle.push(lane);
      return;
    }
    lane.deadline = next.deadline;
    next.resolve(lane);
  }

  /** Lets nothing that is under way go on for longer than until then. */
  hurry(deadline: Milliseconds): void {
    for (const lane of this.#lanes) lane.deadline = Math.min(lane.deadline, deadline);
  }

  /** Closes every connection at once. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes].map((lane) => lane.close()));
    this.#stopWatch();
  }

  #wait(deadline: Milliseconds): Promise<Lane> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new StoreError("closed", "too many calls wait for the database"));
    return new Promise((resolve, reject) => this.#waiting.push({ deadline, resolve, reject }));
  }

  async #open(deadline: Milliseconds): Promise<Lane> {
    const lane = new Lane(this.#options, deadline, (closed) => this.#forget(closed));
    this.#lanes.add(lane);
    try {
      await lane.connect();
      return lane;
    } catch (error) {
      void lane.close();
      if (lane.timedOut) throw tooLate(error);
      // Others of ours are open: better to wait for one of them than to fail.
      if (isFull(error) && this.#lanes.size > 0) return this.#wait(deadline);
      throw away(error);
    }
  }

  /** A place is free: whoever waits longest gets a new connection. */
  #forget(lane: Lane): void {
    this.#lanes.delete(lane);
    const index = this.#idle.indexOf(lane);
    if (index >= 0) this.#idle.splice(index, 1);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#open(next.deadline).then(next.resolve, next.reject);
  }

  #startWatch(): void {
    this.#watch ??= setInterval(() => this.#expire(performance.now()), WATCH_INTERVAL);
  }

  #stopWatch(): void {
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
  }

  #expire(now: Milliseconds): void {
    // First those that wait, so that they do not begin on what is given up next.
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    for (const { reject } of late) reject(tooLate());
    for (const lane of this.#lanes) {
      if (lane.deadline > now) continue;
      lane.timedOut = true;
      void lane.close();
    }
    if (this.#idle.length === this.#lanes.size && this.#waiting.length === 0) this.#stopWatch();
  }
}
