import { BlockList } from "node:net";
import { Elysia } from "elysia";
import type { Caller, ConsoleProof } from "../../core/access/access.ts";
import type { Actor } from "../../core/access/audit.ts";
import type { ConnectionEnds } from "../../core/access/key-proof.ts";
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
  /** The option `trusted_networks`. */
  trustedNetworks: BlockList;
  /** Called for every answered request; null without metrics. */
  observe: Observe | null;
  /** Returns what a request shows by the console's cookie; absent where it does not count. */
  consoleOf?: (request: Request) => ConsoleProof | undefined;
  /** Set when only the owner of the data folder can send requests, who needs no key. */
  isOwner?: true;
  /** Returns a request's connection; absent where there is none. */
  connectionOf?: (request: Request) => ConnectionEnds | null;
}

/** The facts about a request that do not come from its content. */
export interface RestCall {
  requestId: string;
  startedAt: number;
  peer: Peer;
  caller: Caller;
  /** The caller on whose behalf the route works; set when the caller is authorized. */
  actor: Actor;
  /** The failure of the request, or null. */
  failure: Failure | null;
  /** Set by routes whose successes are too frequent to be logged at info. */
  isQuiet: boolean;
}

/** A body before its sender is authorized. */
export class RawBody {
  /** null when it was too large. */
  readonly text: string | null;

  constructor(text: string | null) {
    this.text = text;
  }
}

/** The actor of a request until its caller is authorized. */
export const GUEST = "guest";

/** `trusted_networks` do not count here: every caller of this API can send a key. */
const NO_NETWORKS = new BlockList();

/** Returns the plugin that all routes share: request ids, security headers, problems, the log. */
export function restContext({ log, requestId, peerOf, observe, isOwner, consoleOf }: RestOptions) {
  return new Elysia({ name: "rest-context" })
    .onParse({ as: "scoped" }, async ({ request }) => new RawBody(await readBody(request)))
    .derive({ as: "scoped" }, ({ request, set }): { call: RestCall } => {
      const id = requestId();
      const peer = peerOf(request);
      const console = consoleOf?.(request);
      Object.assign(set.headers, SECURITY_HEADERS, { "X-Request-Id": id });
      return {
        call: {
          requestId: id,
          startedAt: performance.now(),
          peer,
          caller: {
            ...callerOf(request, peer, NO_NETWORKS),
            ...(isOwner === true && { isOwner }),
            ...(console !== undefined && { console }),
          },
          actor: { by: GUEST, requestId: id, address: peer.client },
          failure: null,
          isQuiet: false,
        },
      };
    })
    .onError({ as: "scoped" }, ({ error, call }) => {
      const refusal = refusalOfError(error);
      const id = call?.requestId ?? requestId();
      if (call !== undefined) call.failure = refusal.failure ?? new Failure("badParameter");
      // Clients' types come from the routes, and must not widen to any response.
      const isKnown = call !== undefined && call.actor.by !== GUEST;
      const context = { requestId: id, standing: SECURITY_HEADERS, isKnown };
      return problemResponse(refusal, context) as never;
    })
    .onAfterResponse({ as: "scoped" }, ({ request, route, params, set, call, responseValue }) => {
      if (call === undefined) return;
      const status =
        responseValue instanceof Response ? responseValue.status : Number(set.status ?? 200);
      const isQuiet = call.isQuiet && call.failure === null;
      if (!isQuiet || log.debugEnabled) {
        const line = {
          requestId: call.requestId,
          method: request.method,
          // The route, because paths hold openids and session ids.
          path: route,
          peer: call.peer.client,
          status,
          durationMs: millisecondsSince(call.startedAt),
          appid: loggableId((params as Record<string, string> | undefined)?.["appid"] ?? null),
          by: call.actor.by,
        };
        logRequest(log, line, call.failure, isQuiet);
      }
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

/** Returns the value of an outcome, or throws the refusal of its failure. */
export function unwrap<T>(outcome: T, statuses?: StatusRules): Exclude<T, Failure> {
  if (outcome instanceof Failure) throw refusalOf(outcome, statuses);
  return outcome as Exclude<T, Failure>;
}
