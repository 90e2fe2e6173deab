import { MAX_EXCHANGES } from "../core/sessions/code-exchanger.ts";
import type { WeChat } from "../core/wechat.ts";
import { legacyToken, stableToken, workToken } from "./access-token.ts";
import { UpstreamHttp, type UpstreamOptions } from "./http.ts";
import { checkSessionKey, jscode2session, phoneNumber, resetSessionKey } from "./mini-program.ts";
import { fetchTicket } from "./ticket.ts";

/** Hosted credentials need few calls, each of which many callers share. */
const CREDENTIAL_CONNECTIONS = 32;

export interface WeChatClientOptions extends Omit<UpstreamOptions, "connections"> {
  /** The option `wechat.api_base`, without a slash at its end. */
  apiBase: string;
  /** The option `work.api_base`, without a slash at its end. */
  workApiBase: string;
}

/**
 * Returns the WeChat port over HTTP. Logins have connections of their own, so that a flood of them
 * does not keep a token from being renewed.
 */
export function createWeChatClient(
  options: WeChatClientOptions,
): WeChat & { close(): Promise<void> } {
  const logins = new UpstreamHttp({ ...options, connections: MAX_EXCHANGES });
  const http = new UpstreamHttp({ ...options, connections: CREDENTIAL_CONNECTIONS });
  const { apiBase, workApiBase } = options;
  return {
    exchangeCode: (appid, appSecret, code) =>
      jscode2session(logins, apiBase, appid, appSecret, code),
    fetchStableToken: (app, force) => stableToken(http, apiBase, app, force),
    fetchLegacyToken: (app) => legacyToken(http, apiBase, app),
    fetchWorkToken: (agent) => workToken(http, workApiBase, agent),
    fetchTicket: (kind, call) => fetchTicket(http, options, kind, call),
    fetchPhoneNumber: (call, code, openid) => phoneNumber(http, apiBase, call, code, openid),
    checkSessionKey: (call, openid, signature) =>
      checkSessionKey(http, apiBase, call, openid, signature),
    resetSessionKey: (call, openid, signature) =>
      resetSessionKey(http, apiBase, call, openid, signature),
    async close() {
      await Promise.all([logins.close(), http.close()]);
    },
  };
}
