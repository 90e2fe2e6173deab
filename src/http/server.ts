import type { BlockList } from "node:net";
import { Elysia } from "elysia";
import type { Core } from "../core/core.ts";
import { StartError } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { crossOrigin } from "./cross-origin.ts";
import { directRoutes, envelopeHandlers, envelopeRoutes } from "./envelope/routes.ts";
import { forwardAuthRoutes } from "./forward-auth/routes.ts";
import { minaRoutes } from "./mina/routes.ts";
import { docsRoutes } from "./openapi/routes.ts";
import { type Plain, pathOf, plainRoute } from "./plain-route.ts";
import { problem } from "./problem.ts";
import { createRequestIds } from "./request-id.ts";
import { restRoutes } from "./rest/routes.ts";
import { unknownRoute } from "./rest/unknown.ts";
import { weappRoutes } from "./weapp/routes.ts";

/** A connection on which nothing moves is closed after this many seconds; a call to WeChat, and the wait for another's before it, may take that long. */
const MIN_IDLE_SECONDS = 30;
const MAX_IDLE_SECONDS = 255;

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else listens there",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTCONN: "there is no such address",
  EACCES: "this user may not; ports below 1024 are root's",
};

export interface HttpOptions {
  core: Core;
  log: Log;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Certificate and key in PEM; null serves without TLS. */
  tls: { cert: string; key: string } | null;
  envelopePaths: readonly string[];
  trustedNetworks: BlockList;
  /** The option `cors_origins`. */
  corsOrigins: readonly string[];
  /** The option `EnableDocs`. */
  docs: boolean;
  /** The version of waferd, for the document. */
  version: string;
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
  const { core, log, sandbox } = options;
  const requestId = createRequestIds();
  const peerOf = (request: Request): string | null => app.server?.requestIP(request)?.address ?? null;
  const envelope = envelopeHandlers({ ...options, requestId, peerOf });
  const crossOriginAllowed = options.corsOrigins.length > 0;
  const app = new Elysia({
    // What goes by Elysia gets the headers for other origins.
    serve: { ...serveOptions(options), ...(!crossOriginAllowed && { routes: directRoutes(envelope) }) },
    // Elysia looks for the path from a fixed place on: by default behind a host name of four characters, and without
    // the default where only http:// ends. Behind https:// a host name needs three characters.
    handler: { standardHostname: options.tls !== null },
    // Else members that no schema knows are dropped from requests and answers instead of refused.
    normalize: false,
  });
  const plain: Plain = (answer) => {
    const route = plainRoute({ log, requestId, peerOf }, answer);
    return ({ request }) => route(request);
  };

  if (crossOriginAllowed) app.use(crossOrigin(options.corsOrigins));
  app.use(envelopeRoutes(envelope));
  app.use(minaRoutes({ core, plain }));
  app.use(weappRoutes({ core, plain }));
  app.use(forwardAuthRoutes({ core, plain }));
  const rest = restRoutes({ ...options, requestId, peerOf });
  app.use(rest);
  app.all("/api/*", plain(unknownRoute(rest.routes)), { parse: "none" });
  if (options.docs)
    app.use(docsRoutes({ plain, routes: rest, version: options.version, sandbox: sandbox !== null }));
  if (sandbox !== null) app.all("/sandbox/*", plain(sandbox), { parse: "none" });
  app.all("/*", plain(notFound), { parse: "none" });

  try {
    app.listen({});
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    if (options.tls !== null && !(code in LISTEN_ERRORS))
      throw new StartError(
        `the certificate or its key cannot be used (${message}): HTTPSCertFile and HTTPSKeyFile must be PEM, and belong together`,
        { cause },
      );
    throw new StartError(
      `cannot listen on ${options.host}:${options.port}: ${LISTEN_ERRORS[code] ?? message}. Choose another address by --host and --port`,
      { cause },
    );
  }
  const server = app.server;
  if (server === null) throw new StartError(`cannot listen on ${options.host}:${options.port}`);
  return {
    host: server.hostname ?? options.host,
    port: server.port ?? options.port,
    async stop() {
      // Whoever stalls in the middle of a request is not waited for longer than an honest answer can take.
      const deadline = setTimeout(() => void server.stop(true), (options.upstreamTimeoutSeconds + 1) * 1000);
      await server.stop();
      clearTimeout(deadline);
    },
  };
}

const notFound = (request: Request): Response =>
  problem(404, "Not Found", `nothing is at ${pathOf(request)}; the envelope takes POST at /`);

function serveOptions({ host, port, tls, upstreamTimeoutSeconds }: HttpOptions) {
  return {
    ...(tls !== null && { tls }),
    hostname: host,
    development: false,
    port,
    // Elysia's default lets a second server take half of the first one's connections unnoticed.
    reusePort: false,
    // Each protocol refuses large bodies in its own words, unread; Bun would answer 413.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    idleTimeout: Math.min(
      MAX_IDLE_SECONDS,
      Math.max(MIN_IDLE_SECONDS, Math.ceil(2 * upstreamTimeoutSeconds) + 10),
    ),
  };
}
