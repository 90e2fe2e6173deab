import type { WeChatError } from "./errors.ts";

/** Why WeChat or WeCom refused an app or an agent, as far as an operator can do something. */
export const REFUSAL_CAUSES = [
  /** AppSecret, or the agent's secret. */
  "secretWrong",
  /** The AppSecret was frozen at mp.weixin.qq.com. */
  "secretFrozen",
  "appidUnknown",
  /** WeChat's IP white list, or WeCom's trusted IPs. */
  "addressNotListed",
  /** A quota or a rate of WeChat's. */
  "tooOften",
  "busy",
  "other",
] as const;

export type RefusalCause = (typeof REFUSAL_CAUSES)[number];

/** The errcodes of each cause (docs/protocol-reference.md#upstream). */
const CAUSES: ReadonlyMap<number, RefusalCause> = new Map([
  [40125, "secretWrong"],
  [40001, "secretWrong"],
  [40243, "secretFrozen"],
  [40013, "appidUnknown"],
  [40164, "addressNotListed"],
  [60020, "addressNotListed"],
  [45009, "tooOften"],
  [45011, "tooOften"],
  [-1, "busy"],
]);

/** Returns the cause of a refusal. */
export const refusalCause = ({ errcode }: Pick<WeChatError, "errcode">): RefusalCause =>
  CAUSES.get(errcode) ?? "other";

/**
 * Returns the address under which WeChat sees this machine, by a message such as `invalid ip
 * 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist` or `…, from ip: 1.2.3.4, …`; null when it names
 * none.
 */
export const addressSeen = ({ errmsg }: Pick<WeChatError, "errmsg">): string | null =>
  /\bip:? ((?:\d{1,3}\.){3}\d{1,3}|(?=[0-9a-f]*:)[0-9a-f:.]{1,44}[0-9a-f:])(?![0-9a-f.])/i.exec(
    errmsg,
  )?.[1] ?? null;
