import { BlockList } from "node:net";
import type { Peer } from "../peer.ts";
import { createRequestIds } from "../request-id.ts";
import type { RestOptions } from "./context.ts";
import { restRoutes } from "./routes.ts";
import type { ServerFacts } from "./server/model.ts";

/** The peer of a request that this process makes to itself. */
const NOBODY: Peer = { address: null, client: null, isProxied: false };

/** Returns the REST API without a server, for requests that this process makes to itself. */
export function restInProcess(
  options: Pick<RestOptions, "core" | "log"> & { facts: ServerFacts },
): (request: Request) => Promise<Response> {
  const routes = restRoutes({
    ...options,
    requestId: createRequestIds(),
    peerOf: () => NOBODY,
    trustedNetworks: new BlockList(),
    observe: null,
  });
  return async (request) => routes.handle(request);
}
