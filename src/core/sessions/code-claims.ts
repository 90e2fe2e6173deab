import { attempt } from "../attempt.ts";
import { type ClaimTable, LONGEST_CLAIM } from "../coordination/claim-table.ts";
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
 *
 * A code is claimed before WeChat is asked, so a store that refuses the claim saves the code.
 */
export class CodeClaims {
  readonly #tables;
  readonly #clock;
  readonly #longest;
  /** Claims of this process that were not ended yet, and when they lapse. */
  readonly #own = new Map<string, Milliseconds>();
  /** Those whose end the store refused, and which are still there. */
  readonly #left = new Map<string, Milliseconds>();

  /**
   * @param longest the time limit of a login; the claim of a process that died ends with it
   */
  constructor(
    { tables, clock }: { tables: { claims: ClaimTable }; clock: Clock },
    longest: Milliseconds,
  ) {
    this.#tables = tables;
    this.#clock = clock;
    this.#longest = Math.min(longest, LONGEST_CLAIM);
  }

  /**
   * Claims a login, or waits for the answer of the process that has it.
   *
   * @param name identifies the login: those with the same name share one answer
   * @returns a Failure sessionNotSaved when the store is away or refuses the claim, so that the
   * code is not used up
   */
  async begin(name: string): Promise<Claim | Failure> {
    const startedAt = this.#clock.now();
    const giveUpAt = startedAt + this.#longest;
    if ((this.#left.get(name) ?? 0) > startedAt) {
      const freed = await attempt("sessionNotSaved", () => this.#tables.claims.abandon(name));
      if (freed instanceof Failure) return freed;
      this.#left.delete(name);
    }
    let hasWaited = false;
    // A clock that was set back ends the wait too.
    for (let now = startedAt; now >= startedAt && now < giveUpAt; now = this.#clock.now()) {
      const known = await attempt("sessionNotSaved", () =>
        this.#tables.claims.claim(name, now, now + this.#longest),
      );
      if (known instanceof Failure && isRefusal(known)) return known;
      // A claim that cannot be read must not lock its user out.
      if (known instanceof Failure) return { isMine: true };
      if (known.state === "claimed") {
        this.#own.set(name, now + this.#longest);
        return { isMine: true };
      }
      if (known.state === "done") {
        const { endedAt, answer } = known;
        // An end in the future was written before the clock was set back.
        const isConcurrent = hasWaited || (startedAt < endedAt && endedAt <= this.#clock.now());
        return isConcurrent ? { isMine: false, answer } : { isMine: true };
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
  async end(name: string, answer: (() => string) | null): Promise<void> {
    const until = this.#own.get(name);
    if (until === undefined) return;
    this.#own.delete(name);
    const { claims } = this.#tables;
    const endedAt = this.#clock.now();
    const ended = await attempt("storeFailed", () =>
      answer === null ? claims.abandon(name) : claims.finish(name, answer, endedAt, endedAt + KEPT),
    );
    if (ended instanceof Failure && answer === null) this.#left.set(name, until);
    for (const claimed of [this.#own, this.#left]) forgetLapsed(claimed, endedAt);
  }
}

/** The oldest come first, so that most calls look at one. */
function forgetLapsed(claimed: Map<string, Milliseconds>, now: Milliseconds): void {
  for (const [name, until] of claimed) {
    if (until > now) return;
    claimed.delete(name);
  }
}

const isRefusal = ({ detail: { cause } }: Failure): boolean =>
  cause instanceof StoreError && (cause.kind === "closed" || cause.kind === "refused");
