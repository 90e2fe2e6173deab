import { createRequestIds } from "../request-id.ts";
import type { RestOptions } from "./context.ts";
import { restRoutes } from "./routes.ts";
import type { ServerFacts } from "./server/model.ts";

/** The REST API without a server: answers requests that this process makes to itself. */
export function restInProcess(
  options: Pick<RestOptions, "core" | "log"> & { facts: ServerFacts },
): (request: Request) => Promise<Response> {
  const routes = restRoutes({ ...options, requestId: createRequestIds(), peerOf: () => null, observe: null });
  return async (request) => routes.handle(request);
}
