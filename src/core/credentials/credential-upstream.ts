import type { Failure } from "../errors.ts";
import type { TicketType } from "./credential.ts";

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
export interface AppAuth {
  appid: string;
  appSecret: string;
}

/** A call on an app's hosted token. */
export interface TokenCall {
  appid: string;
  accessToken: string;
}

/** The agent that calls, with its secret. */
export interface AgentAuth {
  corpid: string;
  agentid: string;
  agentSecret: string;
}

/**
 * The endpoints of WeChat and WeCom that hosted credentials come from and are used for. Every call may fail with
 * wechatUnreachable, wechatAnswerWrong, or wechatRefused, whose errcode is in the detail.
 */
export interface CredentialUpstream {
  /** PROTOCOL section 4.3. `force` makes a new token at once, and costs one of 20 a day. */
  fetchStableToken(app: AppAuth, force: boolean): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.2. Kills the token before. */
  fetchLegacyToken(app: AppAuth): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.4. */
  fetchTicket(call: TokenCall, type: TicketType): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.7. The code is a button's, not wx.login's. */
  fetchPhoneNumber(
    call: TokenCall,
    code: string,
    openid: string | null,
  ): Promise<PhoneNumber | Failure>;
  /** PROTOCOL section 4.8. Whether WeChat still knows the session_key that made the signature. */
  checkSessionKey(call: TokenCall, openid: string, signature: string): Promise<boolean | Failure>;
  /** PROTOCOL section 4.8. The user's new session_key. */
  resetSessionKey(call: TokenCall, openid: string, signature: string): Promise<string | Failure>;
  /** PROTOCOL section 4.5. */
  fetchWorkToken(agent: AgentAuth): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.6: the corp's ticket, got with an agent's token. */
  fetchWorkTicket(agent: AgentAuth, accessToken: string): Promise<FetchedCredential | Failure>;
  /** PROTOCOL section 4.6: the agent's own ticket. */
  fetchAgentTicket(agent: AgentAuth, accessToken: string): Promise<FetchedCredential | Failure>;
}
