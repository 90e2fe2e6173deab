import type { Failure } from "../errors.ts";

/** The values that WeChat returns for a code (docs/protocol-reference.md#jscode2session). */
export interface CodeExchange {
  openid: string;
  /** Base64 of 16 bytes, in WeChat's spelling. */
  sessionKey: string;
  unionid: string | null;
}

/** The most exchanges at a time, in one process: the connections that logins have to WeChat. */
export const MAX_EXCHANGES = 128;

/** The endpoint of WeChat that turns a login code into an identity. */
export interface CodeExchanger {
  /**
   * Exchanges a wx.login code. A code works once: the caller must not ask again after any failure.
   *
   * @returns the exchange, or a Failure: codeRefused, wechatUnreachable, wechatAnswerWrong
   */
  exchangeCode(appid: string, appSecret: string, code: string): Promise<CodeExchange | Failure>;
}
