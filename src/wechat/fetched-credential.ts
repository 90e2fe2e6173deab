import type { FetchedCredential } from "../core/credentials/credential-upstream.ts";
import { Failure } from "../core/errors.ts";
import { errorOf, refusal } from "./errcode.ts";
import type { UpstreamCall, UpstreamHttp } from "./http.ts";

/** Upper bound of a value's length; WeChat's tokens may have 512 characters and more. */
const MAX_LENGTH = 4096;

/**
 * Calls an endpoint that returns a token or a ticket.
 *
 * @param member the answer's member with the value
 * @returns a Failure: wechatRefused, wechatUnreachable, wechatAnswerWrong
 */
export async function fetchCredential(
  http: UpstreamHttp,
  call: UpstreamCall,
  member: "access_token" | "ticket",
): Promise<FetchedCredential | Failure> {
  const answer = await http.call(call);
  if (answer instanceof Failure) return answer;
  const error = errorOf(answer);
  if (error !== null) return refusal(error);
  const { [member]: value, expires_in: expiresInSeconds } = answer;
  const isWhole =
    typeof value === "string" &&
    value.length > 0 &&
    value.length <= MAX_LENGTH &&
    typeof expiresInSeconds === "number";
  if (isWhole && expiresInSeconds > 0) return { value, expiresInSeconds };
  return new Failure("wechatAnswerWrong", {
    cause: new Error(`WeChat's answer has no usable ${member} and expires_in`),
  });
}
