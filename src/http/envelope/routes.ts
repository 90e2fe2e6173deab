import { Elysia } from "elysia";
import type { Log } from "../../core/ports.ts";
import { logRequest } from "../access-log.ts";
import { type EnvelopeContext, handleEnvelope } from "./handle.ts";

/** Where the old servers' clients post to. */
const PATHS = ["/", "/mina_auth", "/mina_auth/", "/release/mina_auth/"];

export interface EnvelopeRoutes extends EnvelopeContext {
  log: Log;
  requestId: () => string;
  /** The option `envelope_paths`. */
  envelopePaths: readonly string[];
}

/** The envelope endpoint. Takes any method, so that a GET is told in the envelope's own way what is missing. */
export function envelopeRoutes(options: EnvelopeRoutes) {
  const { log, requestId } = options;
  const app = new Elysia({ name: "envelope" });
  for (const path of new Set([...PATHS, ...options.envelopePaths])) {
    app.all(
      path,
      async ({ request, server }) => {
        const startedAt = performance.now();
        const id = requestId();
        const peer = (): string | null => server?.requestIP(request)?.address ?? null;
        const outcome = await handleEnvelope(options, request, peer);
        if (!outcome.quiet || log.debugEnabled) {
          const line = {
            requestId: id,
            method: request.method,
            path,
            peer: peer(),
            status: 200,
            durationMs: Math.round((performance.now() - startedAt) * 100) / 100,
            interface: outcome.interfaceName,
            appid: outcome.appid,
            returnCode: outcome.returnCode,
          };
          logRequest(log, line, outcome.failure, outcome.quiet);
        }
        return new Response(outcome.body, {
          headers: { "Content-Type": "application/json; charset=utf-8", "X-Request-Id": id },
        });
      },
      { parse: "none" },
    );
  }
  return app;
}
