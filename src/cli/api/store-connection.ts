import type { LoadedConfig } from "../../config/load.ts";
import type { Log } from "../../core/ports.ts";
import type { Store } from "../../core/store.ts";
import type { WeChat } from "../../core/wechat.ts";
import {
  type ApiConnection,
  type ApiRequest,
  headersOf,
  sentBody,
  serverPath,
} from "./connection.ts";

/** The service without a server: the same operations, in this process. */
export interface OpenedService {
  store: Store;
  wechat: WeChat;
  /** Answers requests below /api/v1, and those of the gateway. */
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
    new Request(ORIGIN + serverPath(wanted), {
      method: wanted.method,
      headers: headersOf(wanted),
      signal,
      ...sentBody(wanted),
    });
  return {
    name: "the store",
    isServer: false,
    async send(wanted) {
      const answer = await service.handle(requestOf(wanted, null));
      return { status: answer.status, text: await answer.text() };
    },
    async stream(wanted, until) {
      const { status, headers, body } = await service.handle(requestOf(wanted, until));
      const contentType = headers.get("content-type") ?? "";
      return { status, contentType, chunks: body ?? new ReadableStream() };
    },
    close: () => service.close(),
  };
}
