import { BlockList } from "node:net";
import type { Peer } from "../peer.ts";
import { createRequestIds } from "../request-id.ts";
import type { RestOptions } from "./context.ts";
import { restRoutes, type ServerOptions } from "./routes.ts";

/** The peer of a request that comes by no network. */
const NOBODY: Peer = { address: null, client: null, isProxied: false };

/**
 * Returns the REST API for requests that come by no network, of the owner of the data folder: those
 * of this process itself, and those of a socket in the folder. They need no key.
 */
export function restInProcess(
  options: Pick<RestOptions, "core" | "log" | "observe"> & ServerOptions,
): (request: Request) => Promise<Response> {
  const routes = restRoutes({
    ...options,
    requestId: createRequestIds(),
    peerOf: () => NOBODY,
    trustedNetworks: new BlockList(),
    isOwner: true,
  });
  return async (request) => routes.handle(request);
}
