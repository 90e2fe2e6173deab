import type { App } from "../apps/app.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import type { CodeExchange, CodeExchanger } from "./code-exchanger.ts";

/** WeChat's codes live this long, so a client has no use for an older one. */
const CODE_LIFE: Milliseconds = 5 * 60_000;
/** The most exchanges that are kept: a bound for memory, and far more logins than run at once. */
const MAX_KEPT = 1000;

/** An exchange, with the time at which WeChat was asked. */
export interface TimedExchange extends CodeExchange {
  askedAt: Milliseconds;
}

/**
 * Exchanges login codes, and keeps the exchange of a login that the store refused, so that its code
 * stays usable: WeChat accepts a code once. Kept in memory only, because the store is what failed;
 * a repeated login that reaches another process finds its code used.
 */
export class CodeExchanges {
  readonly #wechat;
  readonly #clock;
  /** By appid and code, the oldest first. */
  readonly #kept = new Map<string, TimedExchange>();

  constructor({ wechat, clock }: { wechat: CodeExchanger; clock: Pick<Clock, "now"> }) {
    this.#wechat = wechat;
    this.#clock = clock;
  }

  /**
   * Returns the kept exchange of a code, or else asks WeChat. A kept exchange is returned once: a
   * code never yields two sessions.
   *
   * @returns a Failure, as CodeExchanger
   */
  async exchange({ appid, appSecret }: App, code: string): Promise<TimedExchange | Failure> {
    this.#forgetOld();
    const name = nameOf(appid, code);
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    if (kept !== undefined) return kept;
    const askedAt = this.#clock.now();
    const exchange = await this.#wechat.exchangeCode(appid, appSecret, code);
    return exchange instanceof Failure ? exchange : { ...exchange, askedAt };
  }

  /** Keeps the exchange of a login that the store refused, for as long as its code could live. */
  keep({ appid }: App, code: string, exchange: TimedExchange): void {
    this.#kept.set(nameOf(appid, code), exchange);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [name, { askedAt }] of this.#kept)
      if (askedAt > now || now - askedAt >= CODE_LIFE) this.#kept.delete(name);
  }
}

const nameOf = (appid: string, code: string): string => `${appid} ${code}`;
