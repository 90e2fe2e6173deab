import type { BunRequest } from "bun";
import { logRequest } from "./access-log.ts";
import { readBody, rememberBody } from "./body.ts";
import type { AnsweredRequest } from "./observe.ts";
import { millisecondsSince, type PlainRouteOptions } from "./plain-route.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** A success that was there at once. */
export interface DirectAnswer {
  /** In a buffer that the next answer overwrites. */
  body: Uint8Array<ArrayBuffer> | null;
  /** Headers that only this answer has. */
  headers?: Readonly<Record<string, string>>;
  /** Fields of its line in the log, beside those of every request. */
  logged: object;
}

/**
 * The answers that a route gives most, without a promise, Elysia or its schemas. Every other
 * request is left to its plain twin, which then begins at the beginning.
 */
export interface DirectRoute {
  method: "GET" | "POST";
  /** With `:name` for a part that differs. */
  path: string;
  /** With JSON for 200. */
  status: 200 | 204;
  observed: Pick<AnsweredRequest, "protocol" | "operation" | "code">;
  /** @returns null for a request that the plain way has to answer; it has changed nothing then */
  answer(request: BunRequest<string>, body: string): DirectAnswer | null;
}

/** Answers a request. */
type Handler = (request: BunRequest<string>) => Promise<Response>;

/**
 * Returns direct routes as routes of Bun's own.
 *
 * @param plainly answers what they leave
 */
export const asBunRoutes = (
  routes: readonly DirectRoute[],
  options: PlainRouteOptions,
  plainly: (request: Request) => Response | Promise<Response>,
): Record<string, Partial<Record<DirectRoute["method"], Handler>>> =>
  Object.fromEntries(
    routes.map((route) => [route.path, { [route.method]: handlerOf(route, options, plainly) }]),
  );

function handlerOf(
  { method, path, status, observed, answer }: DirectRoute,
  { log, requestId, peerOf, observe }: PlainRouteOptions,
  plainly: (request: Request) => Response | Promise<Response>,
): Handler {
  // Each answer takes a copy.
  const headers = new Headers(SECURITY_HEADERS);
  if (status === 200) headers.set("Content-Type", "application/json;charset=utf-8");
  return async (request) => {
    const startedAt = performance.now();
    // Before the body is awaited: a connection that has gone has no address.
    if (method === "POST") peerOf(request);
    const body = method === "POST" ? await readBody(request) : "";
    const answered = body === null ? null : answer(request, body);
    if (answered === null) {
      if (method === "POST") rememberBody(request, body);
      return await plainly(request);
    }
    const id = requestId();
    if (log.debugEnabled) {
      const line = {
        ...{ requestId: id, method: request.method, path, peer: peerOf(request).client, status },
        durationMs: millisecondsSince(startedAt),
        ...answered.logged,
      };
      logRequest(log, line, null, true);
    }
    observe?.({ ...observed, failure: null, durationMs: performance.now() - startedAt });
    headers.set("X-Request-Id", id);
    for (const name in answered.headers) headers.set(name, answered.headers[name] as string);
    return new Response(answered.body, { status, headers });
  };
}
