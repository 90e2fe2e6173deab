import { attempt } from "../attempt.ts";
import type { ClaimTable } from "../coordination/claim-table.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { StoreError } from "../store-error.ts";

/** The pause before a waiting login asks again whether the other process has finished. */
const POLL: Milliseconds = 25;
/** How long an answer is kept: waiting logins have read it by then. */
const KEPT: Milliseconds = 60_000;

/** Use the code and call `end()`, or use the answer of the process that did. */
export type Claim = { isMine: true } | { isMine: false; answer: string };

/**
 * Lets one of several processes use a login code, which works once, while identical logins in the
 * others wait for its answer. A login that begins after the end does not get that answer: a
 * replayed code never yields a session.
 */
export class CodeClaims {
  readonly #tables;
  readonly #clock;
  readonly #longest;

  /** @param longest the time limit of a login; the claim of a process that died ends with it */
  constructor(
    { tables, clock }: { tables: { claims: ClaimTable }; clock: Clock },
    longest: Milliseconds,
  ) {
    this.#tables = tables;
    this.#clock = clock;
    this.#longest = longest;
  }

  /**
   * Claims a login, or waits for the answer of the process that has it.
   *
   * @param name identifies the login: those with the same name share one answer
   * @returns a Failure storeFailed when the store is away, so that the code is not used up
   */
  async begin(name: string): Promise<Claim | Failure> {
    const startedAt = this.#clock.now();
    let hasWaited = false;
    for (let now = startedAt; now < startedAt + this.#longest; now = this.#clock.now()) {
      const known = await attempt("storeFailed", () =>
        this.#tables.claims.claim(name, now, now + this.#longest),
      );
      if (known instanceof Failure && isAway(known)) return known;
      // After any other error of the store the login goes on, and reports what it meets itself.
      if (known instanceof Failure || known.state === "claimed") return { isMine: true };
      if (known.state === "done") {
        const { endedAt, answer } = known;
        return hasWaited || startedAt < endedAt ? { isMine: false, answer } : { isMine: true };
      }
      hasWaited = true;
      await this.#clock.sleep(POLL);
    }
    return { isMine: true };
  }

  /**
   * Ends a claim of this process.
   *
   * @param answer for the logins that wait; null lets them use the code themselves
   */
  async end(name: string, answer: string | null): Promise<void> {
    const { claims } = this.#tables;
    const endedAt = this.#clock.now();
    await attempt("storeFailed", () =>
      answer === null ? claims.abandon(name) : claims.finish(name, answer, endedAt, endedAt + KEPT),
    );
  }
}

const isAway = ({ detail: { cause } }: Failure): boolean =>
  cause instanceof StoreError && cause.kind === "closed";
