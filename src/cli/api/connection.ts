/** One request of the REST API. */
export interface ApiRequest {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** The path below /api/v1, with its query. */
  path: string;
  body?: object;
  headers?: Record<string, string>;
}

export interface ApiAnswer {
  status: number;
  /** JSON, or an empty text. */
  text: string;
}

/** A way to the REST API: a server, or the store that this process has opened. */
export interface ApiConnection {
  /** The server's address; null when the store is open in this process. */
  url: string | null;
  send(request: ApiRequest): Promise<ApiAnswer>;
  close(): Promise<void>;
}

export const API_PREFIX = "/api/v1";

/** Returns the headers of a request. */
export const headersOf = (
  { body, headers = {} }: ApiRequest,
  key: string,
): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  ...(body !== undefined && { "content-type": "application/json" }),
  ...headers,
});
