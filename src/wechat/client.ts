import type { WeChat } from "../core/wechat.ts";
import { UpstreamHttp, type UpstreamOptions } from "./http.ts";
import { jscode2session } from "./mini-program.ts";

export interface WeChatClientOptions extends UpstreamOptions {
  /** The option `wechat.api_base`, without a slash at its end. */
  apiBase: string;
}

/** The WeChat port over HTTP. */
export function createWeChatClient(options: WeChatClientOptions): WeChat & { close(): Promise<void> } {
  const http = new UpstreamHttp(options);
  return {
    exchangeCode: (appid, appSecret, code) => jscode2session(http, options.apiBase, appid, appSecret, code),
    close: () => http.close(),
  };
}
