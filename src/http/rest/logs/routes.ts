import { Elysia } from "elysia";
import { Failure } from "../../../core/errors.ts";
import { type LogFilter, logFilterOf } from "../../../core/logs/log-line.ts";
import { parsePosition, type ServerLog } from "../../../core/logs/server-log.ts";
import { SECURITY_HEADERS } from "../../security-headers.ts";
import { type RestCall, type RestOptions, restContext, unwrap } from "../context.ts";
import { guards } from "../guard.ts";
import { pageOf } from "../model.ts";
import { Refusal, refusalOf } from "../problem.ts";
import { type FollowStart, type LogFollowers, MOST_FOLLOWERS } from "./followers.ts";
import { LogPage, LogQueryModel } from "./model.ts";

/** The log of this server, and those that follow it. */
export interface ServerLogOptions {
  serverLog: ServerLog;
  followers: LogFollowers;
}

const EVENTS = "text/event-stream";
/** How long a follower waits that was one too many. */
const RETRY_SECONDS = 5;

/** Routes of the latest lines of the log. */
export function logRoutes(options: RestOptions & ServerLogOptions) {
  const { admin } = guards(options.core, "server");
  return new Elysia({ prefix: "/server" }).use(restContext(options)).get(
    "/logs",
    async ({ request, query, call }) => {
      if (request.headers.get("accept")?.includes(EVENTS) !== true)
        return unwrap(await options.serverLog.page(logFilterOf(query), pageOf(query)));
      const start = { tail: query.tail ?? 0, from: lastPositionOf(request) };
      // Clients' types come from the routes, and must not widen to any response.
      return followed(options.followers, logFilterOf(query), start, { request, call }) as never;
    },
    admin({
      query: LogQueryModel,
      response: { 200: LogPage },
      detail: { text: "readLog", alsoGives: [EVENTS] },
    }),
  );
}

function followed(
  followers: LogFollowers,
  filter: LogFilter,
  start: FollowStart,
  { request, call }: { request: Request; call: RestCall },
): Response {
  const events = followers.follow(filter, start, request.signal);
  if (events === null)
    throw refusalOf(
      new Failure("tooOften", {
        reason: `${MOST_FOLLOWERS} clients follow the log at this process`,
        retryAfterSeconds: RETRY_SECONDS,
      }),
    );
  return new Response(events, {
    headers: {
      ...SECURITY_HEADERS,
      "Content-Type": EVENTS,
      "X-Request-Id": call.requestId,
      // nginx would keep the lines back until it has a buffer full of them.
      "X-Accel-Buffering": "no",
    },
  });
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
