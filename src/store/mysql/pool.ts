import type { Milliseconds } from "../../core/ports.ts";
import { StoreError } from "../../core/store-error.ts";
import { Connection, type MySqlOptions } from "./connection.ts";
import { away, isFull, tooLate } from "./failure.ts";

const DEFAULT_SIZE = 16;
/** More concurrent calls than this cannot be answered in time. */
const MAX_WAITING = 2000;
/** How late a deadline may be noticed. One timer for all calls is cheaper than one for each. */
const WATCH_INTERVAL: Milliseconds = 50;
/** A connection that was idle for longer is closed, because firewalls silently drop such ones. */
const MAX_IDLE: Milliseconds = 60_000;
/**
 * A new connection is kept for so long, whatever server it has reached: a server that stays
 * read-only must not be connected to for every write that it refuses.
 */
const KEPT_AT_LEAST: Milliseconds = 1000;
/**
 * While other connections are open, a call tries again when an attempt to connect takes longer than
 * this, and than four times the slowest of theirs: a server that has enough connections may say so
 * in a way that the client never notices.
 */
const ATTEMPT: Milliseconds = 1000;

interface Waiting {
  deadline: Milliseconds;
  resolve: (connection: Connection) => void;
  reject: (error: unknown) => void;
}

/**
 * The connections to the database, each for one call at a time. Every call has a deadline by
 * performance.now(). A connection whose call has not ended by then is closed, and a call that
 * still waits for a connection is rejected, so nothing waits for a server that hangs.
 */
export class Pool {
  readonly #options;
  readonly #size;
  /** All connections that are open or being opened. */
  readonly #connections = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #waiting: Waiting[] = [];
  #watch: Timer | null = null;
  /** Connections that were opened earlier are not used again. */
  #renewedAt: Milliseconds = Number.NEGATIVE_INFINITY;

  constructor(options: MySqlOptions) {
    this.#options = options;
    this.#size = options.poolSize ?? DEFAULT_SIZE;
  }

  /**
   * Returns a connection for exclusive use until it is released.
   *
   * @param fresh whether it has to be a new one, because others broke
   */
  acquire(deadline: Milliseconds, fresh = false): Promise<Connection> {
    this.#startWatch();
    for (
      let connection = this.#idle.pop();
      connection !== undefined;
      connection = this.#idle.pop()
    ) {
      if (fresh || performance.now() - connection.idleSince > MAX_IDLE) {
        void connection.close();
        if (fresh) break;
      } else if (connection.isOpen) {
        connection.deadline = deadline;
        return Promise.resolve(connection);
      }
    }
    return this.#connections.size < this.#size ? this.#open(deadline) : this.#wait(deadline);
  }

  release(connection: Connection): void {
    if (!connection.isOpen) return;
    if (connection.openedAt < this.#renewedAt) {
      void connection.close();
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) {
      connection.idleSince = performance.now();
      connection.deadline = Number.POSITIVE_INFINITY;
      this.#idle.push(connection);
      return;
    }
    connection.deadline = next.deadline;
    next.resolve(connection);
  }

  /**
   * Stops the use of all connections that are open, because one of them has reached a server that
   * accepts no writes, unless that one is new. Their running calls may end.
   *
   * @returns whether it did
   */
  renew(refused: Connection): boolean {
    if (refused.openedAt < this.#renewedAt) return true;
    const now = performance.now();
    if (now - refused.openedAt < KEPT_AT_LEAST) return false;
    this.#renewedAt = now;
    for (const connection of this.#idle.splice(0)) void connection.close();
    return true;
  }

  /** Limits the deadlines of all running calls. */
  hurry(deadline: Milliseconds): void {
    for (const connection of this.#connections)
      connection.deadline = Math.min(connection.deadline, deadline);
  }

  /** Closes every connection at once. */
  async close(): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    this.#stopWatch();
  }

  #wait(deadline: Milliseconds): Promise<Connection> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new StoreError("closed", "too many calls wait for the database"));
    return new Promise((resolve, reject) => this.#waiting.push({ deadline, resolve, reject }));
  }

  async #open(deadline: Milliseconds): Promise<Connection> {
    const connection = new Connection(this.#options, deadline, (closed) => this.#forget(closed));
    this.#connections.add(connection);
    try {
      await connection.connect();
      return connection;
    } catch (error) {
      void connection.close();
      if (connection.timedOut && performance.now() >= connection.deadline) throw tooLate(error);
      if (connection.timedOut) return this.acquire(deadline);
      // The server has enough connections: use one of the open ones instead of failing.
      if (isFull(error) && this.#idle.length > 0) return this.acquire(deadline);
      if (isFull(error) && this.#connections.size > 0) return this.#wait(deadline);
      throw away(error);
    }
  }

  /** Removes a closed connection, and opens a new one for the call that waits longest. */
  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#open(next.deadline).then(next.resolve, next.reject);
  }

  /** Returns how long an attempt to connect may take. */
  #attemptLimit(): Milliseconds {
    const took = [...this.#connections].flatMap(({ connectTook }) => connectTook ?? []);
    return took.length === 0 ? Number.POSITIVE_INFINITY : Math.max(ATTEMPT, 4 * Math.max(...took));
  }

  #startWatch(): void {
    this.#watch ??= setInterval(() => this.#expire(performance.now()), WATCH_INTERVAL);
  }

  #stopWatch(): void {
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
  }

  #expire(now: Milliseconds): void {
    // Waiting calls first: else they would get connections that are closed next.
    const late = this.#waiting.filter(({ deadline }) => deadline <= now);
    this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    for (const { reject } of late) reject(tooLate());
    const limit = this.#attemptLimit();
    for (const connection of this.#connections) {
      const isSlow = connection.connectTook === null && now - connection.openedAt >= limit;
      if (connection.deadline > now && !isSlow) continue;
      connection.timedOut = true;
      void connection.close();
    }
    if (this.#idle.length === this.#connections.size && this.#waiting.length === 0)
      this.#stopWatch();
  }
}
