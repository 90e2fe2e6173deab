import type { RootDatabase } from "lmdb";
import { StoreError } from "../../core/store-error.ts";

/** The moment of acknowledging a write: once it survives `kill -9`, or once it is on the disk. */
type Acknowledge = "committed" | "flushed";

interface Pending {
  run: () => unknown;
  acknowledge: Acknowledge;
  /** By performance.now(). */
  deadline: number;
  isSettled: boolean;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** How long a write may take before the health of the environment is probed. */
const PATIENCE_MS = 1000;
/** How long a write may take: another process may hold the lock, or the disk may hang. */
const TIMEOUT_MS = 5000;

export interface WriterOptions {
  /** Called when writes failed, or were not done in time. */
  onRefused?: () => void;
  /** Called once, when this process can neither write nor read the environment any more. */
  onBroken: (error: StoreError) => void;
  /** In milliseconds. */
  patience?: number;
  /** In milliseconds; noticed at the next turn of `patience`. */
  timeout?: number;
}

/**
 * Group commit: writes that arrive during a commit share the next transaction and its flush. Each
 * write is a function that reads and puts in the exclusive write transaction. It must do everything
 * that can throw before its first put, because the other writes of the batch are committed anyway.
 *
 * Every write has a deadline. One that has not run by then never runs; one whose transaction is
 * being committed may be kept all the same, so its caller must not take the failure for a promise.
 *
 * Only one transaction runs at a time, also because lmdb's `flushed` refers to the latest one. That
 * promise never settles when the transaction or its flush fails. After certain disk errors LMDB
 * refuses everything in this process and lmdb never answers; hence the probe of pending writes.
 */
export class Writer {
  readonly #env: RootDatabase;
  readonly #options;
  #queue: Pending[] = [];
  #committing: Promise<void> | null = null;
  readonly #inHand = new Set<Pending>();
  /** Acknowledgements of writes that are committed and may not be flushed yet. */
  readonly #unflushed = new Set<() => void>();
  #watch: ReturnType<typeof setInterval> | null = null;
  #isAsking = false;
  #refusal: StoreError | null = null;
  #onIdle: (() => void) | null = null;

  constructor(env: RootDatabase, options: WriterOptions) {
    this.#env = env;
    this.#options = options;
  }

  /** @param timeout in milliseconds, if not that of all writes */
  write<T>(
    run: () => T,
    acknowledge: Acknowledge = "flushed",
    timeout = this.#options.timeout ?? TIMEOUT_MS,
  ): Promise<T> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    return new Promise<T>((resolve, reject) => {
      const write: Pending = {
        run,
        acknowledge,
        deadline: performance.now() + timeout,
        isSettled: false,
        resolve: (value) => {
          this.#settle(write);
          resolve(value as T);
        },
        reject: (error) => {
          this.#settle(write);
          reject(error);
        },
      };
      this.#inHand.add(write);
      this.#watch ??= setInterval(() => {
        this.#expire();
        this.#ask();
      }, this.#options.patience ?? PATIENCE_MS);
      this.#queue.push(write);
      this.#committing ??= this.#commitQueue();
    });
  }

  /** Refuses further writes, and waits for the pending ones. */
  close(): Promise<void> {
    this.#refusal ??= new StoreError("closed", "the store is closed");
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#inHand.size === 0) resolve();
    });
  }

  /** Gives up the environment in this process: refuses all pending and later writes. */
  fail(cause: Error): void {
    if (this.#refusal?.kind === "refused") return;
    this.#refusal = refused(cause);
    for (const write of this.#inHand) write.reject(this.#refusal);
    this.#options.onBroken(this.#refusal);
  }

  /** Rejects the writes whose deadline has passed. */
  #expire(): void {
    const now = performance.now();
    for (const write of this.#inHand) {
      if (write.deadline > now) continue;
      this.#options.onRefused?.();
      write.reject(new StoreError("closed", "the disk or the lock of LMDB did not answer in time"));
    }
  }

  #settle(write: Pending): void {
    write.isSettled = true;
    this.#inHand.delete(write);
    if (this.#inHand.size > 0) return;
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
    this.#onIdle?.();
  }

  /** Probes the environment by a flush that reports its outcome, and by a read. */
  #ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const waiting = [...this.#unflushed];
    (this.#env as Syncing).sync((error) => {
      this.#isAsking = false;
      if (error) return this.fail(error);
      for (const acknowledge of waiting) acknowledge();
      try {
        this.#env.doesExist("");
      } catch (failure) {
        this.fail(failure as Error);
      }
    });
  }

  async #commitQueue(): Promise<void> {
    // Writes of the same turn of the event loop join the first transaction.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.filter(({ isSettled }) => !isSettled);
      this.#queue = [];
      if (batch.length > 0) await this.#commit(batch);
    }
    this.#committing = null;
  }

  /** Commits one batch; its flush runs beside the next batch. */
  async #commit(batch: readonly Pending[]): Promise<void> {
    const afterCommit: (() => void)[] = [];
    const afterFlush: (() => void)[] = [];
    let flushed: Promise<void>;
    try {
      const committed = this.#env.transaction(() => {
        for (const write of batch) {
          if (write.isSettled) continue;
          try {
            const value = write.run();
            const settled = write.acknowledge === "flushed" ? afterFlush : afterCommit;
            settled.push(() => write.resolve(value));
          } catch (error) {
            afterCommit.push(() => write.reject(error));
          }
        }
      });
      flushed = new Promise((resolve) => this.#env.flushed.then(() => resolve()));
      await committed;
    } catch (error) {
      const refusal = refused(await commitCause(error));
      this.#options.onRefused?.();
      for (const write of batch) write.reject(refusal);
      return;
    }
    for (const settle of afterCommit) settle();
    if (afterFlush.length === 0) return;
    const acknowledge = (): void => {
      this.#unflushed.delete(acknowledge);
      for (const settle of afterFlush) settle();
    };
    this.#unflushed.add(acknowledge);
    void flushed.then(acknowledge);
  }
}

/** The flush of lmdb, for which it has no type. It does nothing when everything is flushed. */
type Syncing = RootDatabase & { sync(callback: (error?: Error) => void): void };

const refused = (cause: Error): StoreError =>
  new StoreError("refused", `the write was refused: ${cause.message}`, { cause });

/** lmdb rejects with a general error, whose `commitError` rejects with the one of the system. */
async function commitCause(error: unknown): Promise<Error> {
  try {
    await (error as { commitError?: Promise<never> }).commitError;
  } catch (cause) {
    return cause as Error;
  }
  return error as Error;
}
