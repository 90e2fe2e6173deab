import type { BlockList } from "node:net";
import { Elysia } from "elysia";
import type { Core } from "../core/core.ts";
import { Failure } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { callerOf } from "./caller.ts";
import { listenError, METRICS_ADVICE } from "./listen-error.ts";
import { directPeer, type Peer } from "./peer.ts";
import { type Plain, plainRoute } from "./plain-route.ts";
import { problem } from "./problem.ts";
import { createRequestIds } from "./request-id.ts";
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
 * this machine is not enough: behind a proxy that adds no header everybody seems to be.
 */
export function metricsRoutes({ core, plain, text, trustedNetworks, peerOf }: MetricsRoutes) {
  return new Elysia().get(
    "/metrics",
    plain(async (request, requestId) => {
      const caller = callerOf(request.headers, peerOf(request), trustedNetworks);
      const by = await core.access.authorize(caller, "admin");
      if (by instanceof Failure)
        return {
          response: problemResponse(refusalOf(by), requestId, SECURITY_HEADERS),
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
 * Serves /metrics, and nothing else, on a listener of its own, to anyone who reaches it.
 *
 * @throws StartError when it cannot listen
 */
export function startMetricsListener({ text, log, host, port, shared }: MetricsListener) {
  const route = plainRoute(
    {
      log,
      requestId: createRequestIds(),
      peerOf: (request) => directPeer(server.requestIP(request)?.address ?? null),
      observe: null,
    },
    async (request) => {
      if (URL.parse(request.url)?.pathname !== "/metrics")
        return problem(404, "Not Found", "nothing but /metrics is here");
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
  return { stop: () => server.stop(true) };
}

const metricsResponse = async (text: MetricsText): Promise<Response> =>
  new Response(await text(), { headers: { "Content-Type": CONTENT_TYPE } });
