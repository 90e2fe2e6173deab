import type { TicketType } from "./credential.ts";
import type { Failure } from "./errors.ts";

/** What a code is worth (PROTOCOL section 4.1). */
export interface CodeExchange {
  openid: string;
  /** Base64 of 16 bytes, as WeChat spells it. */
  sessionKey: string;
  unionid: string | null;
}

/** A token or ticket as it comes from WeChat. */
export interface FetchedCredential {
  value: string;
  /** What is left of its life; a stable token may arrive with little. */
  expiresInSeconds: number;
}

/** A user's phone number (PROTOCOL section 4.7). */
export interface PhoneNumber {
  /** With its country's code when it is a foreign one. */
  phoneNumber: string;
  purePhoneNumber: string;
  countryCode: string;
}

/** Who calls: the app, with its secret. */
export interface AppCredentials {
  appid: string;
  appSecret: string;
}

/** A call on an app's hosted token. */
export interface TokenCall {
  appid: string;
  accessToken: string;
}

/** The agent that calls, with its secret. */
export interface AgentCredentials {
  corpid: string;
  agentid: string;
  agentSecret: string;
}

/**
 * WeChat's servers, as far as the service needs them. Every call may fail with wechatUnreachable or wechatAnswerWrong;
 * those after the first with wechatRefused as well, whose errcode is in the detail.
 */
export interface WeChat {
  /**
   * Exchanges a wx.login code. A code works once: the caller must not ask again after any failure.
   *
   * @returns the exchange, or a Failure: codeRefused, wechatUnreachable, wechatAnswerWrong
   */
  exchangeCode(appid: string, appSecret: string, code: string): Promise<CodeExchange | Failure>;
  /** PROTOCOL section 4.3. `force` makes a new token at once, and costs one of 20 a day. */
  fetchStableToken(app: AppCredentials, force: boolean): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.2. Kills the token before. */
  fetchLegacyToken(app: AppCredentials): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.4. */
  fetchTicket(call: TokenCall, type: TicketType): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.7. The code is a button's, not wx.login's. */
  fetchPhoneNumber(call: TokenCall, code: string, openid: string | null): Promise<PhoneNumber | Failure>;
  /** PROTOCOL section 4.8. Whether WeChat still knows the session_key that made the signature. */
  checkSessionKey(call: TokenCall, openid: string, signature: string): Promise<boolean | Failure>;
  /** PROTOCOL section 4.8. The user's new session_key. */
  resetSessionKey(call: TokenCall, openid: string, signature: string): Promise<string | Failure>;
  /** PROTOCOL section 4.5. */
  fetchWorkToken(agent: AgentCredentials): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.6: the corp's ticket, got with an agent's token. */
  fetchWorkTicket(agent: AgentCredentials, accessToken: string): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.6: the agent's own ticket. */
  fetchAgentTicket(agent: AgentCredentials, accessToken: string): Promise<FetchedCredential | Failure>;
}
