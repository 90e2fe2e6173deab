// Not "undici": Bun answers that name with its own fetch, which ignores timeouts and the agent.
import { Agent, type Dispatcher, ProxyAgent } from "undici/index.js";
import { MAX_ANSWER_BYTES } from "./answer.ts";

/** Creates connections to WeChat: verified TLS, kept alive, directly or through a proxy. */
export function createDispatcher({
  connectTimeoutSeconds,
  connections,
  proxy,
  longestAnswer = MAX_ANSWER_BYTES,
}: {
  connectTimeoutSeconds: number;
  /** The most connections to a host; further requests wait for one. */
  connections: number;
  /** An HTTP proxy for all connections; null without one. */
  proxy: string | null;
  /** The most bytes of an answer; null for any number. */
  longestAnswer?: number | null;
}): Dispatcher {
  const connect = { timeout: connectTimeoutSeconds * 1000, rejectUnauthorized: true };
  const limits = { connections, maxResponseSize: longestAnswer ?? -1 };
  return proxy === null
    ? new Agent({ connect, ...limits })
    : new ProxyAgent({ uri: proxy, connect, requestTls: connect, proxyTls: connect, ...limits });
}
