import { type ErrorCode, Failure, type WeChatError } from "../core/errors.ts";

/** WeChat is busy: nothing was done, and the same call may be made again. */
export const ERRCODE_BUSY = -1;

/** 40029 invalid, 40163 used, 40226 of a user whom WeChat blocks (PROTOCOL section 4.1). */
const CODE_REFUSED: ReadonlySet<number> = new Set([40029, 40163, 40226]);

/** WeChat ends its errmsg in `rid: <request id>`, by which its support finds the call. */
const RID = /rid:\s*([0-9A-Za-z-]+)/;

/** The error in an answer of WeChat's, or null when its errcode is absent or 0. */
export function errorOf(answer: { readonly [member: string]: unknown }): WeChatError | null {
  const { errcode } = answer;
  if (typeof errcode !== "number" || errcode === 0) return null;
  const errmsg = typeof answer["errmsg"] === "string" ? answer["errmsg"] : "";
  return { errcode, errmsg, rid: RID.exec(errmsg)?.[1] ?? null };
}

/** What an errcode of any other endpoint means: WeChat refused, and its caller knows whom. */
export const refusal = (wechat: WeChatError): Failure => new Failure("wechatRefused", { wechat });

/** What an errcode of jscode2session means for a login. */
export function loginFailure(wechat: WeChatError): Failure {
  const code: ErrorCode = CODE_REFUSED.has(wechat.errcode) ? "codeRefused" : "wechatAnswerWrong";
  return new Failure(code, { wechat });
}
