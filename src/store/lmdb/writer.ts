import type { RootDatabase } from "lmdb";
import { StoreError } from "../../core/store-error.ts";

/** When a write is acknowledged: visible to every process and safe from `kill -9`, or flushed to disk as well. */
type Acknowledge = "committed" | "flushed";

interface Pending {
  run: () => unknown;
  acknowledge: Acknowledge;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** How long writes may be in hand before the environment is asked whether it is well. */
const PATIENCE_MS = 1000;

export interface WriterOptions {
  /** Told once, when the environment can write no more, nor read, until another process opens it. */
  onBroken: (error: StoreError) => void;
  /** In milliseconds. */
  patience?: number;
}

/**
 * Group commit: the writes that arrive while a transaction is being committed share the next one, and its flush. Each
 * write is a function that reads and puts; it runs in the exclusive write transaction, and must do everything that can
 * throw before its first put, because its neighbours' puts are committed with its own.
 *
 * One transaction at a time is a rule with a second reason: lmdb's `flushed` speaks of the last transaction begun. It never
 * settles for one that failed, nor when the flush does. After a disk's error in the wrong place, LMDB refuses everything
 * in this process, and lmdb never answers: hence the watch over what is in hand.
 */
export class Writer {
  readonly #env: RootDatabase;
  readonly #options;
  #queue: Pending[] = [];
  #committing: Promise<void> | null = null;
  readonly #inHand = new Set<Pending>();
  /** Committed, and not known to be flushed. */
  readonly #unflushed = new Set<() => void>();
  #watch: ReturnType<typeof setInterval> | null = null;
  #isAsking = false;
  #refusal: StoreError | null = null;
  #onIdle: (() => void) | null = null;

  constructor(env: RootDatabase, options: WriterOptions) {
    this.#env = env;
    this.#options = options;
  }

  write<T>(run: () => T, acknowledge: Acknowledge = "flushed"): Promise<T> {
    if (this.#refusal !== null) return Promise.reject(this.#refusal);
    return new Promise<T>((resolve, reject) => {
      const write: Pending = {
        run,
        acknowledge,
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
      this.#watch ??= setInterval(() => this.#ask(), this.#options.patience ?? PATIENCE_MS);
      this.#queue.push(write);
      this.#committing ??= this.#commitQueue();
    });
  }

  /** Refuses further writes and waits for those in hand. */
  close(): Promise<void> {
    this.#refusal ??= new StoreError("closed", "the store is closed");
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#inHand.size === 0) resolve();
    });
  }

  /** The environment is of no more use in this process. Everything in hand is refused, and all that comes. */
  fail(cause: Error): void {
    if (this.#refusal?.kind === "refused") return;
    this.#refusal = refused(cause);
    for (const write of this.#inHand) write.reject(this.#refusal);
    this.#options.onBroken(this.#refusal);
  }

  #settle(write: Pending): void {
    this.#inHand.delete(write);
    if (this.#inHand.size > 0) return;
    if (this.#watch !== null) clearInterval(this.#watch);
    this.#watch = null;
    this.#onIdle?.();
  }

  /** Makes a flush that tells its outcome, and a read, which fails when nothing works any more. */
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
      const refusal = refused(await commitCause(error));
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

/** lmdb's own flush, for which it has no type; it does nothing when everything is flushed. */
type Syncing = RootDatabase & { sync(callback: (error?: Error) => void): void };

const refused = (cause: Error): StoreError =>
  new StoreError("refused", `the write was refused: ${cause.message}`, { cause });

/** lmdb rejects with a general error whose `commitError` is a promise that rejects with the system's own. */
async function commitCause(error: unknown): Promise<Error> {
  try {
    await (error as { commitError?: Promise<never> }).commitError;
  } catch (cause) {
    return cause as Error;
  }
  return error as Error;
}
