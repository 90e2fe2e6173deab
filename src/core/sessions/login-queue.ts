import { Failure } from "../errors.ts";
import { type Client, type CountedClient, countedClient } from "../limits/client.ts";
import { FairQueue } from "../limits/fair-queue.ts";
import type { Limits } from "../limits/limits.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { MAX_EXCHANGES } from "./code-exchanger.ts";

/** The share of one address, which leaves the others a free slot even at a standstill. */
const EXCHANGES_OF_ADDRESS = MAX_EXCHANGES * 0.75;
/** At WeChat's usual tenth of a second, these wait for three seconds. */
const MOST_WAITING = 4096;
/** A client that waited longer has gone, and clients' libraries give up after ten seconds. */
const LONGEST_WAIT: Milliseconds = 8000;

export interface LoginQueueDeps {
  limits: Limits;
  clock: Pick<Clock, "sleep">;
  monotonic: () => Milliseconds;
  /** Upper bound of a call to WeChat. */
  upstreamTimeout: Milliseconds;
}

/**
 * Lets logins through to WeChat: a bounded number at a time, in turns by address, and none of an
 * address whose codes WeChat refused too often (docs/protocol-reference.md#limits).
 */
export class LoginQueue {
  readonly #limits;
  readonly #queue;

  constructor({ limits, clock, monotonic, upstreamTimeout }: LoginQueueDeps) {
    this.#limits = limits;
    this.#queue = new FairQueue({
      slots: MAX_EXCHANGES,
      slotsOfLine: EXCHANGES_OF_ADDRESS,
      capacity: MOST_WAITING,
      patience: Math.min(upstreamTimeout, LONGEST_WAIT),
      clock,
      monotonic,
    });
  }

  /** Counts a login of a client; returns a Failure tooOften when it had too many. */
  count(client: Client): Failure | null {
    const { network, isCounted } = countedClient(client);
    return isCounted ? this.#limits.of("logins").pass(network, { address: network }) : null;
  }

  /**
   * Runs an exchange with WeChat in the client's turn. Each takes a token of the limit before it
   * begins, and gives it back unless WeChat refused the code, so that many bad codes at once cannot
   * go out before the first refusal is known. Good codes only wait for the tokens of one another.
   *
   * @returns the outcome, or a Failure: tooOften, or wechatUnreachable after too long a wait; the
   * exchange has not begun then, and the code is good for another login
   */
  run<T>(client: Client, exchange: () => Promise<T | Failure>): Promise<T | Failure> {
    const { network, isCounted } = countedClient(client);
    return isCounted
      ? this.#runCounted({ network, isCounted }, exchange)
      : this.#queue.run(`known ${network}`, () => "begin", exchange);
  }

  #runCounted<T>({ network }: CountedClient, exchange: () => Promise<T | Failure>) {
    const limit = this.#limits.of("failed_logins");
    const admit = (inHand: number) => {
      const wait = limit.take(network);
      if (wait === 0) return "begin";
      return inHand > 0 ? "wait" : limit.refuse({ address: network }, wait);
    };
    return this.#queue.run(network, admit, async () => {
      let isRefused = false;
      try {
        const outcome = await exchange();
        isRefused = outcome instanceof Failure && outcome.code === "codeRefused";
        return outcome;
      } finally {
        if (!isRefused) limit.giveBack(network);
      }
    });
  }
}
