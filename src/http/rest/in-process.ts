import type { Core } from "../../core/core.ts";
import type { Log } from "../../core/ports.ts";
import { createRequestIds } from "../request-id.ts";
import { restRoutes } from "./routes.ts";

/** The REST API without a server: answers requests that this process makes to itself. */
export function restInProcess({
  core,
  log,
}: {
  core: Core;
  log: Log;
}): (request: Request) => Promise<Response> {
  const routes = restRoutes({ core, log, requestId: createRequestIds(), peerOf: () => null });
  return async (request) => routes.handle(request);
}
