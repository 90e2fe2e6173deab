import { Failure } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { logRequest } from "./access-log.ts";
import { type Observe, plainOperation } from "./observe.ts";
import type { Peer } from "./peer.ts";
import { problem } from "./problem.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

export interface PlainRouteOptions {
  log: Log;
  requestId: () => string;
  /** The other end of a request's connection. */
  peerOf: (request: Request) => Peer;
  /** Told of every answered request; null when nobody counts them. */
  observe: Observe | null;
}

/** An answer, and the facts of it that the log needs. */
export interface Answer {
  response: Response;
  failure?: Failure | null;
  /** The app that it was about, fit for the log. */
  appid?: string | null;
  /** A success that is logged at debug only. */
  quiet?: boolean;
}

export type PlainAnswer = (
  request: Request,
  requestId: string,
) => Response | Answer | Promise<Response | Answer>;

/** Makes routes; see {@link plainRoute}. */
export type Plain = (
  answer: PlainAnswer,
) => (context: { request: Request; route: string }) => Promise<Response>;

/**
 * Makes a route of a function that answers in HTTP's own terms: gives it a request id, security
 * headers where it has none of its own, a line in the log, and a 500 for what it throws. The answer
 * is counted under its route.
 */
export function plainRoute(
  { log, requestId, peerOf, observe }: PlainRouteOptions,
  answer: PlainAnswer,
): (request: Request, route?: string) => Promise<Response> {
  return async (request, route = "/*") => {
    const startedAt = performance.now();
    const id = requestId();
    let answered: Answer;
    try {
      const given = await answer(request, id);
      answered = given instanceof Response ? { response: given } : given;
    } catch (cause) {
      answered = { response: bug(id), failure: new Failure("internal", { cause }) };
    }
    const { response, failure = null, appid, quiet = false } = answered;
    response.headers.set("X-Request-Id", id);
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      if (!response.headers.has(name)) response.headers.set(name, value);
    const line = {
      requestId: id,
      method: request.method,
      // The route: a path that matches nothing may hold a key.
      path: route,
      peer: peerOf(request).client,
      status: response.status,
      durationMs: millisecondsSince(startedAt),
      ...(appid !== undefined && { appid }),
    };
    logRequest(log, line, failure, quiet && failure === null);
    observe?.({
      ...plainOperation(route),
      code: failure?.code ?? (response.ok ? "ok" : response.status),
      failure: failure?.code ?? null,
      durationMs: performance.now() - startedAt,
    });
    return response;
  };
}

const bug = (requestId: string): Response =>
  problem(
    500,
    "Internal Server Error",
    `a bug of waferd's; the log has its cause under ${requestId}`,
  );

/** Returns the time that has passed, with two decimals as the log shows it. */
export const millisecondsSince = (startedAt: number): number =>
  Math.round((performance.now() - startedAt) * 100) / 100;
