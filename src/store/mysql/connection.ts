import type { Milliseconds } from "../../core/ports.ts";
import { StoreError } from "../../core/store-error.ts";
import { isConflict, isConnectionError, tooLate, toStoreError } from "./failure.ts";
import type { Lane, MySqlConnection, Result, Value } from "./lane.ts";
import { Pool } from "./pool.ts";

const DEFAULT_TIMEOUT: Milliseconds = 800;
const TRIES = 6;
/** Doubled with every try. */
const BACKOFF: Milliseconds = 2;

/** What runs statements: in a transaction, or each by itself. */
export interface Queries {
  run<R>(text: string, values?: readonly Value[]): Promise<Result<R>>;
}

export interface TransactionOptions {
  /** How long it may take, if not as long as every call. */
  timeout?: Milliseconds;
  /** Whether every read sees the database as it is when the transaction begins, and none locks. */
  snapshot?: boolean;
}

/**
 * The database behind one pool of connections. Everything rejects with a StoreError and nothing else, within the
 * timeout; what met a broken connection is done once more on a new one, if it certainly did nothing yet or does
 * the same again.
 */
export class Database implements Queries {
  readonly #pool;
  readonly #timeout;
  readonly #calls = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: MySqlConnection) {
    this.#pool = new Pool(options);
    this.#timeout = options.timeout ?? DEFAULT_TIMEOUT;
  }

  /** Runs a statement that does no harm when it is run twice: a read, or a change to values that it names. */
  run<R>(text: string, values?: readonly Value[]): Promise<Result<R>> {
    return this.#call(
      this.#timeout,
      (lane) => lane.query<R>(text, values),
      () => true,
    );
  }

  /** As run, and reads the rows; what cannot be read is a StoreError "corrupt". */
  read<R, T>(text: string, values: readonly Value[], decode: (rows: R[]) => T): Promise<T> {
    return this.#call(
      this.#timeout,
      async (lane) => decode(await lane.query<R>(text, values)),
      () => true,
    );
  }

  /** Runs a statement that must not be run twice. */
  runOnce<R>(text: string, values?: readonly Value[]): Promise<Result<R>> {
    return this.#call(
      this.#timeout,
      (lane) => lane.query<R>(text, values),
      () => false,
    );
  }

  /**
   * Runs statements in one transaction, which is committed when the promise of the function resolves and rolled back
   * when it rejects. The function is run again when the transaction lost a conflict, so it must change nothing else.
   */
  transaction<T>(
    run: (queries: Queries) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    let committing = false;
    const attempt = async (lane: Lane): Promise<T> => {
      committing = false;
      // What follows goes out behind this, and does not wait for its answer.
      const begun = begin(lane, options);
      begun.catch(() => undefined);
      let isOver = false;
      const query: Queries["run"] = (text, values) =>
        isOver
          ? Promise.reject(new StoreError("refused", "the transaction is over"))
          : lane.query(text, values);
      try {
        const value = await run({ run: query });
        await begun;
        committing = true;
        await lane.query("COMMIT");
        return value;
      } catch (error) {
        // What ran beside the statement that failed must not go on after the rollback, when each would be kept.
        isOver = true;
        // The answer to a statement is no sign that the transaction is over: a lock wait that failed leaves it open.
        if (lane.isOpen) await lane.query("ROLLBACK").catch(() => lane.close());
        throw error;
      }
    };
    return this.#call(options.timeout ?? this.#timeout, attempt, () => !committing);
  }

  /** Refuses further calls, waits for those in hand, and closes the connections. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pool.hurry(performance.now() + this.#timeout);
    await Promise.allSettled(this.#calls);
    await this.#pool.close();
  }

  #call<T>(
    timeout: Milliseconds,
    run: (lane: Lane) => Promise<T>,
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
    run: (lane: Lane) => Promise<T>,
    isRepeatable: () => boolean,
  ): Promise<T> {
    let fresh = false;
    for (let tries = 1; ; tries += 1) {
      let lane: Lane | null = null;
      // Those that were in each other's way must not meet again at once.
      if (tries > 1 && !fresh) await Bun.sleep(Math.random() * BACKOFF * 2 ** tries);
      try {
        lane = await this.#pool.acquire(deadline, fresh);
        return await run(lane);
      } catch (error) {
        if (lane?.timedOut) throw tooLate(error);
        const isBroken = lane !== null && isConnectionError(error);
        const again = isBroken ? !fresh && isRepeatable() : isConflict(error) && tries < TRIES;
        if (isBroken) void lane?.close();
        if (!again) throw toStoreError(error);
        fresh ||= isBroken;
      } finally {
        if (lane !== null) this.#pool.release(lane);
      }
    }
  }
}

const begin = (lane: Lane, { snapshot = false }: TransactionOptions): Promise<unknown> =>
  snapshot
    ? Promise.all([
        lane.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"),
        lane.query("START TRANSACTION WITH CONSISTENT SNAPSHOT"),
      ])
    : lane.query("START TRANSACTION");
