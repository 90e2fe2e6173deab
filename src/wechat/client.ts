import type { WeChat } from "../core/wechat.ts";
import { legacyToken, stableToken, workToken } from "./access-token.ts";
import { UpstreamHttp, type UpstreamOptions } from "./http.ts";
import { checkSessionKey, jscode2session, phoneNumber, resetSessionKey } from "./mini-program.ts";
import { fetchTicket } from "./ticket.ts";

export interface WeChatClientOptions extends UpstreamOptions {
  /** The option `wechat.api_base`, without a slash at its end. */
  apiBase: string;
  /** The option `work.api_base`, without a slash at its end. */
  workApiBase: string;
}

/** Returns the WeChat port over HTTP. */
export function createWeChatClient(
  options: WeChatClientOptions,
): WeChat & { close(): Promise<void> } {
  const http = new UpstreamHttp(options);
  const { apiBase, workApiBase } = options;
  return {
    exchangeCode: (appid, appSecret, code) => jscode2session(http, apiBase, appid, appSecret, code),
    fetchStableToken: (app, force) => stableToken(http, apiBase, app, force),
    fetchLegacyToken: (app) => legacyToken(http, apiBase, app),
    fetchWorkToken: (agent) => workToken(http, workApiBase, agent),
    fetchTicket: (kind, call) => fetchTicket(http, options, kind, call),
    fetchPhoneNumber: (call, code, openid) => phoneNumber(http, apiBase, call, code, openid),
    checkSessionKey: (call, openid, signature) =>
      checkSessionKey(http, apiBase, call, openid, signature),
    resetSessionKey: (call, openid, signature) =>
      resetSessionKey(http, apiBase, call, openid, signature),
    close: () => http.close(),
  };
}
