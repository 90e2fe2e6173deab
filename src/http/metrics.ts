import type { BlockList } from "node:net";
import { Elysia } from "elysia";
import type { Core } from "../core/core.ts";
import { Failure } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { isLoopback } from "./address.ts";
import { callerOf } from "./caller.ts";
import { listenError, METRICS_ADVICE } from "./listen-error.ts";
import { isOwnHost } from "./own-host.ts";
import { directPeer, type Peer } from "./peer.ts";
import { type Plain, plainRoute } from "./plain-route.ts";
import { problem } from "./problem.ts";
import { createRequestIds } from "./request-id.ts";
import { pathOf, urlMender } from "./request-url.ts";
import { problemResponse, refusalOf } from "./rest/problem.ts";
import { SECURITY_HEADERS } from "./security-headers.ts";

/** Prometheus' text format. */
const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Gives all metrics as text. */
export type MetricsText = () => Promise<string>;

export interface MetricsRoutes {
  core: Core;
  plain: Plain;
  text: MetricsText;
  trustedNetworks: BlockList;
  peerOf: (request: Request) => Peer;
}

/**
 * /metrics beside the rest, for holders of the admin key and peers in trusted_networks. Being on
 * this machine is not enough: behind a proxy that adds no header everybody seems to be. A browser
 * sends no Origin with a GET of its own page, so a page that gave this machine a name of its own
 * (DNS rebinding) is known by that name only.
 */
export function metricsRoutes({ core, plain, text, trustedNetworks, peerOf }: MetricsRoutes) {
  return new Elysia().get(
    "/metrics",
    plain(async (request, requestId) => {
      const caller = callerOf(request, peerOf(request), trustedNetworks);
      const isTrusted = caller.isTrusted && isOwnHost(request.headers.get("host"));
      const by = await core.access.authorize({ ...caller, isTrusted }, "admin");
      if (by instanceof Failure)
        return {
          response: problemResponse(refusalOf(by), {
            requestId,
            standing: SECURITY_HEADERS,
            isKnown: false,
          }),
          failure: by,
        };
      return { response: await metricsResponse(text), quiet: true };
    }),
  );
}

export interface MetricsListener {
  text: MetricsText;
  log: Log;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Whether other processes of this service listen there too. */
  shared: boolean;
}

/**
 * Serves /metrics, and nothing else, on a listener of its own, to anyone who reaches it. On this
 * machine that would be every web page too, by a name of its own for 127.0.0.1.
 *
 * @throws StartError when it cannot listen
 */
export function startMetricsListener({ text, log, host, port, shared }: MetricsListener) {
  const peerOf = (request: Request) => directPeer(server.requestIP(request)?.address ?? null);
  const mendUrl = urlMender("http");
  const route = plainRoute(
    { log, requestId: createRequestIds(), peerOf, observe: null },
    async (request) => {
      mendUrl(request);
      if (pathOf(request) !== "/metrics")
        return problem(404, "Not Found", "nothing but /metrics is here");
      const { address } = peerOf(request);
      if (address !== null && isLoopback(address) && !isOwnHost(request.headers.get("host")))
        return problem(403, "Forbidden", "ask by an address of this machine, or by localhost");
      return { response: await metricsResponse(text), quiet: true };
    },
  );
  const listen = () =>
    Bun.serve({
      hostname: host,
      port,
      reusePort: shared,
      development: false,
      fetch: (request) => route(request),
    });
  let server: ReturnType<typeof listen>;
  try {
    server = listen();
  } catch (cause) {
    throw listenError(cause, { host, port }, METRICS_ADVICE);
  }
  log.info({ host: server.hostname, port: server.port }, "metrics are served");
  return {
    closeIdleConnections: () => server.closeIdleConnections(),
    stop: () => server.stop(true),
  };
}

const metricsResponse = async (text: MetricsText): Promise<Response> =>
  new Response(await text(), { headers: { "Content-Type": CONTENT_TYPE } });
