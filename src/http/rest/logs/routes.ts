import { Elysia } from "elysia";
import { logFilterOf } from "../../../core/logs/log-line.ts";
import { parsePosition, type ServerLog } from "../../../core/logs/server-log.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
import { adminClient, EVENTS, eventsResponse, takesEvents } from "../events.ts";
import type { Followers } from "../followers.ts";
import { guards } from "../guard.ts";
import { pageOf } from "../model.ts";
import { Refusal } from "../problem.ts";
import { MOST_FOLLOWERS } from "./followers.ts";
import { LogPage, LogQueryModel } from "./model.ts";

/** The log of this server, and those that follow it. */
export interface ServerLogOptions {
  serverLog: ServerLog;
  followers: Followers;
}

/** Routes of the latest lines of the log. */
export function logRoutes(options: RestOptions & ServerLogOptions) {
  const { admin } = guards(options.core, "server");
  return new Elysia({ prefix: "/server" }).use(restContext(options)).get(
    "/logs",
    async ({ request, query, call }) => {
      if (!takesEvents(request))
        return unwrap(await options.serverLog.page(logFilterOf(query), pageOf(query)));
      const start = { tail: query.tail ?? 0, from: lastPositionOf(request) };
      const client = adminClient(options.core.access, { request, call });
      const events = options.followers.log.follow(logFilterOf(query), start, client);
      // Clients' types come from the routes, and must not widen to any response.
      return eventsResponse(events, { call, most: MOST_FOLLOWERS }) as never;
    },
    admin({
      query: LogQueryModel,
      response: { 200: LogPage },
      detail: { text: "readLog", alsoGives: [EVENTS] },
    }),
  );
}

/** Returns the position at which the client's earlier connection ended; null for a new client. */
function lastPositionOf(request: Request) {
  const id = request.headers.get("last-event-id");
  if (id === null || id === "") return null;
  const position = parsePosition(id);
  if (position === null)
    throw new Refusal("badParameter", {
      errors: [
        { in: "header", pointer: "/last-event-id", detail: "must be the `id` of an earlier event" },
      ],
    });
  return position;
}
