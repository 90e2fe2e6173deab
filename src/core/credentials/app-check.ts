import { badSetting, isAppid } from "../apps/app.ts";
import { Failure, type WeChatError } from "../errors.ts";
import { excerpt } from "../excerpt.ts";
import { type Rate, shareOf } from "../limits/rate.ts";
import { TokenBuckets } from "../limits/token-buckets.ts";
import type { Milliseconds } from "../ports.ts";
import { addressSeen, REFUSAL_CAUSES, type RefusalCause, refusalCause } from "../wechat-refusal.ts";
import type { AppAuth, CredentialUpstream } from "./credential-upstream.ts";

/** Why a check failed: WeChat's refusal, or that there was none. */
export const CHECK_CAUSES = [...REFUSAL_CAUSES, "unreachable", "answerWrong"] as const;

export type CheckCause = RefusalCause | "unreachable" | "answerWrong";

/** WeChat's answer to an app before it is registered. */
export type AppCheck =
  | { ok: true }
  | {
      ok: false;
      cause: CheckCause;
      /** WeChat's answer, its errmsg shortened; null when it did not refuse. */
      wechat: WeChatError | null;
      /** The address under which WeChat sees this machine, when it names one. */
      address: string | null;
      /** Why WeChat cannot be reached, or what is wrong with its answer. */
      upstream: string | null;
    };

/** Of a server: as many as a person needs, far below WeChat's quotas. */
const RATE: Rate = { count: 20, seconds: 60, burst: 10 };

export interface AppCheckerDeps {
  wechat: Pick<CredentialUpstream, "fetchStableToken">;
  /** Time that no change of the time of day moves. */
  monotonic: () => Milliseconds;
  /** The processes of this server, which share the rate. */
  processes: number;
}

/** Asks WeChat whether it accepts an app that is not registered yet. */
export class AppChecker {
  readonly #wechat;
  readonly #bucket;

  constructor({ wechat, monotonic, processes }: AppCheckerDeps) {
    this.#wechat = wechat;
    this.#bucket = new TokenBuckets(shareOf(RATE, processes), monotonic);
  }

  /**
   * Asks for the app's current token, so that none dies, and keeps nothing.
   *
   * @returns a Failure: badParameter, tooOften
   */
  async check({ appid, appSecret }: AppAuth): Promise<AppCheck | Failure> {
    const bad = isAppid(appid) ? badSetting({ appSecret }) : "appid";
    if (bad !== null) return new Failure("badParameter", { reason: bad });
    const wait = this.#bucket.take("");
    if (wait > 0)
      return new Failure("tooOften", { retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)) });
    const fetched = await this.#wechat.fetchStableToken({ appid, appSecret }, false);
    if (!(fetched instanceof Failure)) return { ok: true };
    const { wechat = null, upstream = null } = fetched.detail;
    return {
      ok: false,
      cause:
        wechat !== null
          ? refusalCause(wechat)
          : fetched.code === "wechatUnreachable"
            ? "unreachable"
            : "answerWrong",
      wechat: wechat && { ...wechat, errmsg: excerpt(wechat.errmsg) },
      address: wechat && addressSeen(wechat),
      upstream: upstream && excerpt(upstream),
    };
  }
}
