import { BlockList } from "node:net";
import { Elysia } from "elysia";
import { SERVICE_KEY_PREFIX } from "../../core/access/service-key.ts";
import { loggableId } from "../../core/apps/app.ts";
import type { Core } from "../../core/core.ts";
import { Failure, type WeChatError } from "../../core/errors.ts";
import type { GatewayProof } from "../../core/gateway/gateway-access.ts";
import {
  ANSWER_HEADERS,
  type CallBody,
  type GatewayAnswer,
} from "../../core/gateway/gateway-upstream.ts";
import { GATEWAY_CALL, logRequest } from "../access-log.ts";
import { callerOf } from "../caller.ts";
import { millisecondsSince, type PlainRouteOptions } from "../plain-route.ts";
import { pathOf } from "../request-url.ts";
import { problemResponse, Refusal, refusalOf } from "../rest/problem.ts";
import { SECURITY_HEADERS } from "../security-headers.ts";
import { BodyTooLarge, takeBody } from "./body.ts";
import { hostedEndpoint } from "./hosted-endpoints.ts";
import { splitQuery, type Target, targetOf } from "./target.ts";
import { TOO_LARGE, wechatFailure, wechatRefusal } from "./wechat-words.ts";

/** The routes, as the log and the metrics name them. */
export const GATEWAY_ROUTES = ["/wechat/*", "/wecom/*"] as const;

/** Whether a path is one of the gateway's. */
export const isGatewayPath = (path: string): boolean =>
  GATEWAY_ROUTES.some((route) => path.startsWith(route.slice(0, -1)));

/** The longest that a call may take in all, its body and its answer included. */
const LONGEST_CALL_MS = 120_000;

/** The status in the log of a call whose client did not wait for the answer. */
const CLIENT_GONE = 499;

/** The headers of a request that go through. */
const HEADERS = ["content-type", "accept", "user-agent"];

/** Statuses whose answers have no body. */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** `trusted_networks` do not count here: every caller can send a key. */
const NO_NETWORKS = new BlockList();

export interface GatewayOptions extends PlainRouteOptions {
  core: Core;
  /** The option `gateway.max_body`. */
  maxBodyBytes: number;
  /** Set when only the owner of the data folder can send requests, who needs no key. */
  isOwner?: true;
}

export type GatewayHandler = (request: Request) => Promise<Response>;

/** The facts about a request when it ends, for its line in the log. */
interface Outcome {
  status: number;
  failure?: Failure | null;
  by?: string | null;
  error?: WeChatError | null;
  bytes?: number;
}

/**
 * Returns the handler of calls of WeChat's API without tokens
 * (docs/protocol-reference.md#gateway).
 */
export function gatewayHandler(options: GatewayOptions): GatewayHandler {
  const { log, requestId, peerOf, observe } = options;
  return async (request) => {
    const startedAt = performance.now();
    const id = requestId();
    const { client } = peerOf(request);
    const target = targetOf(request);
    const end = ({ status, failure = null, by = null, error = null, bytes = 0 }: Outcome): void => {
      const route = pathOf(request).startsWith("/wecom/") ? GATEWAY_ROUTES[1] : GATEWAY_ROUTES[0];
      const line = {
        ...{ requestId: id, method: request.method, peer: client, status },
        // A path of somebody unknown may be anything.
        path: by === null ? route : (target?.path ?? route),
        durationMs: millisecondsSince(startedAt),
        appid: loggableId(target?.owner.name ?? null),
        ...{ by, bytes, errcode: error?.errcode ?? 0, rid: error?.rid ?? null },
      };
      logRequest(log, line, failure, false, GATEWAY_CALL);
      observe?.({
        ...{ protocol: "gateway", operation: route },
        code: failure?.code ?? status,
        failure: failure?.code ?? null,
        durationMs: performance.now() - startedAt,
      });
    };
    try {
      return await answerCall({ ...options, request, id, client, target, end });
    } catch (cause) {
      const failure = new Failure("internal", { cause });
      end({ status: 500, failure });
      return problemOf(refusalOf(failure), id, false);
    }
  };
}

interface Exchange extends GatewayOptions {
  request: Request;
  id: string;
  /** The client's address; null when it is unknown. */
  client: string | null;
  /** null for a path that names no owner. */
  target: Target | null;
  /** Writes what is known of the request, once. */
  end: (outcome: Outcome) => void;
}

async function answerCall(exchange: Exchange): Promise<Response> {
  const { core, request, id, client, target, end } = exchange;
  if (target === null) {
    end({ status: 404, failure: new Failure("appNotFound") });
    return problemOf(new Refusal("notFound"), id, false);
  }
  const { token, query } = splitQuery(request);
  const proof = proofOf(exchange, token, query);
  const endpoint = hostedEndpoint(target);
  const isWechatsWay = "token" in proof || endpoint?.takesSecret === true;
  const refuse = (failure: Failure, by: string | null = null): Response => {
    const response = isWechatsWay
      ? wechatFailure(failure, id, endpoint?.takesSecret)
      : problemOf(refusalOf(failure), id, by !== null);
    end({ status: response.status, failure, by, error: failure.detail.wechat ?? null });
    return response;
  };
  if (endpoint !== null) {
    const asked = { ...target, core, request, proof, address: client };
    const outcome = await endpoint.answer({ ...asked, query: new URLSearchParams(query) });
    if (outcome instanceof Failure) return refuse(outcome);
    end({ status: 200 });
    return "answer" in outcome
      ? Response.json(outcome.answer, { headers: headersOf(id) })
      : wechatRefusal(outcome.refusal, id);
  }
  const by = await core.gatewayAccess.authorize(target.owner, proof, target.path);
  if (by instanceof Failure) return refuse(by);
  const refuseLarge = (): Response =>
    isWechatsWay
      ? wechatRefusal(TOO_LARGE, id, 413)
      : problemOf(new Refusal("bodyTooLarge"), id, true);
  return forward({ ...exchange, target }, query, by, { refuse, refuseLarge });
}

/** The answers to a caller in its own way: problems, or WeChat's words. */
interface Refusals {
  /** Also ends the request's line in the log. */
  refuse: (failure: Failure, by: string) => Response;
  refuseLarge: () => Response;
}

/** Makes the call, and passes the answer on. */
async function forward(
  { core, request, id, target, maxBodyBytes, end }: Exchange & { target: Target },
  query: string,
  by: string,
  { refuse, refuseLarge }: Refusals,
): Promise<Response> {
  const ending = new AbortController();
  const leave = (): void => ending.abort(new DOMException("the client has gone", "AbortError"));
  request.signal.addEventListener("abort", leave);
  const timer = setTimeout(
    () => ending.abort(new DOMException("the call took too long", "TimeoutError")),
    LONGEST_CALL_MS,
  );
  let isOver = false;
  const settle = (): void => {
    isOver = true;
    clearTimeout(timer);
    request.signal.removeEventListener("abort", leave);
  };
  const finish = (outcome: Outcome): void => {
    if (isOver) return;
    settle();
    end({ ...(request.signal.aborted ? { status: CLIENT_GONE } : outcome), by });
  };
  const tooLarge = (): Response => {
    finish({ status: 413, failure: new Failure("badParameter", { reason: "body" }) });
    return refuseLarge();
  };
  const gone = (): Response => {
    finish({ status: CLIENT_GONE });
    return new Response(null, { status: CLIENT_GONE });
  };
  let body: CallBody;
  try {
    body = await within(ending.signal, takeBody(request, maxBodyBytes));
  } catch (error) {
    if (error instanceof BodyTooLarge) return tooLarge();
    // Nothing else fails but a client that has gone, or takes too long.
    if (error !== ending.signal.reason || request.signal.aborted) return gone();
    settle();
    return refuse(new Failure("wechatUnreachable", { cause: error }), by);
  }
  const sent = "kept" in body ? null : new SentBody(body.stream);
  const answer = await core.gateway.call(
    {
      ...{ ...target, method: request.method, query, headers: passedOf(request) },
      ...{ body: sent === null ? body : { ...body, stream: sent }, signal: ending.signal },
    },
    by,
  );
  if (sent?.error instanceof BodyTooLarge) return tooLarge();
  if (!(answer instanceof Failure)) return pass(answer, id, request.method, { ending, finish });
  if (request.signal.aborted || (sent?.error ?? null) !== null) return gone();
  settle();
  return refuse(answer, by);
}

/** Returns the outcome of a promise, or rejects with the reason of a signal. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  return Promise.race([promise, aborted]);
}

/** A body that keeps the error that ended it. */
class SentBody implements AsyncIterable<Uint8Array> {
  /** null while there is none. */
  error: unknown = null;
  readonly #chunks;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#chunks;
    } catch (error) {
      this.error = error;
      throw error;
    }
  }
}

function pass(
  { status, headers: passed, body, error }: GatewayAnswer,
  id: string,
  method: string,
  { ending, finish }: { ending: AbortController; finish: (outcome: Outcome) => void },
): Response {
  if (!(body instanceof ReadableStream)) {
    finish({ status, error, bytes: body.length });
    // Bun counts a body itself; only the answer to HEAD has none to count.
    const headers = answerHeaders(id, passed, method === "HEAD");
    return new Response(BODILESS.has(status) ? null : (body as Bun.BodyInit), { status, headers });
  }
  const reader = body.getReader();
  let bytes = 0;
  const paced = new ReadableStream<Uint8Array>(
    {
      async pull(stream) {
        try {
          const { done, value } = await reader.read();
          if (done) {
            finish({ status, bytes });
            return stream.close();
          }
          bytes += value.length;
          stream.enqueue(value);
        } catch (cause) {
          // The client sees a broken connection, and not the end of the answer.
          finish({ status, bytes, failure: new Failure("wechatUnreachable", { cause }) });
          stream.error(cause);
        }
      },
      async cancel() {
        finish({ status: CLIENT_GONE, bytes });
        ending.abort(new DOMException("the client has gone", "AbortError"));
        await reader.cancel().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const headers = answerHeaders(id, passed, true);
  return new Response(paced as Bun.BodyInit, { status, headers });
}

/** Each answer takes a copy, which costs a tenth of building them from texts. */
const headersOfAnswer = new Headers(SECURITY_HEADERS);

/** Returns the headers of an answer, which the next call of this changes. */
function answerHeaders(
  id: string,
  passed: GatewayAnswer["headers"],
  withLength: boolean,
): Headers {
  headersOfAnswer.set("X-Request-Id", id);
  for (const name of ANSWER_HEADERS) {
    const value = name !== "content-length" || withLength ? passed[name] : undefined;
    if (value === undefined) headersOfAnswer.delete(name);
    else headersOfAnswer.set(name, value);
  }
  return headersOfAnswer;
}

/** Returns how the caller shows who it is: a header counts before the query. */
function proofOf(
  { request, client, peerOf, isOwner }: Exchange,
  token: string | null,
  query: string,
): GatewayProof {
  if (token !== null && !request.headers.has("authorization")) return { token, address: client };
  // Without the query, whose members are WeChat's, and may be called as keys are.
  const { headers } = request;
  const caller = callerOf({ headers, url: "" }, peerOf(request), NO_NETWORKS);
  const key = query.includes(SERVICE_KEY_PREFIX) ? "" : caller.key;
  return { caller: { ...caller, key, ...(isOwner === true && { isOwner }) } };
}

function passedOf({ headers }: Request): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = headers.get(name);
    if (value !== null) passed[name] = value;
  }
  return passed;
}

const headersOf = (id: string): Record<string, string> => ({
  ...SECURITY_HEADERS,
  "X-Request-Id": id,
});

const problemOf = (refusal: Refusal, requestId: string, isKnown: boolean): Response =>
  problemResponse(refusal, { requestId, standing: SECURITY_HEADERS, isKnown });

/** Returns the gateway for any method. */
export function gatewayRoutes(handle: GatewayHandler) {
  const app = new Elysia({ name: "gateway" });
  for (const route of GATEWAY_ROUTES)
    app.all(route, ({ request }) => handle(request), { parse: "none" });
  return app;
}

/**
 * Returns the gateway as routes of Bun's own.
 *
 * @param plainly answers requests whose URL has to be mended first
 */
export const directGatewayRoutes = (
  handle: GatewayHandler,
  plainly: (request: Request) => Response | Promise<Response>,
) =>
  Object.fromEntries(
    GATEWAY_ROUTES.map((route) => [
      route,
      (request: Request) => (request.url.startsWith("http") ? handle(request) : plainly(request)),
    ]),
  );
