import type { PhoneNumber, TokenCall } from "../core/credentials/credential-upstream.ts";
import { Failure } from "../core/errors.ts";
import type { CodeExchange } from "../core/sessions/code-exchanger.ts";
import { errorOf, loginFailure, phoneNumberFailure, refusal } from "./errcode.ts";
import type { UpstreamHttp } from "./http.ts";

/**
 * Calls GET /sns/jscode2session (docs/protocol-reference.md#jscode2session). `expires_in` is
 * sometimes there and means nothing.
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
  const endpoint = "/sns/jscode2session";
  const answer = await http.call({
    subject: appid,
    endpoint,
    url: apiBase + endpoint,
    query: { appid, secret: appSecret, js_code: code, grant_type: "authorization_code" },
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

/** The old servers' columns hold no more. */
const MAX_TOKEN_LENGTH = 100;

/** Tells whether a value is a text that the old servers' columns can hold. */
const isToken = (value: unknown): value is string =>
  typeof value === "string" && value.length > 0 && value.length <= MAX_TOKEN_LENGTH;

/**
 * Calls POST /wxa/business/getuserphonenumber (docs/protocol-reference.md#phone-number).
 *
 * @returns a Failure: codeRefused, badParameter (openid), wechatRefused, wechatUnreachable,
 * wechatAnswerWrong
 */
export async function phoneNumber(
  http: UpstreamHttp,
  apiBase: string,
  { owner, accessToken }: TokenCall,
  code: string,
  openid: string | null,
): Promise<PhoneNumber | Failure> {
  const endpoint = "/wxa/business/getuserphonenumber";
  const answer = await http.call({
    subject: owner,
    endpoint,
    url: apiBase + endpoint,
    query: { access_token: accessToken },
    body: { code, ...(openid !== null && { openid }) },
  });
  if (answer instanceof Failure) return answer;
  const error = errorOf(answer);
  if (error !== null) return phoneNumberFailure(error);
  const info = (answer["phone_info"] ?? {}) as { [member: string]: unknown };
  const { phoneNumber: whole, purePhoneNumber, countryCode } = info;
  // WeChat sends countryCode as a number or as a text.
  const country = String(countryCode ?? "");
  if (isToken(whole) && isToken(purePhoneNumber) && country.length <= MAX_TOKEN_LENGTH)
    return { phoneNumber: whole, purePhoneNumber, countryCode: country };
  return new Failure("wechatAnswerWrong", {
    cause: new Error("WeChat's answer has no usable phone_info"),
  });
}

/** The errcode of a signature that was made with a session_key that is no longer current. */
const ERRCODE_SIGNATURE = 87009;

/**
 * Calls GET /wxa/checksession (docs/protocol-reference.md#session-key-check).
 *
 * @returns whether it is the user's current session_key, or a Failure: wechatRefused,
 * wechatUnreachable, wechatAnswerWrong
 */
export async function checkSessionKey(
  http: UpstreamHttp,
  apiBase: string,
  call: TokenCall,
  openid: string,
  signature: string,
): Promise<boolean | Failure> {
  const answer = await sessionKeyCall(http, apiBase, "/wxa/checksession", call, openid, signature);
  if (answer instanceof Failure) return answer;
  const error = errorOf(answer);
  if (error === null) return true;
  return error.errcode === ERRCODE_SIGNATURE ? false : refusal(error);
}

/**
 * Calls GET /wxa/resetusersessionkey (docs/protocol-reference.md#session-key-check).
 *
 * @returns the new session_key, or a Failure: wechatRefused, wechatUnreachable, wechatAnswerWrong
 */
export async function resetSessionKey(
  http: UpstreamHttp,
  apiBase: string,
  call: TokenCall,
  openid: string,
  signature: string,
): Promise<string | Failure> {
  const answer = await sessionKeyCall(
    http,
    apiBase,
    "/wxa/resetusersessionkey",
    call,
    openid,
    signature,
  );
  if (answer instanceof Failure) return answer;
  const error = errorOf(answer);
  if (error !== null) return refusal(error);
  const { session_key: sessionKey } = answer;
  if (isToken(sessionKey)) return sessionKey;
  return new Failure("wechatAnswerWrong", {
    cause: new Error("WeChat's answer has no usable session_key"),
  });
}

const sessionKeyCall = (
  http: UpstreamHttp,
  apiBase: string,
  endpoint: string,
  { owner, accessToken }: TokenCall,
  openid: string,
  signature: string,
) =>
  http.call({
    subject: owner,
    endpoint,
    url: apiBase + endpoint,
    query: { access_token: accessToken, openid, signature, sig_method: "hmac_sha256" },
  });
