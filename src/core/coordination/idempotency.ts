import { sha256 } from "../../crypto/digest.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { ANSWER_KEPT, type IdempotencyTable, LONGEST_RUN } from "./idempotency-table.ts";

export interface OnceRequest {
  /** Who sent the key: different callers may use the same one. */
  by: string;
  /** The key that the client chose for this request. */
  key: string;
  /** The whole request as text: the same key with a different one is refused. */
  request: string;
}

/**
 * Lets clients repeat a request that runs only once, by the Idempotency-Key header:
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export class Idempotency {
  readonly #tables;
  readonly #clock;

  constructor({ tables, clock }: { tables: { idempotency: IdempotencyTable }; clock: Clock }) {
    this.#tables = tables;
    this.#clock = clock;
  }

  /**
   * Runs a request, or replays the answer of its first run. A failure is not stored: the same
   * request runs again.
   *
   * @param run must resolve to a JSON value
   * @returns the Failure of `run`, or idempotencyKeyReused, idempotencyKeyInUse, storeFailed
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
    // The request has run, whether or not its answer can be stored.
    await attempt("storeFailed", () => table.finish(name, text, now + ANSWER_KEPT));
    return { answer, replayed: false };
  }
}
