import { sha256 } from "../../crypto/digest.ts";
import { attempt } from "../attempt.ts";
import type { IdempotencyTable } from "../coordination/idempotency-table.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { StoreError } from "../store-error.ts";

/** Between two looks at whether another process is done. */
const POLL: Milliseconds = 25;
/** Those that wait have an answer by then. */
const KEPT: Milliseconds = 60_000;

/** What there is to do with a code: to use it, and say what came of it, or to take what another process says. */
export type Claim = { isMine: true } | { isMine: false; answer: string };

/**
 * Lets one of several processes use a code, which works once, while equal logins in the others wait for what comes of
 * it. A login that begins when that is over gets nothing of it: a code that was overheard is worth no session.
 */
export class CodeClaims {
  readonly #tables;
  readonly #clock;
  readonly #longest;

  /** @param longest how long a login may take; a claim whose process died is free after that */
  constructor(
    { tables, clock }: { tables: { idempotency: IdempotencyTable }; clock: Clock },
    longest: Milliseconds,
  ) {
    this.#tables = tables;
    this.#clock = clock;
    this.#longest = longest;
  }

  /**
   * @param name which login: logins of one name are one
   * @returns a Failure storeFailed when the store is away: the code is better kept for when it is back
   */
  async begin(name: string): Promise<Claim | Failure> {
    const startedAt = this.#clock.now();
    const fingerprint = sha256(name);
    let hasWaited = false;
    for (let now = startedAt; now < startedAt + this.#longest; now = this.#clock.now()) {
      const known = await attempt("storeFailed", () =>
        this.#tables.idempotency.begin(keyOf(name), fingerprint, now, now + this.#longest),
      );
      if (known instanceof Failure && isAway(known)) return known;
      // A store that fails otherwise will fail the login in its own words.
      if (known instanceof Failure || known.state === "begun") return { isMine: true };
      if (known.state === "done") {
        const { endedAt, answer } = JSON.parse(known.answer) as {
          endedAt: Milliseconds;
          answer: string;
        };
        return hasWaited || startedAt < endedAt ? { isMine: false, answer } : { isMine: true };
      }
      hasWaited = true;
      await this.#clock.sleep(POLL);
    }
    return { isMine: true };
  }

  /**
   * Says what came of a code that was this process's to use.
   *
   * @param answer for those that wait; null when they have to see for themselves
   */
  async end(name: string, answer: string | null): Promise<void> {
    const { idempotency } = this.#tables;
    const endedAt = this.#clock.now();
    await attempt("storeFailed", () =>
      answer === null
        ? idempotency.abandon(keyOf(name))
        : idempotency.finish(keyOf(name), JSON.stringify({ endedAt, answer }), endedAt + KEPT),
    );
  }
}

const isAway = ({ detail: { cause } }: Failure): boolean =>
  cause instanceof StoreError && cause.kind === "closed";

/** Apart from the keys of the REST API, which begin with who sent them. */
const keyOf = (name: string): string => `code ${name}`;
