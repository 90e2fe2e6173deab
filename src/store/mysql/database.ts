import type { Milliseconds } from "../../core/ports.ts";
import { StoreError } from "../../core/store-error.ts";
import type { Connection, MySqlOptions, Result, Value } from "./connection.ts";
import { isConflict, isConnectionError, isWrongServer, tooLate, toStoreError } from "./failure.ts";
import { Pool } from "./pool.ts";

const DEFAULT_TIMEOUT: Milliseconds = 800;
const TRIES = 6;
/** Doubled with every try. */
const BACKOFF: Milliseconds = 2;

/** Runs statements, in one transaction or each by itself. */
export interface Queries {
  run<R>(text: string, values?: readonly Value[]): Promise<Result<R>>;
}

export interface TransactionOptions {
  /** How long it may take; by default as long as every call. */
  timeout?: Milliseconds;
  /** Whether all reads see the database as it is when the transaction begins, without locks. */
  snapshot?: boolean;
}

/**
 * The database, over a pool of connections. Every call settles within its timeout, and rejects
 * with a StoreError only. A call that met a broken connection, or a server that accepts no writes,
 * is repeated once on a new connection, if it certainly had no effect yet or has the same effect
 * again.
 */
export class Database implements Queries {
  readonly #pool;
  readonly #timeout;
  readonly #calls = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: MySqlOptions) {
    this.#pool = new Pool(options);
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT;
  }

  /** Runs a statement that may run twice: a read, or a change to values that it names. */
  run<R>(text: string, values?: readonly Value[]): Promise<Result<R>> {
    return this.#call(
      this.#timeout,
      (connection) => connection.query<R>(text, values),
      () => true,
    );
  }

  /** Runs a query and decodes its rows; a row that cannot be decoded is a StoreError "corrupt". */
  read<R, T>(text: string, values: readonly Value[], decode: (rows: R[]) => T): Promise<T> {
    return this.#call(
      this.#timeout,
      async (connection) => decode(await connection.query<R>(text, values)),
      () => true,
    );
  }

  /** Runs a statement that must not run twice. */
  runOnce<R>(text: string, values?: readonly Value[]): Promise<Result<R>> {
    return this.#call(
      this.#timeout,
      (connection) => connection.query<R>(text, values),
      () => false,
    );
  }

  /**
   * Runs statements in one transaction, which is committed when the function's promise resolves
   * and rolled back when it rejects. The function runs again when the transaction lost a conflict,
   * so it must have no other effects.
   */
  transaction<T>(
    run: (queries: Queries) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    let committing = false;
    const attempt = async (connection: Connection): Promise<T> => {
      committing = false;
      // The next statements are sent without waiting for this one.
      const begun = begin(connection, options);
      begun.catch(() => undefined);
      let isOver = false;
      const query: Queries["run"] = (text, values) =>
        isOver
          ? Promise.reject(new StoreError("refused", "the transaction is over"))
          : connection.query(text, values);
      try {
        const value = await run({ run: query });
        await begun;
        committing = true;
        await connection.query("COMMIT");
        return value;
      } catch (error) {
        // Concurrent statements must not follow the rollback, where each would be kept.
        isOver = true;
        // A statement that failed does not end the transaction: after a lock wait it stays open.
        if (connection.isOpen) await connection.query("ROLLBACK").catch(() => connection.close());
        throw error;
      }
    };
    return this.#call(options.timeout ?? this.#timeout, attempt, () => !committing);
  }

  /** Refuses further calls, waits for the running ones, and closes the connections. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pool.hurry(performance.now() + this.#timeout);
    await Promise.allSettled(this.#calls);
    await this.#pool.close();
  }

  #call<T>(
    timeout: Milliseconds,
    run: (connection: Connection) => Promise<T>,
    isRepeatable: () => boolean,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreError("closed", "the store is closed"));
    const call = this.#try(performance.now() + timeout, run, isRepeatable);
    this.#calls.add(call);
    const done = () => void this.#calls.delete(call);
    call.then(done, done);
    return call;
  }

  async #try<T>(
    deadline: Milliseconds,
    run: (connection: Connection) => Promise<T>,
    isRepeatable: () => boolean,
  ): Promise<T> {
    let fresh = false;
    for (let tries = 1; ; tries += 1) {
      let connection: Connection | null = null;
      // Transactions that lost a conflict must not meet again at once.
      if (tries > 1 && !fresh) await Bun.sleep(Math.random() * BACKOFF * 2 ** tries);
      try {
        connection = await this.#pool.acquire(deadline, fresh);
        return await run(connection);
      } catch (error) {
        if (connection?.timedOut) throw tooLate(error);
        const isWrong = connection !== null && isWrongServer(error);
        const isBroken = connection !== null && (isWrong || isConnectionError(error));
        // A connection that is kept goes on answering reads.
        const isDropped = isBroken && (!isWrong || this.#pool.renew(connection as Connection));
        if (isDropped) void connection?.close();
        const again = isBroken
          ? isDropped && !fresh && (isWrong || isRepeatable())
          : isConflict(error) && tries < TRIES;
        if (!again) throw toStoreError(error);
        fresh ||= isBroken;
      } finally {
        if (connection !== null) this.#pool.release(connection);
      }
    }
  }
}

const begin = (
  connection: Connection,
  { snapshot = false }: TransactionOptions,
): Promise<unknown> =>
  snapshot
    ? Promise.all([
        connection.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"),
        connection.query("START TRANSACTION WITH CONSISTENT SNAPSHOT"),
      ])
    : connection.query("START TRANSACTION");
