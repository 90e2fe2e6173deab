import type { Failure } from "../errors.ts";

/** What a code is worth (PROTOCOL section 4.1). */
export interface CodeExchange {
  openid: string;
  /** Base64 of 16 bytes, as WeChat spells it. */
  sessionKey: string;
  unionid: string | null;
}

/** The endpoint of WeChat that turns a login code into an identity. */
export interface CodeExchanger {
  /**
   * Exchanges a wx.login code. A code works once: the caller must not ask again after any failure.
   *
   * @returns the exchange, or a Failure: codeRefused, wechatUnreachable, wechatAnswerWrong
   */
  exchangeCode(appid: string, appSecret: string, code: string): Promise<CodeExchange | Failure>;
}
