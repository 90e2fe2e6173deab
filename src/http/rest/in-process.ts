import { BlockList } from "node:net";
import { type GatewayOptions, gatewayHandler, isGatewayPath } from "../gateway/routes.ts";
import type { Peer } from "../peer.ts";
import { createRequestIds } from "../request-id.ts";
import { pathOf } from "../request-url.ts";
import type { RestOptions } from "./context.ts";
import { restRoutes, type ServerOptions } from "./routes.ts";

/** The peer of a request that comes by no network. */
const NOBODY: Peer = { address: null, client: null, isProxied: false };

/**
 * Returns the REST API and the gateway for requests that come by no network, of the owner of the
 * data folder: those of this process itself, and those of a socket in the folder. They need no key.
 */
export function restInProcess(
  options: Pick<RestOptions, "core" | "log" | "observe"> &
    ServerOptions &
    Pick<GatewayOptions, "maxBodyBytes">,
): (request: Request) => Promise<Response> {
  const shared = {
    ...options,
    requestId: createRequestIds(),
    peerOf: () => NOBODY,
    isOwner: true,
  } as const;
  const routes = restRoutes({ ...shared, trustedNetworks: new BlockList() });
  const gateway = gatewayHandler(shared);
  return async (request) =>
    isGatewayPath(pathOf(request)) ? gateway(request) : routes.handle(request);
}
