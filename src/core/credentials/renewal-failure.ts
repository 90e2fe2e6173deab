import type { WeChatError } from "../errors.ts";
import type { Milliseconds } from "../ports.ts";

/** The last renewal of a hosted credential that failed. It carries no secret. */
export interface RenewalFailure {
  /** The credential's, by `keyOfCredential`. */
  key: string;
  at: Milliseconds;
  /** The failure's code, of the version that stored it. */
  code: string;
  /** WeChat's answer, when WeChat refused, its errmsg shortened. */
  wechat: WeChatError | null;
  /** Why WeChat could not be reached, or what was wrong with its answer. */
  upstream: string | null;
  /** How many renewals have failed in a row, in the process that met the last one. */
  failures: number;
  /** WeChat is not asked again before. */
  nextAttemptAt: Milliseconds;
}
