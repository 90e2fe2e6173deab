import type { BlockList } from "node:net";
import { Elysia } from "elysia";
import type { ConnectionEnds, Endpoint } from "../core/access/key-proof.ts";
import type { BackupService } from "../core/backups/backup-service.ts";
import type { Core } from "../core/core.ts";
import type { EffectiveConfig } from "../core/effective-config.ts";
import { StartError } from "../core/errors.ts";
import { excerpt } from "../core/excerpt.ts";
import type { Client } from "../core/limits/client.ts";
import type { ServerLog } from "../core/logs/server-log.ts";
import type { Log } from "../core/ports.ts";
import type { StoreCheckService } from "../core/store-checks/store-check-service.ts";
import { plainAddress } from "./address.ts";
import { clientOf as findClient } from "./client.ts";
import { type ConsoleSite, consoleProof } from "./console/cookie.ts";
import { consoleRoutes } from "./console/routes.ts";
import { consoleSessionRoutes } from "./console/session.ts";
import { crossOrigin } from "./cross-origin.ts";
import { asBunRoutes } from "./direct-route.ts";
import { directRoutes, envelopeHandlers, envelopeRoutes } from "./envelope/routes.ts";
import { fastForwardAuth } from "./forward-auth/fast-check.ts";
import { forwardAuthRoutes } from "./forward-auth/routes.ts";
import { directGatewayRoutes, gatewayHandler, gatewayRoutes } from "./gateway/routes.ts";
import { healthRoutes } from "./health.ts";
import { ADDRESS_ADVICE, isAddressError, listenError } from "./listen-error.ts";
import { type MetricsText, metricsRoutes } from "./metrics.ts";
import { fastMinaAuth } from "./mina/fast-auth.ts";
import { minaRoutes } from "./mina/routes.ts";
import type { Observe } from "./observe.ts";
import { docsRoutes } from "./openapi/routes.ts";
import type { SandboxRoute } from "./openapi/sandbox.ts";
import { peerOf as findPeer, type Peer } from "./peer.ts";
import { type Plain, plainRoute } from "./plain-route.ts";
import { problem } from "./problem.ts";
import { createRequestIds } from "./request-id.ts";
import { pathOf, urlMender } from "./request-url.ts";
import type { Followers } from "./rest/followers.ts";
import { restRoutes } from "./rest/routes.ts";
import type { ServerFacts } from "./rest/server/model.ts";
import { fastVerify } from "./rest/sessions/fast-verify.ts";
import { unknownRoute } from "./rest/unknown.ts";
import { weappRoutes } from "./weapp/routes.ts";

/** Bun's timers move in steps of four seconds, so that it may close a connection earlier. */
const IDLE_STEP_SECONDS = 4;
/** The longest time that Bun takes. */
const MAX_IDLE_SECONDS = 255;

export interface HttpOptions {
  core: Core;
  log: Log;
  /** The option `log.access`. */
  accessLog: boolean;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Whether other processes of this service listen there too. */
  shared: boolean;
  /** Certificate and key in PEM; null serves without TLS. */
  tls: { cert: string; key: string } | null;
  envelopePaths: readonly string[];
  trustedNetworks: BlockList;
  /** The option `trusted_proxies`. */
  trustedProxies: BlockList;
  /** The option `cors_origins`. */
  corsOrigins: readonly string[];
  /** The console's site; null with `EnableConsole = false`. */
  console: ConsoleSite | null;
  /** The option `EnableDocs`. */
  docs: boolean;
  facts: ServerFacts;
  serverLog: ServerLog;
  backups: BackupService;
  storeChecks: StoreCheckService;
  config: EffectiveConfig;
  followers: Followers;
  /** How long a request may wait for WeChat. */
  upstreamTimeoutSeconds: number;
  /** The option `gateway.max_body`. */
  maxBodyBytes: number;
  /** The option `http.idle_timeout`. */
  idleTimeoutSeconds: number;
  /** Answers `/sandbox/…`, and what there is below it; null without the sandbox. */
  sandbox: {
    handle: (request: Request) => Promise<Response>;
    routes: readonly SandboxRoute[];
  } | null;
  /** Told of every answered request; null when nobody counts them. */
  observe: Observe | null;
  /** Answers /metrics; null when it is not served here. */
  metrics: MetricsText | null;
}

export interface HttpServer {
  host: string;
  port: number;
  /**
   * Makes each answer the last of its connection, so that clients connect again, to another
   * process.
   */
  closeConnectionsAfterAnswer(): void;
  /** Closes the connections that wait for their next request, and returns their number. */
  closeIdleConnections(): number;
  /** Takes no new connection, finishes the requests in hand, then closes the rest. */
  stop(): Promise<void>;
}

/**
 * Starts the HTTP server with every protocol that waferd speaks.
 *
 * @throws StartError when it cannot listen
 */
export function startHttpServer(options: HttpOptions): HttpServer {
  const { core, sandbox, observe, metrics } = options;
  const log = options.accessLog ? options.log : withoutRequests(options.log);
  const requestId = createRequestIds();
  // Several parts of a request ask, and each answer of Bun takes microseconds.
  const peers = new WeakMap<Request, Peer>();
  const peerOf = (request: Request): Peer => {
    const known = peers.get(request);
    if (known !== undefined) return known;
    const peer = findPeer(
      app.server?.requestIP(request)?.address ?? null,
      request.headers.get("x-forwarded-for"),
      options.trustedProxies,
    );
    peers.set(request, peer);
    return peer;
  };
  const clientOf = (request: Request): Client =>
    findClient(peerOf(request), options.trustedNetworks);
  const connectionOf = (request: Request): ConnectionEnds | null => {
    const [server, client] = [app.server, app.server?.requestIP(request) ?? null];
    return server === null || client === null
      ? null
      : {
          listener: endpoint((server as unknown as { address: Endpoint }).address),
          client: endpoint(client),
        };
  };
  const envelope = envelopeHandlers({ ...options, log, requestId, peerOf });
  const crossOriginAllowed = options.corsOrigins.length > 0;
  const plainly = (request: Request): Response | Promise<Response> => app.fetch(request);
  const gateway = gatewayHandler({ ...options, log, requestId, peerOf });
  const direct = {
    ...directRoutes(envelope),
    ...directGatewayRoutes(gateway, plainly),
    ...asBunRoutes(
      [fastVerify(core), fastMinaAuth(core), fastForwardAuth(core)],
      { log, requestId, peerOf, observe },
      plainly,
    ),
  };
  const app = new Elysia({
    // Only Elysia adds the headers for other origins.
    serve: { ...serveOptions(options), ...(!crossOriginAllowed && { routes: direct }) },
    // The place from which Elysia looks for the path: where only http:// ends, or by default behind
    // https:// and a host of three characters. `urlMender` sees to the rest.
    handler: { standardHostname: options.tls !== null },
    // Else members that no schema knows are dropped from requests and answers instead of refused.
    normalize: false,
  });
  const plain: Plain = (answer) => {
    const handle = plainRoute({ log, requestId, peerOf, observe }, answer);
    return ({ request, route }) => handle(request, route);
  };

  const mendUrl = urlMender(options.tls === null ? "http" : "https");
  app.wrap((fetch, request) => {
    mendUrl(request);
    return fetch;
  });
  if (crossOriginAllowed) app.use(crossOrigin(options.corsOrigins));
  app.use(envelopeRoutes(envelope));
  const site = options.console;
  if (site !== null) {
    app.use(consoleSessionRoutes({ core, plain, peerOf, site }));
    app.use(consoleRoutes({ plain, envelope }));
  }
  app.use(minaRoutes({ core, plain, clientOf }));
  app.use(weappRoutes({ core, plain, clientOf }));
  app.use(forwardAuthRoutes({ core, plain, clientOf }));
  app.use(gatewayRoutes(gateway));
  app.use(healthRoutes({ core, plain }));
  const rest = restRoutes({
    ...{ ...options, log, requestId, peerOf, connectionOf },
    ...(site !== null && { consoleOf: (request: Request) => consoleProof(request, site) }),
  });
  app.use(rest);
  app.all("/api/*", plain(unknownRoute(rest.routes)), { parse: "none" });
  if (options.docs)
    app.use(
      docsRoutes({
        plain,
        routes: rest,
        version: options.facts.version,
        sandbox: sandbox?.routes ?? null,
      }),
    );
  if (metrics !== null)
    app.use(
      metricsRoutes({
        core,
        plain,
        text: metrics,
        trustedNetworks: options.trustedNetworks,
        peerOf,
      }),
    );
  if (sandbox !== null) app.all("/sandbox/*", plain(sandbox.handle), { parse: "none" });
  const unmatched = plain(notFound);
  app.all(
    "/*",
    (context) => {
      // Repeated slashes count as one, as they did at the old servers.
      const handle = envelope.get(pathOf(context.request).replace(/\/{2,}/g, "/"));
      return handle === undefined ? unmatched(context) : handle(context.request);
    },
    { parse: "none" },
  );

  try {
    app.listen({});
  } catch (cause) {
    if (options.tls !== null && !isAddressError(cause))
      throw new StartError(
        `the certificate or its key cannot be used (${(cause as Error).message}): HTTPSCertFile and HTTPSKeyFile must be PEM, and belong together`,
        { cause },
      );
    throw listenError(cause, options, ADDRESS_ADVICE);
  }
  const server = app.server;
  if (server === null) throw new StartError(`cannot listen on ${options.host}:${options.port}`);
  return {
    host: server.hostname ?? options.host,
    port: server.port ?? options.port,
    closeConnectionsAfterAnswer() {
      server.reload({
        routes: {},
        async fetch(request: Request): Promise<Response> {
          const response = await app.fetch(request);
          response.headers.set("Connection", "close");
          return response;
        },
      });
    },
    closeIdleConnections: () => server.closeIdleConnections(),
    async stop() {
      // A client that stalls in the middle of a request gets no more time than an answer can take.
      const deadline = setTimeout(
        () => void server.stop(true),
        (options.upstreamTimeoutSeconds + 1) * 1000,
      );
      await server.stop();
      clearTimeout(deadline);
    },
  };
}

const endpoint = ({ address, port }: Endpoint): Endpoint => ({
  address: plainAddress(address) ?? address,
  port,
});

const notFound = (request: Request): Response =>
  problem(
    404,
    "Not Found",
    `nothing is at ${excerpt(pathOf(request))}; the envelope takes POST at /`,
  );

/** Returns a log without lines of requests, but for those that the operator has to look after. */
const withoutRequests = ({ warn, error }: Log): Log => ({
  debugEnabled: false,
  debug: () => undefined,
  info: () => undefined,
  warn,
  error,
});

function serveOptions({ host, port, shared, tls, ...timeouts }: HttpOptions) {
  return {
    ...(tls !== null && { tls }),
    hostname: host,
    development: false,
    port,
    reusePort: shared,
    // Each protocol refuses large bodies in its own words, unread; Bun would answer 413.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    idleTimeout: idleTimeout(timeouts),
  };
}

/**
 * Returns the seconds after which Bun may close a connection on which nothing moves. A request that
 * waits for WeChat, after another one that did, is such a connection too.
 */
function idleTimeout({
  idleTimeoutSeconds,
  upstreamTimeoutSeconds,
}: Pick<HttpOptions, "idleTimeoutSeconds" | "upstreamTimeoutSeconds">): number {
  const longestAnswer = Math.ceil(2 * upstreamTimeoutSeconds) + 10;
  return Math.min(
    MAX_IDLE_SECONDS,
    Math.max(idleTimeoutSeconds + IDLE_STEP_SECONDS, longestAnswer),
  );
}
