import { Elysia } from "elysia";
import type { Log } from "../../core/ports.ts";
import { logRequest } from "../access-log.ts";
import type { Observe } from "../observe.ts";
import type { Peer } from "../peer.ts";
import { millisecondsSince } from "../plain-route.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import { type EnvelopeContext, handleEnvelope } from "./handle.ts";

/** Where the old servers' clients post to. */
const PATHS = ["/", "/mina_auth", "/mina_auth/", "/release/mina_auth/"];

export interface EnvelopeRoutes extends EnvelopeContext {
  log: Log;
  requestId: () => string;
  /** The other end of a request's connection. */
  peerOf: (request: Request) => Peer;
  /** The option `envelope_paths`. */
  envelopePaths: readonly string[];
  /** Told of every answered request; null when nobody counts them. */
  observe: Observe | null;
}

/** The envelope endpoint. Takes any method, so that a GET is told in the envelope's own way what is missing. */
export function envelopeRoutes(options: EnvelopeRoutes) {
  const { log, requestId, peerOf, observe } = options;
  const app = new Elysia({ name: "envelope" });
  // Each answer takes a copy, which costs a tenth of building them from texts.
  const headers = new Headers({ ...SECURITY_HEADERS, "Content-Type": "application/json; charset=utf-8" });
  for (const path of new Set([...PATHS, ...options.envelopePaths])) {
    app.all(
      path,
      async ({ request }) => {
        const startedAt = performance.now();
        const id = requestId();
        const outcome = await handleEnvelope(options, request, id, () => peerOf(request));
        if (!outcome.quiet || log.debugEnabled) {
          const line = {
            requestId: id,
            method: request.method,
            path,
            peer: peerOf(request).client,
            status: 200,
            durationMs: millisecondsSince(startedAt),
            interface: outcome.interfaceName,
            appid: outcome.appid,
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
      },
      { parse: "none" },
    );
  }
  return app;
}
