/** One request of the REST API, or of the gateway. */
export interface ApiRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path below /api/v1, or of the gateway, with its query. */
  path: string;
  /** JSON, or of the gateway bytes. */
  body?: object | Uint8Array;
  isOfGateway?: true;
  headers?: Record<string, string>;
}

export interface ApiAnswer {
  status: number;
  /** JSON, or an empty text. */
  text: string;
}

/** An answer that goes on, such as one of server-sent events. */
export interface ApiStream {
  status: number;
  contentType: string;
  /** Throws a CommandFailure when the connection fails. */
  chunks: AsyncIterable<Uint8Array>;
}

/** A way to the REST API: a server, or the store that this process has opened. */
export interface ApiConnection {
  /** Names the server by its address or its data, or the store; for people. */
  name: string;
  /** Whether a server answers, and not the store that this process has opened. */
  isServer: boolean;
  send(request: ApiRequest): Promise<ApiAnswer>;
  /** Makes a request whose answer goes on until the signal, or until the server ends it. */
  stream(request: ApiRequest, until: AbortSignal): Promise<ApiStream>;
  close(): Promise<void>;
}

export const API_PREFIX = "/api/v1";

/** Returns the path of a request at a server. */
export const serverPath = ({ path, isOfGateway }: ApiRequest): string =>
  isOfGateway === true ? path : API_PREFIX + path;

/** Returns the body of a request as it is sent. */
export const sentBody = ({ body }: ApiRequest): { body?: string | Uint8Array<ArrayBuffer> } =>
  body === undefined
    ? {}
    : { body: body instanceof Uint8Array ? Uint8Array.from(body) : JSON.stringify(body) };

/** No server listens at an address. */
export class NotListening extends Error {}

/**
 * Returns the headers of a request.
 *
 * @param key the admin key; null where none is needed
 */
export const headersOf = (
  { body, headers = {} }: ApiRequest,
  key: string | null = null,
): Record<string, string> => ({
  ...(key !== null && { authorization: `Bearer ${key}` }),
  ...(body !== undefined && { "content-type": "application/json" }),
  ...headers,
});
