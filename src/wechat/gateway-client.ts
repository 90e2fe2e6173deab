import type { Dispatcher } from "undici/index.js";
import type { CredentialOwner } from "../core/credentials/kinds.ts";
import { Failure } from "../core/errors.ts";
import type {
  CallBody,
  GatewayAnswer,
  GatewayCall,
  GatewayUpstream,
} from "../core/gateway/gateway-upstream.ts";
import { AnswerReader } from "./answer-reader.ts";
import { createDispatcher } from "./dispatcher.ts";
import type { CountedRequest } from "./http.ts";
import { unreachableReason } from "./unreachable.ts";

/** The most connections to a host; further calls wait for one. */
const CONNECTIONS = 256;

export interface GatewayClientOptions {
  /** The option `wechat.api_base`, without a slash at its end. */
  apiBase: string;
  /** The option `work.api_base`, without a slash at its end. */
  workApiBase: string;
  connectTimeoutSeconds: number;
  /** The longest time without progress. */
  timeoutSeconds: number;
  /** An HTTP proxy for all calls; null without one. */
  proxy: string | null;
  /** Called for every request: they count towards WeChat's quotas. */
  onRequest?: (counted: CountedRequest) => void;
}

/**
 * Returns the port of the gateway over HTTP: connections of its own, so that calls keep no token
 * from being renewed; nothing is repeated and no redirect followed.
 */
export function createGatewayClient(
  options: GatewayClientOptions,
): GatewayUpstream & { close(): Promise<void> } {
  const { apiBase, workApiBase, timeoutSeconds, proxy, onRequest } = options;
  const dispatcher = createDispatcher({
    ...options,
    connections: CONNECTIONS,
    longestAnswer: null,
  });
  const bases: Record<CredentialOwner, Base> = { app: baseOf(apiBase), agent: baseOf(workApiBase) };
  return {
    async send(call, accessToken, name): Promise<GatewayAnswer | Failure> {
      const { owner, path, query, method, signal } = call;
      const { origin, prefix } = bases[owner.kind];
      const failed = (cause: unknown): Failure =>
        new Failure("wechatUnreachable", {
          cause,
          upstream: unreachableReason(new URL(proxy ?? origin).host, cause, options),
        });
      if (signal.aborted) return failed(signal.reason);
      onRequest?.({ subject: owner.name, endpoint: name });
      const reader = new AnswerReader(signal);
      const token = `access_token=${encodeURIComponent(accessToken)}`;
      dispatcher.dispatch(
        {
          origin,
          path: `${prefix}${path}?${query === "" ? token : `${token}&${query}`}`,
          method: method as Dispatcher.HttpMethod,
          headers: headersOf(call),
          body: sendable(call.body),
          headersTimeout: timeoutSeconds * 1000,
          bodyTimeout: timeoutSeconds * 1000,
        },
        reader,
      );
      try {
        return await reader.answer;
      } catch (cause) {
        return failed(cause);
      }
    },
    close: () => dispatcher.destroy(),
  };
}

interface Base {
  origin: string;
  /** The path of the base, without a slash at its end. */
  prefix: string;
}

function baseOf(base: string): Base {
  const { origin, pathname } = new URL(base);
  return { origin, prefix: pathname.replace(/\/$/, "") };
}

const headersOf = ({ headers, body }: GatewayCall): Record<string, string> =>
  "stream" in body && body.length !== null
    ? { ...headers, "content-length": String(body.length) }
    : headers;

const sendable = (body: CallBody): NonNullable<Dispatcher.DispatchOptions["body"]> | null =>
  "stream" in body ? (body.stream as never) : body.kept;
