import { sha256 } from "../../crypto/digest.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import type { IdempotencyTable } from "./idempotency-table.ts";

/** How long an answer is given again. */
const KEPT: Milliseconds = 86_400_000;
/** A request that is not answered by then has died with its process. */
const LONGEST_RUN: Milliseconds = 60_000;

export interface OnceRequest {
  /** Whose key it is: keys of different callers have nothing to do with each other. */
  by: string;
  /** What the client calls this request. */
  key: string;
  /** What is asked for, all of it: the same key with something else is refused. */
  request: string;
}

/** Lets a client send a request again without doing it again (the Idempotency-Key header of the IETF's draft). */
export class Idempotency {
  readonly #tables;
  readonly #clock;

  constructor({ tables, clock }: { tables: { idempotency: IdempotencyTable }; clock: Clock }) {
    this.#tables = tables;
    this.#clock = clock;
  }

  /**
   * Runs a request, or gives the answer of its first run again. A failure is not kept: sent again, it is tried again.
   *
   * @param run its answer has to be JSON
   * @returns a Failure of run's, or idempotencyKeyReused, idempotencyKeyInUse, storeFailed
   */
  async once<T>(
    { by, key, request }: OnceRequest,
    run: () => Promise<T | Failure>,
  ): Promise<{ answer: T; replayed: boolean } | Failure> {
    const table = this.#tables.idempotency;
    const name = `${by} ${key}`;
    const now = this.#clock.now();
    const known = await attempt("storeFailed", () =>
      table.begin(name, sha256(request), now, now + LONGEST_RUN),
    );
    if (known instanceof Failure) return known;
    if (known.state === "reused") return new Failure("idempotencyKeyReused");
    if (known.state === "running") return new Failure("idempotencyKeyInUse");
    if (known.state === "done") return { answer: JSON.parse(known.answer) as T, replayed: true };
    let answer: T | Failure | undefined;
    try {
      answer = await run();
    } finally {
      if (answer === undefined || answer instanceof Failure)
        await attempt("storeFailed", () => table.abandon(name));
    }
    if (answer instanceof Failure) return answer;
    const text = JSON.stringify(answer);
    // What was done stands, whether or not its answer can be kept.
    await attempt("storeFailed", () => table.finish(name, text, now + KEPT));
    return { answer, replayed: false };
  }
}
