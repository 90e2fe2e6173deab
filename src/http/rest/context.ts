import { BlockList } from "node:net";
import { Elysia } from "elysia";
import type { Caller } from "../../core/access/access.ts";
import type { Actor } from "../../core/access/audit.ts";
import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure } from "../../core/errors.ts";
import type { Log } from "../../core/ports.ts";
import { logRequest } from "../access-log.ts";
import { readBody } from "../body.ts";
import { callerOf } from "../caller.ts";
import type { Observe } from "../observe.ts";
import type { Peer } from "../peer.ts";
import { millisecondsSince } from "../plain-route.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import { problemResponse, Refusal, refusalOf, type StatusRules } from "./problem.ts";

export interface RestOptions {
  core: Core;
  log: Log;
  requestId: () => string;
  /** The other end of a request's connection. */
  peerOf: (request: Request) => Peer;
  /** Told of every answered request; null when nobody counts them. */
  observe: Observe | null;
}

/** What the routes know of a request beside what it says. */
export interface RestCall {
  requestId: string;
  startedAt: number;
  peer: Peer;
  caller: Caller;
  /** On whose behalf the route works; set when the caller is let in. */
  actor: Actor;
  /** What came of it, if it failed. */
  failure: Failure | null;
}

/** A body as it came, before anybody knows whether its sender may send it. */
export class RawBody {
  /** null when it was too large to be read. */
  readonly text: string | null;

  constructor(text: string | null) {
    this.text = text;
  }
}

/** Whoever can call this API can send a key: the old, open behaviour of `trusted_networks` is the envelope's. */
const NO_NETWORKS = new BlockList();

/** What every route of the API shares: request ids, security headers, problems, the log. */
export function restContext({ log, requestId, peerOf, observe }: RestOptions) {
  return new Elysia({ name: "rest-context" })
    .onParse({ as: "scoped" }, async ({ request }) => new RawBody(await readBody(request)))
    .derive({ as: "scoped" }, ({ request, set }): { call: RestCall } => {
      const id = requestId();
      const peer = peerOf(request);
      Object.assign(set.headers, SECURITY_HEADERS, { "X-Request-Id": id });
      return {
        call: {
          requestId: id,
          startedAt: performance.now(),
          peer,
          caller: callerOf(request.headers, peer, NO_NETWORKS),
          actor: { by: "guest", requestId: id },
          failure: null,
        },
      };
    })
    .onError({ as: "scoped" }, ({ error, call }) => {
      const refusal = refusalOfError(error);
      const id = call?.requestId ?? requestId();
      if (call !== undefined) call.failure = refusal.failure ?? new Failure("badParameter");
      // A client's types shall know what the routes say, not that this may be any response.
      return problemResponse(refusal, id, SECURITY_HEADERS) as never;
    })
    .onAfterResponse({ as: "scoped" }, ({ request, route, params, set, call, responseValue }) => {
      if (call === undefined) return;
      const status =
        responseValue instanceof Response ? responseValue.status : Number(set.status ?? 200);
      const line = {
        requestId: call.requestId,
        method: request.method,
        // The route, not the path: openids and session ids are in paths.
        path: route,
        peer: call.peer.client,
        status,
        durationMs: millisecondsSince(call.startedAt),
        appid: loggableId((params as Record<string, string> | undefined)?.["appid"] ?? null),
        by: call.actor.by,
      };
      logRequest(log, line, call.failure);
      observe?.({
        protocol: "rest",
        operation: `${request.method} ${route}`,
        code: status,
        failure: call.failure?.code ?? null,
        durationMs: performance.now() - call.startedAt,
      });
    });
}

function refusalOfError(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return refusalOf(new Failure("internal", { cause: error }));
}

/** The value of an outcome; a failure becomes the route's answer. */
export function unwrap<T>(outcome: T, statuses?: StatusRules): Exclude<T, Failure> {
  if (outcome instanceof Failure) throw refusalOf(outcome, statuses);
  return outcome as Exclude<T, Failure>;
}
