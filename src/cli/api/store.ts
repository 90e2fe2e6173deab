import type { Config } from "../../config/schema.ts";
import type { Log } from "../../core/ports.ts";
import type { Store } from "../../core/store.ts";
import type { WeChat } from "../../core/wechat.ts";
import type { Io } from "../io.ts";
import { API_PREFIX, type ApiRequest, type Connection, headersOf } from "./connection.ts";

/** The service without its server: the same operations, in this process. */
export interface OpenedService {
  store: Store;
  wechat: WeChat;
  adminKey: string;
  /** Answers what is under /api/v1. */
  handle(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** Opens the configured store; a StartError says what to mend. */
export type OpenService = (config: Config, log: Log) => Promise<OpenedService>;

/** Any host name will do: nothing is sent anywhere. */
const ORIGIN = "http://localhost";

/** The REST API over the opened store. */
export function storeConnection(service: OpenedService): Connection {
  return {
    url: null,
    async send(wanted: ApiRequest) {
      const request = new Request(`${ORIGIN}${API_PREFIX}${wanted.path}`, {
        method: wanted.method,
        headers: headersOf(wanted, service.adminKey),
        ...(wanted.body !== undefined && { body: JSON.stringify(wanted.body) }),
      });
      const answer = await service.handle(request);
      return { status: answer.status, text: await answer.text() };
    },
    close: () => service.close(),
  };
}

/** What a log has to say to whoever waits for a command: warnings, and causes of failures. */
export function commandLog(io: Io, silent: boolean): Log {
  const say = (fields: object, message: string): void => {
    const { err } = fields as { err?: unknown };
    const cause = err instanceof Error ? err.message : err === undefined ? "" : String(err);
    if (!silent) io.print(`waferd: ${message === "request" ? "" : `${message}: `}${cause}\n`);
  };
  const nothing = (): void => undefined;
  return { debugEnabled: false, debug: nothing, info: nothing, warn: say, error: say };
}
