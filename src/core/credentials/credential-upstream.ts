import type { Failure } from "../errors.ts";
import type { TicketKind } from "./kinds.ts";

/** A token or ticket as WeChat gives it. */
export interface FetchedCredential {
  value: string;
  /** Rest of its life; a stable token may arrive with little. */
  expiresInSeconds: number;
}

/** A user's phone number (docs/protocol-reference.md#phone-number). */
export interface PhoneNumber {
  /** With the country's code when it is a foreign number. */
  phoneNumber: string;
  purePhoneNumber: string;
  countryCode: string;
}

/** The app that calls, with its secret. */
export interface AppAuth {
  appid: string;
  appSecret: string;
}

/** The agent that calls, with its secret. */
export interface AgentAuth {
  corpid: string;
  agentid: string;
  agentSecret: string;
}

/** A call with an owner's hosted access token. */
export interface TokenCall {
  /** An appid, or `corpid:agentid`. */
  owner: string;
  accessToken: string;
}

/**
 * The endpoints of WeChat and WeCom that give hosted credentials, or are called with them. Every
 * call may fail with wechatUnreachable, wechatAnswerWrong, or wechatRefused, whose errcode is in
 * the detail. Each kind of ticket is a row in the implementation's table of endpoints.
 */
export interface CredentialUpstream {
  /**
   * Gets the current token, or with `force` a new one, which costs one of 20 a day
   * (docs/protocol-reference.md#stable-token).
   */
  fetchStableToken(app: AppAuth, force: boolean): Promise<FetchedCredential | Failure>;
  /** Gets a new token; the one before it dies (docs/protocol-reference.md#legacy-token). */
  fetchLegacyToken(app: AppAuth): Promise<FetchedCredential | Failure>;
  /** Gets an agent's token (docs/protocol-reference.md#wecom-token). */
  fetchWorkToken(agent: AgentAuth): Promise<FetchedCredential | Failure>;
  /**
   * Gets a ticket (docs/protocol-reference.md#tickets and
   * docs/protocol-reference.md#wecom-tickets).
   */
  fetchTicket(kind: TicketKind, call: TokenCall): Promise<FetchedCredential | Failure>;
  /**
   * Exchanges the code of the phone number button, not of wx.login
   * (docs/protocol-reference.md#phone-number).
   */
  fetchPhoneNumber(
    call: TokenCall,
    code: string,
    openid: string | null,
  ): Promise<PhoneNumber | Failure>;
  /**
   * Tells whether the user's current session_key made the signature
   * (docs/protocol-reference.md#session-key-check).
   */
  checkSessionKey(call: TokenCall, openid: string, signature: string): Promise<boolean | Failure>;
  /** Gets a new session_key for the user (docs/protocol-reference.md#session-key-check). */
  resetSessionKey(call: TokenCall, openid: string, signature: string): Promise<string | Failure>;
}
