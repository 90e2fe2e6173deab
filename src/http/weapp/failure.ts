import type { ErrorCode, Failure } from "../../core/errors.ts";
import { MAX_CODE_LENGTH } from "../../core/sessions/login-request.ts";

/** The member by which the clients know that a session failed, and not their own server. */
export const MAGIC_ID = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A";

interface Reading {
  /** Of the error; `Error` without it. */
  name?: "SyntaxError";
  /** The member that the clients act on; absent where the old middleware gave none. */
  reason?: "ERR_SESSION_EXPIRED" | "ERR_SESSION_KEY_EXCHANGE_FAILED" | "ERR_UNTRUSTED_RAW_DATA";
  message: string;
}

const EXCHANGE_FAILED = "ERR_SESSION_KEY_EXCHANGE_FAILED";

/** The failures that the weapp protocol can meet, as they read in it. */
const READINGS: Partial<Record<ErrorCode, Reading>> = {
  sessionExpired: {
    reason: "ERR_SESSION_EXPIRED",
    message: "session has expired, or there was none",
  },
  codeRefused: { reason: EXCHANGE_FAILED, message: "WeChat refused the code" },
  wechatUnreachable: { reason: EXCHANGE_FAILED, message: "WeChat cannot be reached" },
  wechatAnswerWrong: { reason: EXCHANGE_FAILED, message: "WeChat refused the exchange" },
  rawDataUntrusted: { reason: "ERR_UNTRUSTED_RAW_DATA", message: "untrusted raw data" },
  badParameter: {
    name: "SyntaxError",
    message: "X-WX-RawData is not the JSON text of an object, percent-encoded",
  },
  appNotFound: { message: "no such app" },
  tooOften: { message: "too many logins: try again later" },
};

const BAD_CODE: Reading = {
  message: `X-WX-Code has more than ${MAX_CODE_LENGTH} characters`,
};

const OTHER: Reading = { message: "the session server failed" };

/** Returns how a failure reads; of the headers that can be wrong, only two have a reading. */
const readingOf = ({ code, detail: { reason } }: Failure): Reading =>
  code === "badParameter" && reason === "code" ? BAD_CODE : (READINGS[code] ?? OTHER);

/** Returns the body of a failure (`docs/protocol-reference.md#weapp`). */
export function weappFailure(failure: Failure): object {
  const { name = "Error", reason, message } = readingOf(failure);
  const { wechat } = failure.detail;
  return {
    [MAGIC_ID]: 1,
    ...(reason !== undefined && { reason }),
    error: {
      name,
      message,
      ...(wechat !== undefined && { detail: { errcode: wechat.errcode, errmsg: wechat.errmsg } }),
    },
  };
}
