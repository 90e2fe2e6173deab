import { Option } from "commander";
import { isWeChatAppid } from "../core/apps/app.ts";
import type { Given } from "./api-command.ts";
import { usageFailure } from "./command-failure.ts";

/** Makes the flag that accepts an id of another form. */
export const forceOption = (): Option =>
  new Option("--force", "accept an id that does not have the form of WeChat's");

/**
 * Refuses an id with a fault, unless --force accepts it. The server takes any id that an old server
 * could have.
 *
 * @throws CommandFailure
 */
export function requireForm(given: Given, id: string, fault: string | null): void {
  if (fault === null || given["force"] === true) return;
  const shown = isSecretLike(id) ? "the given id" : `"${id}"`;
  throw usageFailure(`${shown} ${fault}; --force accepts it as it is`);
}

/** Tells whether a text has the form of an AppSecret, which no message repeats. */
const isSecretLike = (text: string): boolean => /^[0-9a-f]{32}$/i.test(text);

const APPID = "an appid is wx and 16 hex digits in lower case, such as wx1234567890abcdef";
const CORPID = "a corpid is ww or wx and 16 hex digits in lower case, such as ww1234567890abcdef";

/** Returns what is wrong with the form of an appid; null when nothing is. */
export function appidFault(appid: string): string | null {
  if (isWeChatAppid(appid)) return null;
  const meant = appid.trim().toLowerCase();
  if (isWeChatAppid(meant)) return `is not an appid: did you mean ${meant}? ${APPID}`;
  if (/^gh_/i.test(appid))
    return `is the original id of an account, not its appid: ${APPID}, at mp.weixin.qq.com`;
  if (/^ww[0-9a-f]{16}/i.test(appid))
    return `is a corpid of WeCom: register its agents with waferd agent add; ${APPID}`;
  if (isSecretLike(appid)) return `looks like an AppSecret: ${APPID}`;
  return `is not an appid: ${APPID}`;
}

/** Returns what is wrong with the form of `corpid:agentid`; null when nothing is. */
export function agentFault(agent: string): string | null {
  const [corpid = "", agentid = ""] = agent.split(":");
  if (!/^w[wx][0-9a-f]{16}$/.test(corpid)) {
    const meant = corpid.trim().toLowerCase();
    const hint = /^w[wx][0-9a-f]{16}$/.test(meant) ? ` did you mean ${meant}?` : "";
    return `has no corpid before the colon:${hint} ${CORPID}`;
  }
  return /^[1-9]\d{0,9}$/.test(agentid)
    ? null
    : "has no agentid behind the colon: an agentid is a number, such as 1000002";
}
