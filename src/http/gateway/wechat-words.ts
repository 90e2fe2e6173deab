import type { ErrorCode, Failure } from "../../core/errors.ts";
import { PROBLEMS, problemCodeOf } from "../rest/codes.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";

/** An error answer of WeChat. */
export interface Words {
  errcode: number;
  errmsg: string;
}

/** A failure that WeChat has words for, which SDKs expect with status 200. */
const WORDS: Partial<Record<ErrorCode, Words>> = {
  appNotFound: { errcode: 40013, errmsg: "invalid appid" },
  agentNotFound: { errcode: 40013, errmsg: "invalid corpid or agentid" },
  keyRequired: {
    errcode: 40001,
    errmsg:
      "invalid credential, access_token is not a gateway token of this app, or no longer valid",
  },
  forbidden: {
    errcode: 48001,
    errmsg:
      "api unauthorized, the gateway takes a service key with proxy and without token as the secret",
  },
  pathRefused: { errcode: 48001, errmsg: "api unauthorized, the gateway refuses this path" },
};

/** The words of the token endpoints, where the secret is a key. */
const WORDS_OF_SECRET: Partial<Record<ErrorCode, Words>> = {
  keyRequired: { errcode: 40125, errmsg: "invalid appsecret, it must be a service key of waferd" },
};

/** The words for a body that is too large. */
export const TOO_LARGE: Words = { errcode: 45001, errmsg: "media size out of limit" };

/** Another failure with its words, which keeps its HTTP status: SDKs take it for an outage. */
const OTHERS: Partial<Record<ErrorCode, number>> = { tooOften: 45011 };
const ERRCODE_SYSTEM = -1;

/** Returns JSON in WeChat's format; the errmsg of a refusal ends in the request id. */
export function wechatRefusal(
  { errcode, errmsg }: Words,
  requestId: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(
    { errcode, errmsg: `${errmsg}, rid: ${requestId}` },
    { status, headers: { ...SECURITY_HEADERS, "X-Request-Id": requestId, ...headers } },
  );
}

/** Returns a failure in WeChat's words. @param ofSecret whether the key came as the secret */
export function wechatFailure(failure: Failure, requestId: string, ofSecret = false): Response {
  const words = (ofSecret ? WORDS_OF_SECRET[failure.code] : undefined) ?? WORDS[failure.code];
  if (words !== undefined) return wechatRefusal(words, requestId);
  const { wechat, retryAfterSeconds } = failure.detail;
  const { status, title } = PROBLEMS[problemCodeOf(failure.code)];
  return wechatRefusal(
    {
      errcode: OTHERS[failure.code] ?? wechat?.errcode ?? ERRCODE_SYSTEM,
      errmsg: wechat === undefined ? title : `${title}: ${wechat.errmsg}`,
    },
    requestId,
    status,
    retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) },
  );
}
