import { Elysia } from "elysia";
import { loggableId } from "../../core/apps/app.ts";
import type { Log } from "../../core/ports.ts";
import { logRequest } from "../access-log.ts";
import { readBody } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Observe } from "../observe.ts";
import { millisecondsSince } from "../plain-route.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import { fastAuth } from "./fast-auth.ts";
import { fastToken } from "./fast-token.ts";
import { type EnvelopeContext, handleEnvelope } from "./handle.ts";

/** The paths to which the old servers' clients post. */
const PATHS = ["/", "/mina_auth", "/mina_auth/", "/mina_auth/index.php", "/release/mina_auth/"];

/** Paths in which Bun's router sees no patterns. */
const LITERAL_PATH = /^[\w/.-]+$/;

export interface EnvelopeRoutes extends EnvelopeContext {
  log: Log;
  requestId: () => string;
  /** The option `envelope_paths`. */
  envelopePaths: readonly string[];
  /** Told of every answered request; null when nobody counts them. */
  observe: Observe | null;
}

/** Answers the envelope's requests at a path. */
export type EnvelopeHandler = (request: Request) => Promise<Response>;

/** Returns the handlers of the envelope endpoint, by path. */
export function envelopeHandlers(options: EnvelopeRoutes): ReadonlyMap<string, EnvelopeHandler> {
  const { core, log, requestId, peerOf, trustedNetworks, observe } = options;
  // Each answer takes a copy, which costs a tenth of building them from texts.
  const headers = new Headers({
    ...SECURITY_HEADERS,
    "Content-Type": "application/json; charset=utf-8",
  });
  const fastOutcome = (body: string, request: Request) =>
    fastAuth(core, body) ??
    fastToken(core, body, () => callerOf(request, peerOf(request), trustedNetworks));
  const handlerAt = (path: string) => async (request: Request) => {
    const startedAt = performance.now();
    const id = requestId();
    const body = await readBody(request);
    const outcome =
      (body === null ? null : fastOutcome(body, request)) ??
      (await handleEnvelope(options, body, request, id));
    if (!outcome.quiet || log.debugEnabled) {
      const line = {
        requestId: id,
        method: request.method,
        path,
        peer: peerOf(request).client,
        status: 200,
        durationMs: millisecondsSince(startedAt),
        interface: outcome.interfaceName,
        appid: loggableId(outcome.appid),
        returnCode: outcome.returnCode,
      };
      logRequest(log, line, outcome.failure, outcome.quiet);
    }
    observe?.({
      protocol: "envelope",
      operation: outcome.interfaceName ?? "other",
      code: outcome.returnCode,
      failure: outcome.failure?.code ?? null,
      durationMs: performance.now() - startedAt,
    });
    headers.set("X-Request-Id", id);
    return new Response(outcome.body, { headers });
  };
  return new Map([...PATHS, ...options.envelopePaths].map((path) => [path, handlerAt(path)]));
}

/** Returns the endpoint for any method, so that a GET is refused in the envelope's own way. */
export function envelopeRoutes(handlers: ReadonlyMap<string, EnvelopeHandler>) {
  const app = new Elysia({ name: "envelope" });
  for (const [path, handler] of handlers)
    app.all(path, ({ request }) => handler(request), { parse: "none" });
  return app;
}

/**
 * Returns the endpoint's POSTs as routes of Bun's own, which save half a microsecond of Elysia's.
 */
export const directRoutes = (handlers: ReadonlyMap<string, EnvelopeHandler>) =>
  Object.fromEntries(
    [...handlers]
      .filter(([path]) => LITERAL_PATH.test(path))
      .map(([path, handler]) => [path, { POST: handler }]),
  );
