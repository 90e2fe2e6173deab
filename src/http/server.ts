import type { BlockList } from "node:net";
import { Elysia } from "elysia";
import type { Core } from "../core/core.ts";
import { Failure, StartError } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { logRequest } from "./access-log.ts";
import { envelopeRoutes } from "./envelope/routes.ts";
import { problem } from "./problem.ts";
import { createRequestIds } from "./request-id.ts";

/** Larger bodies are refused by the HTTP server with 413; up to here, by the protocol in its own words. */
const MAX_ACCEPTED_BYTES = 16 * 1024 * 1024;
/** A connection on which nothing moves is closed after this many seconds; a call to WeChat may take that long. */
const MIN_IDLE_SECONDS = 30;
const MAX_IDLE_SECONDS = 255;

export interface HttpOptions {
  core: Core;
  log: Log;
  host: string;
  /** 0 takes a free one. */
  port: number;
  envelopePaths: readonly string[];
  trustedNetworks: BlockList;
  /** How long a request may wait for WeChat. */
  upstreamTimeoutSeconds: number;
  /** Answers `/sandbox/…`; null without the sandbox. */
  sandbox: ((request: Request) => Promise<Response>) | null;
}

export interface HttpServer {
  host: string;
  port: number;
  /** Takes no new connection, finishes the requests in hand, then closes the rest. */
  stop(): Promise<void>;
}

/**
 * Starts the HTTP server with every protocol that waferd speaks.
 *
 * @throws StartError when it cannot listen
 */
export function startHttpServer(options: HttpOptions): HttpServer {
  const { log, sandbox } = options;
  const requestId = createRequestIds();
  const app = new Elysia({ serve: serveOptions(options) })
    .onError(({ code, error, request, server }) => {
      const id = requestId();
      const failure = code === "NOT_FOUND" ? null : new Failure("internal", { cause: error });
      const status = failure === null ? 404 : 500;
      const { pathname } = new URL(request.url);
      const peer = server?.requestIP(request)?.address ?? null;
      logRequest(
        log,
        { requestId: id, method: request.method, path: pathname, peer, status, durationMs: 0 },
        failure,
      );
      const headers = { "X-Request-Id": id };
      return failure === null
        ? problem(404, "Not Found", `nothing is at ${pathname}; the envelope takes POST at /`, headers)
        : problem(500, "Internal Server Error", `a bug of waferd's; its log names it under ${id}`, headers);
    })
    .use(envelopeRoutes({ ...options, requestId }));
  if (sandbox !== null) app.all("/sandbox/*", ({ request }) => sandbox(request), { parse: "none" });

  try {
    app.listen({});
  } catch (cause) {
    throw new StartError(
      `cannot listen on ${options.host}:${options.port}: ${(cause as Error).message}. Choose another address with --host and --port, or stop what uses this one`,
      { cause },
    );
  }
  const server = app.server;
  if (server === null) throw new StartError(`cannot listen on ${options.host}:${options.port}`);
  return {
    host: server.hostname ?? options.host,
    port: server.port ?? options.port,
    stop: () => server.stop(),
  };
}

function serveOptions({ host, port, upstreamTimeoutSeconds }: HttpOptions) {
  return {
    hostname: host,
    development: false,
    port,
    // Elysia's default lets a second server take half of the first one's connections unnoticed.
    reusePort: false,
    maxRequestBodySize: MAX_ACCEPTED_BYTES,
    idleTimeout: Math.min(
      MAX_IDLE_SECONDS,
      Math.max(MIN_IDLE_SECONDS, Math.ceil(upstreamTimeoutSeconds) + 10),
    ),
  };
}
