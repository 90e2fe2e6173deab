import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";

/** How often the queue looks for those that have waited too long. */
const LOOK: Milliseconds = 250;

export interface FairQueueOptions {
  /** The most operations at a time. */
  slots: number;
  /** The most operations of one line at a time, so that the others find a free slot. */
  slotsOfLine: number;
  /** The most operations that wait. */
  capacity: number;
  /** The longest wait. */
  patience: Milliseconds;
  clock: Pick<Clock, "sleep">;
  monotonic: () => Milliseconds;
}

/** Decides whether the next operation of a line may begin. */
export type Admit = (inHand: number) => "begin" | "wait" | Failure;

interface Waiter {
  since: Milliseconds;
  admit: Admit;
  settle: (outcome: Failure | null) => void;
}

/** The operations of one name, in the order in which they came. */
interface Line {
  name: string;
  inHand: number;
  /** A set, from whose front, middle and end waiters can leave. */
  waiters: Set<Waiter>;
}

/**
 * Runs a bounded number of operations at a time. The others wait in lines by name, and the lines
 * take turns, so that a long line delays no other. A full queue sends the newest of the longest
 * line away.
 */
export class FairQueue {
  readonly #options;
  /** The lines that have something in hand or waiting. */
  readonly #lines = new Map<string, Line>();
  /** The lines with waiters; the next turn is the first one's. */
  readonly #turns = new Set<Line>();
  #inHand = 0;
  #waiting = 0;
  #isWatched = false;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs an operation in its line's turn.
   *
   * @param admit asked when it is the operation's turn, with the number of operations of its line
   * in hand; after `wait` it is asked again when one of them has ended. A failure is the outcome.
   * @returns a Failure wechatUnreachable when it waited too long or the queue was full
   */
  async run<T>(name: string, admit: Admit, operation: () => Promise<T>): Promise<T | Failure> {
    const line = this.#lines.get(name) ?? { name, inHand: 0, waiters: new Set() };
    this.#lines.set(name, line);
    const { promise, resolve: settle } = Promise.withResolvers<Failure | null>();
    line.waiters.add({ since: this.#options.monotonic(), admit, settle });
    this.#waiting += 1;
    this.#turns.add(line);
    this.#dispatch();
    if (this.#waiting > this.#options.capacity) this.#sendAway();
    void this.#watch();
    const refusal = await promise;
    if (refusal !== null) return refusal;
    try {
      return await operation();
    } finally {
      line.inHand -= 1;
      this.#inHand -= 1;
      this.#dispatch();
      this.#forget(line);
    }
  }

  /** Gives free slots to the lines in turn, until none is free or no line may begin. */
  #dispatch(): void {
    let left = this.#turns.size;
    for (const line of this.#turns) {
      if (this.#inHand >= this.#options.slots || left === 0) return;
      left -= 1;
      this.#turns.delete(line);
      const hasBegun = this.#advance(line);
      if (line.waiters.size > 0) this.#turns.add(line);
      else this.#forget(line);
      if (hasBegun) left = this.#turns.size;
    }
  }

  /** Lets the next operation of a line begin; returns whether one did. */
  #advance(line: Line): boolean {
    for (const waiter of line.waiters) {
      if (line.inHand >= this.#options.slotsOfLine) return false;
      const admission = waiter.admit(line.inHand);
      if (admission === "wait") return false;
      this.#leave(line, waiter, admission === "begin" ? null : admission);
      if (admission !== "begin") continue;
      line.inHand += 1;
      this.#inHand += 1;
      return true;
    }
    return false;
  }

  #leave(line: Line, waiter: Waiter, outcome: Failure | null): void {
    line.waiters.delete(waiter);
    this.#waiting -= 1;
    waiter.settle(outcome);
  }

  #forget(line: Line): void {
    if (line.waiters.size > 0) return;
    this.#turns.delete(line);
    if (line.inHand === 0 && this.#lines.get(line.name) === line) this.#lines.delete(line.name);
  }

  #sendAway(): void {
    let longest: Line | null = null;
    for (const line of this.#turns)
      if (longest === null || line.waiters.size > longest.waiters.size) longest = line;
    const newest = longest && [...longest.waiters].at(-1);
    if (longest && newest) this.#leave(longest, newest, tooMany());
  }

  /** Ends the waits that take too long, while anything waits. */
  async #watch(): Promise<void> {
    if (this.#isWatched) return;
    this.#isWatched = true;
    while (this.#waiting > 0) {
      await this.#options.clock.sleep(LOOK);
      const before = this.#options.monotonic() - this.#options.patience;
      for (const line of this.#turns) {
        for (const waiter of line.waiters) {
          if (waiter.since > before) break;
          this.#leave(line, waiter, tooMany());
        }
        this.#forget(line);
      }
    }
    this.#isWatched = false;
  }
}

const tooMany = (): Failure =>
  new Failure("wechatUnreachable", {
    cause: new Error("too many logins wait for WeChat; the code is not used"),
  });
