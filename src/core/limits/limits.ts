import { Failure } from "../errors.ts";
import type { Log, Milliseconds } from "../ports.ts";
import { type LimitName, limitNames } from "./limit-names.ts";
import { type Rate, shareOf } from "./rate.ts";
import { RefusalLog, type RefusedSubject } from "./refusal-log.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** The rate of each limit of a server; null turns one off. */
export type LimitRates = Readonly<Record<LimitName, Rate | null>>;

export interface LimitsDeps {
  rates: LimitRates;
  /** The processes of the server, which share each rate equally. */
  processes: number;
  log: Log;
  /** Time that no change of the time of day moves. */
  monotonic: () => Milliseconds;
  /** Called for every refusal. */
  onRefused: (limit: LimitName) => void;
}

/** One limit: how often a name may do something in this process. */
class Limit {
  readonly #buckets;
  readonly #refused;

  /** @param buckets null for a limit that is off */
  constructor(buckets: TokenBuckets | null, refused: (subject: RefusedSubject) => void) {
    this.#buckets = buckets;
    this.#refused = refused;
  }

  /** Takes a token; returns 0, or the time until there is one. */
  take(name: string): Milliseconds {
    return this.#buckets?.take(name) ?? 0;
  }

  /** Puts a token back that was taken for something that is not counted after all. */
  giveBack(name: string): void {
    this.#buckets?.giveBack(name);
  }

  /** Takes a token, or refuses. */
  pass(name: string, subject: RefusedSubject): Failure | null {
    const wait = this.take(name);
    return wait === 0 ? null : this.refuse(subject, wait);
  }

  /**
   * Returns the refusal, which is counted and logged.
   *
   * @param wait time until the next token
   */
  refuse(subject: RefusedSubject, wait: Milliseconds): Failure {
    this.#refused(subject);
    return new Failure("tooOften", { retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)) });
  }
}

/** The limits of a server (docs/protocol-reference.md#limits). */
export class Limits {
  readonly #limits;
  readonly #log;

  constructor({ rates, processes, log, monotonic, onRefused }: LimitsDeps) {
    this.#log = new RefusalLog({ log, now: monotonic });
    this.#limits = new Map(
      limitNames.map((name) => {
        const rate = rates[name];
        const buckets = rate && new TokenBuckets(shareOf(rate, processes), monotonic);
        const limit = new Limit(buckets, (subject) => {
          onRefused(name);
          this.#log.note(name, subject);
        });
        return [name, limit];
      }),
    );
  }

  of(name: LimitName): Limit {
    return this.#limits.get(name) as Limit;
  }

  /** Logs the refusals since the last lines. To be called every few seconds. */
  report(): void {
    this.#log.report();
  }
}
