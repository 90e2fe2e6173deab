import type { Access } from "../../core/access/access.ts";
import { Failure } from "../../core/errors.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import type { RestCall } from "./context.ts";
import type { StreamClient } from "./event-streams.ts";
import { refusalOf } from "./problem.ts";

/** The media type of server-sent events. */
export const EVENTS = "text/event-stream";
/** How long a follower waits that was one too many. */
const RETRY_SECONDS = 5;

/** Tells whether a client takes server-sent events. */
export const takesEvents = (request: Request): boolean =>
  request.headers.get("accept")?.includes(EVENTS) === true;

/** Returns the client of a stream for administrators. */
export const adminClient = (
  access: Pick<Access, "isStillAdmin">,
  { request, call }: { request: Request; call: RestCall },
): StreamClient => ({
  gone: request.signal,
  mayFollow: () => access.isStillAdmin(call.caller),
});

/**
 * Returns the answer of server-sent events.
 *
 * @param events null when the process has as many followers as it takes
 * @throws Refusal tooOften
 */
export function eventsResponse(
  events: ReadableStream<Uint8Array> | null,
  { call, most }: { call: RestCall; most: number },
): Response {
  if (events === null)
    throw refusalOf(
      new Failure("tooOften", {
        reason: `${most} clients follow at this process`,
        retryAfterSeconds: RETRY_SECONDS,
      }),
    );
  return new Response(events, {
    headers: {
      ...SECURITY_HEADERS,
      "Content-Type": EVENTS,
      "X-Request-Id": call.requestId,
      // nginx would keep the events back until it has a buffer full of them.
      "X-Accel-Buffering": "no",
    },
  });
}
