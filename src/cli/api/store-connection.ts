import type { LoadedConfig } from "../../config/load.ts";
import type { Log } from "../../core/ports.ts";
import type { Store } from "../../core/store.ts";
import type { WeChat } from "../../core/wechat.ts";
import { API_PREFIX, type ApiConnection, type ApiRequest, headersOf } from "./connection.ts";

/** The service without a server: the same operations, in this process. */
export interface OpenedService {
  store: Store;
  wechat: WeChat;
  /** Answers requests below /api/v1. */
  handle(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** Opens the service on the configured store; a StartError says what to fix. */
export type OpenService = (loaded: LoadedConfig, log: Log) => Promise<OpenedService>;

/** A placeholder: nothing is sent to it. */
const ORIGIN = "http://localhost";

/** Returns a connection to the REST API of the opened service. */
export function storeConnection(service: OpenedService): ApiConnection {
  const requestOf = (wanted: ApiRequest, signal: AbortSignal | null): Request =>
    new Request(`${ORIGIN}${API_PREFIX}${wanted.path}`, {
      method: wanted.method,
      headers: headersOf(wanted),
      signal,
      ...(wanted.body !== undefined && { body: JSON.stringify(wanted.body) }),
    });
  return {
    name: "the store",
    isServer: false,
    async send(wanted) {
      const answer = await service.handle(requestOf(wanted, null));
      return { status: answer.status, text: await answer.text() };
    },
    async stream(wanted, until) {
      const { status, body } = await service.handle(requestOf(wanted, until));
      return { status, chunks: body ?? new ReadableStream() };
    },
    close: () => service.close(),
  };
}
