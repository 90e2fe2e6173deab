import type { RootDatabase } from "lmdb";
import { StoreError } from "../../core/store.ts";

/** When a write is acknowledged: visible to every process and safe from `kill -9`, or flushed to disk as well. */
type Acknowledge = "committed" | "flushed";

interface Pending {
  run: () => unknown;
  acknowledge: Acknowledge;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: the writes that arrive while a transaction is being committed share the next one, and its flush. Each
 * write is a function that reads and puts; it runs in the exclusive write transaction, and must do everything that can
 * throw before its first put, because its neighbours' puts are committed with its own.
 *
 * One transaction at a time is a rule with a second reason: lmdb's `flushed` speaks of the last transaction begun, and
 * never settles for one that failed.
 */
export class Writer {
  readonly #env: RootDatabase;
  #queue: Pending[] = [];
  #committing: Promise<void> | null = null;
  readonly #flushing = new Set<Promise<void>>();
  #closed = false;

  constructor(env: RootDatabase) {
    this.#env = env;
  }

  write<T>(run: () => T, acknowledge: Acknowledge = "flushed"): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreError("closed", "the store is closed"));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, acknowledge, resolve: resolve as (value: unknown) => void, reject });
      this.#committing ??= this.#commitQueue();
    });
  }

  /** Refuses further writes and waits for those in hand. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#committing;
    await Promise.all(this.#flushing);
  }

  async #commitQueue(): Promise<void> {
    // Whoever writes in the same turn joins the first transaction.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      await this.#commit(batch);
    }
    this.#committing = null;
  }

  /** Commits one batch; the flush that its acknowledgements wait for goes on beside the next batch. */
  async #commit(batch: readonly Pending[]): Promise<void> {
    const afterCommit: (() => void)[] = [];
    const afterFlush: (() => void)[] = [];
    let flushed: Promise<void>;
    try {
      const committed = this.#env.transaction(() => {
        for (const write of batch) {
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
      const cause = await commitCause(error);
      const refusal = new StoreError("refused", `the write was refused: ${cause.message}`, { cause });
      for (const write of batch) write.reject(refusal);
      return;
    }
    for (const settle of afterCommit) settle();
    if (afterFlush.length === 0) return;
    const acknowledged = flushed.then(() => {
      this.#flushing.delete(acknowledged);
      for (const settle of afterFlush) settle();
    });
    this.#flushing.add(acknowledged);
  }
}

/** lmdb rejects with a general error whose `commitError` is a promise that rejects with the system's own. */
async function commitCause(error: unknown): Promise<Error> {
  try {
    await (error as { commitError?: Promise<never> }).commitError;
  } catch (cause) {
    return cause as Error;
  }
  return error as Error;
}
