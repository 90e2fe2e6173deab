// Not "undici": Bun answers that name with its own fetch, which ignores timeouts and the agent.
import { type Dispatcher, request } from "undici/index.js";
import { Failure } from "../core/errors.ts";
import { type AnswerObject, readAnswer } from "./answer.ts";
import { createDispatcher } from "./dispatcher.ts";
import { ERRCODE_BUSY, errorOf } from "./errcode.ts";
import { type TimeLimits, unreachableReason } from "./unreachable.ts";

export interface UpstreamOptions {
  connectTimeoutSeconds: number;
  /** For a whole call, its retries included. */
  timeoutSeconds: number;
  /** The most connections to a host; further calls wait for one. */
  connections: number;
  /** An HTTP proxy for all calls, such as http://10.0.0.1:3128; null without one. */
  proxy?: string | null;
  /** Called for every request, retries included: they count towards WeChat's quotas. */
  onRequest?: (counted: CountedRequest) => void;
  /** Called with the outcome of every request, retries included. */
  onAnswer?: (answered: AnsweredCall) => void;
}

/** The outcome of one request to WeChat. */
export interface AnsweredCall {
  endpoint: string;
  /**
   * WeChat's errcode, 0 for a success; or that it was unreachable, or did not answer a JSON object.
   */
  outcome: number | "unreachable" | "invalid";
  durationMs: number;
}

/** The subject and the endpoint under which a request is counted. */
export interface CountedRequest {
  /** An appid, or `corpid:agentid`. */
  subject: string;
  endpoint: string;
}

/** A call of WeChat's API. */
export interface UpstreamCall extends CountedRequest {
  /** Without its query, which holds secrets. */
  url: string;
  query?: Record<string, string>;
  /** Sent by POST as JSON; absent for GET. */
  body?: object;
}

/** Pauses before the second and the third attempt, in milliseconds. */
const RETRY_DELAYS = [100, 400];

/**
 * Calls WeChat's servers: verified TLS, kept-alive connections, bounded in time, and no request
 * that may have arrived is repeated.
 */
export class UpstreamHttp {
  readonly #agent: Dispatcher;
  readonly #limits: TimeLimits;
  readonly #proxy: string | null;
  readonly #onRequest;
  readonly #onAnswer;

  constructor({
    connectTimeoutSeconds,
    timeoutSeconds,
    connections,
    proxy = null,
    onRequest,
    onAnswer,
  }: UpstreamOptions) {
    this.#limits = { connectTimeoutSeconds, timeoutSeconds };
    this.#proxy = proxy;
    this.#onRequest = onRequest;
    this.#onAnswer = onAnswer;
    this.#agent = createDispatcher({ connectTimeoutSeconds, connections, proxy });
  }

  /**
   * Gets a JSON object. Makes up to three attempts while WeChat is busy (-1) or no connection can
   * be made; after any other failure the request may have arrived, and is not repeated.
   *
   * @returns the object, regardless of the answer's content type, or a Failure: wechatUnreachable,
   * wechatAnswerWrong
   */
  async call(call: UpstreamCall): Promise<AnswerObject | Failure> {
    // AbortSignal.timeout() would stay in memory until its time is over.
    const deadline = new AbortController();
    const timer = setTimeout(
      () => deadline.abort(new DOMException("the call took too long", "TimeoutError")),
      this.#limits.timeoutSeconds * 1000,
    );
    try {
      return await this.#callOften(call, deadline.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #callOften(call: UpstreamCall, signal: AbortSignal): Promise<AnswerObject | Failure> {
    for (let attempt = 0; ; attempt += 1) {
      this.#onRequest?.(call);
      const startedAt = performance.now();
      const outcome = await this.#once(call, signal);
      this.#onAnswer?.({
        endpoint: call.endpoint,
        outcome: outcomeOf(outcome),
        durationMs: performance.now() - startedAt,
      });
      const delay = RETRY_DELAYS[attempt];
      if (delay === undefined || signal.aborted || !mayRetry(outcome)) return outcome;
      await Bun.sleep(delay);
    }
  }

  async #once(
    { url, query, body }: UpstreamCall,
    signal: AbortSignal,
  ): Promise<AnswerObject | Failure> {
    const target = query === undefined ? url : `${url}?${new URLSearchParams(query)}`;
    const post = body && {
      method: "POST" as const,
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    };
    let status: number;
    let bytes: Uint8Array;
    let encoding: string;
    try {
      const answer = await request(target, { dispatcher: this.#agent, signal, ...post });
      status = answer.statusCode;
      bytes = await answer.body.bytes();
      encoding = [answer.headers["content-encoding"] ?? ""].flat().join(",");
    } catch (cause) {
      const upstream = unreachableReason(new URL(this.#proxy ?? url).host, cause, this.#limits);
      return new Failure("wechatUnreachable", { cause, upstream });
    }
    if (status !== 200)
      return new Failure("wechatUnreachable", {
        cause: new Error(`WeChat answered HTTP ${status}`),
        upstream: `${new URL(url).host}: HTTP ${status}`,
      });
    return readable(bytes, encoding, url);
  }
}

function readable(bytes: Uint8Array, encoding: string, url: string): AnswerObject | Failure {
  let cause: Error;
  try {
    const answer = readAnswer(bytes, encoding);
    if (answer !== null) return answer;
    cause = new Error(`WeChat's answer of ${bytes.length} bytes is not a JSON object`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    cause = new Error(`WeChat's answer cannot be decompressed: ${code ?? message}`);
  }
  const upstream = `${new URL(url).host}: ${cause.message}`;
  return new Failure("wechatAnswerWrong", { cause, upstream });
}

function outcomeOf(answer: AnswerObject | Failure): AnsweredCall["outcome"] {
  if (answer instanceof Failure)
    return answer.code === "wechatUnreachable" ? "unreachable" : "invalid";
  return errorOf(answer)?.errcode ?? 0;
}

const mayRetry = (outcome: AnswerObject | Failure): boolean =>
  outcome instanceof Failure
    ? isConnectFailure(outcome.detail.cause)
    : errorOf(outcome)?.errcode === ERRCODE_BUSY;

/** Tells whether connecting failed for all of a host's addresses, so that nothing was sent. */
export function isConnectFailure(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isConnectFailure);
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === "UND_ERR_CONNECT_TIMEOUT" || syscall === "connect" || syscall === "getaddrinfo";
}
