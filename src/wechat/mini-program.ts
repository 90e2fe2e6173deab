import { Failure } from "../core/errors.ts";
import type { CodeExchange } from "../core/wechat.ts";
import { errorOf, loginFailure } from "./errcode.ts";
import type { UpstreamHttp } from "./http.ts";

/**
 * GET /sns/jscode2session (PROTOCOL section 4.1). `expires_in` is sometimes there and means nothing.
 *
 * @returns a Failure: codeRefused, wechatUnreachable, wechatAnswerWrong
 */
export async function jscode2session(
  http: UpstreamHttp,
  apiBase: string,
  appid: string,
  appSecret: string,
  code: string,
): Promise<CodeExchange | Failure> {
  const answer = await http.getJson(`${apiBase}/sns/jscode2session`, {
    appid,
    secret: appSecret,
    js_code: code,
    grant_type: "authorization_code",
  });
  if (answer instanceof Failure) return answer;
  const error = errorOf(answer);
  if (error !== null) return loginFailure(error);
  const { openid, session_key: sessionKey, unionid } = answer;
  for (const [member, value] of Object.entries({ openid, session_key: sessionKey }))
    if (!isToken(value))
      return new Failure("wechatAnswerWrong", {
        cause: new Error(`WeChat's answer has no usable ${member}`),
      });
  return {
    openid: openid as string,
    sessionKey: sessionKey as string,
    unionid: isToken(unionid) ? unionid : null,
  };
}

/** A text of the length that the old servers' columns allow. */
const isToken = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= 100;
