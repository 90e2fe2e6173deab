import type { ErrorCode, Failure } from "../../core/errors.ts";

/** By this member the clients know that a session, and not their own server, is what failed. */
export const MAGIC_ID = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A";

interface Reading {
  /** What the clients act on; absent where the old middleware gave none. */
  reason?: "ERR_SESSION_EXPIRED" | "ERR_SESSION_KEY_EXCHANGE_FAILED" | "ERR_UNTRUSTED_RAW_DATA";
  message: string;
}

const EXCHANGE_FAILED = "ERR_SESSION_KEY_EXCHANGE_FAILED";

/** What the weapp protocol says of the failures that it can meet. */
const READINGS: Partial<Record<ErrorCode, Reading>> = {
  sessionExpired: {
    reason: "ERR_SESSION_EXPIRED",
    message: "session has expired, or there was none",
  },
  codeRefused: { reason: EXCHANGE_FAILED, message: "WeChat refused the code" },
  wechatUnreachable: { reason: EXCHANGE_FAILED, message: "WeChat cannot be reached" },
  wechatAnswerWrong: { reason: EXCHANGE_FAILED, message: "WeChat refused the exchange" },
  rawDataUntrusted: { reason: "ERR_UNTRUSTED_RAW_DATA", message: "untrusted raw data" },
  badParameter: { message: "X-WX-RawData is not the JSON text of an object, percent-encoded" },
  appNotFound: { message: "no such app" },
};

/** The body of a failure (PROTOCOL section 3). */
export function weappFailure({ code, detail: { wechat } }: Failure): object {
  const { reason, message } = READINGS[code] ?? { message: "the session server failed" };
  return {
    [MAGIC_ID]: 1,
    ...(reason !== undefined && { reason }),
    error: {
      name: code === "badParameter" ? "SyntaxError" : "Error",
      message,
      ...(wechat !== undefined && { detail: { errcode: wechat.errcode, errmsg: wechat.errmsg } }),
    },
  };
}
