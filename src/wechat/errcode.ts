import { type ErrorCode, Failure, type WeChatError } from "../core/errors.ts";

/** The errcode of a busy WeChat: nothing was done, and the call may be repeated. */
export const ERRCODE_BUSY = -1;

/**
 * 40029 invalid, 40163 used, 40226 of a user whom WeChat blocks
 * (docs/protocol-reference.md#jscode2session).
 */
const CODE_REFUSED: ReadonlySet<number> = new Set([40029, 40163, 40226]);

/** An openid that the app does not have, or to which the code does not belong. */
const ERRCODE_OPENID = 40003;

/** WeChat's errmsg ends in `rid: <request id>`, by which its support finds the call. */
const RID = /rid:\s*([0-9A-Za-z-]{1,64})/;

/** An errmsg goes into answers and the log. */
const MAX_ERRMSG_BYTES = 1024;

/** Returns the error in an answer of WeChat, or null when its errcode is absent or 0. */
export function errorOf(answer: { readonly [member: string]: unknown }): WeChatError | null {
  const { errcode } = answer;
  if (typeof errcode !== "number" || errcode === 0) return null;
  const errmsg = typeof answer["errmsg"] === "string" ? answer["errmsg"] : "";
  return { errcode, errmsg: shortened(errmsg), rid: RID.exec(errmsg)?.[1] ?? null };
}

/** Returns the text, cut at the last whole character within the limit. */
function shortened(text: string): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(MAX_ERRMSG_BYTES));
  return text.slice(0, read);
}

/** Returns the Failure for an errcode of any endpoint but jscode2session. */
export const refusal = (wechat: WeChatError): Failure => new Failure("wechatRefused", { wechat });

/** Returns the Failure for an errcode of getuserphonenumber: code and openid are the caller's. */
export function phoneNumberFailure(wechat: WeChatError): Failure {
  if (CODE_REFUSED.has(wechat.errcode)) return new Failure("codeRefused", { wechat });
  if (wechat.errcode === ERRCODE_OPENID)
    return new Failure("badParameter", { reason: "openid", wechat });
  return refusal(wechat);
}

/** Returns the Failure of a login for an errcode of jscode2session. */
export function loginFailure(wechat: WeChatError): Failure {
  const code: ErrorCode = CODE_REFUSED.has(wechat.errcode) ? "codeRefused" : "wechatAnswerWrong";
  return new Failure(code, { wechat });
}
