import type { Dispatcher } from "undici/index.js";
import type { WeChatError } from "../core/errors.ts";
import { ANSWER_HEADERS, type GatewayAnswer } from "../core/gateway/gateway-upstream.ts";
import { readAnswer } from "./answer.ts";
import { errorOf } from "./errcode.ts";

/** An answer of up to so many bytes is read whole: every error of WeChat's is smaller. */
const WHOLE_BYTES = 16 * 1024;
/** The bytes that may wait for a slow reader, beside those in the sockets. */
const AHEAD_BYTES = 256 * 1024;

/**
 * Reads the answer to a request of undici's. A small one is read whole, in order to look for
 * WeChat's error in it; a larger one becomes a stream, which is read from the connection as fast as
 * its reader reads it.
 */
export class AnswerReader implements Dispatcher.DispatchHandler {
  /** Rejects when there is no whole answer: with undici's error, or the signal's reason. */
  readonly answer: Promise<GatewayAnswer>;
  readonly #signal;
  readonly #resolve;
  readonly #reject;
  #controller: Dispatcher.DispatchController | null = null;
  #head: Pick<GatewayAnswer, "status" | "headers"> = { status: 0, headers: {} };
  /** The chunks that nobody has read yet. */
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  /** Set once the answer is a stream. */
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null;
  #isOver = false;

  constructor(signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<GatewayAnswer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#signal = signal;
    signal.addEventListener("abort", this.#abort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) controller.abort(this.#signal.reason as Error);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // An interim answer, such as 103: the answer itself follows.
    if (status < 200) return;
    const passed: Partial<Record<(typeof ANSWER_HEADERS)[number], string>> = {};
    for (const name of ANSWER_HEADERS) {
      const value = headers[name];
      if (value !== undefined) passed[name] = typeof value === "string" ? value : value.join(", ");
    }
    this.#head = { status, headers: passed };
    if (Number(passed["content-length"]) > WHOLE_BYTES) this.#begin();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#isOver) return;
    if (this.#stream === null) {
      this.#chunks.push(chunk);
      if (this.#bytes > WHOLE_BYTES) this.#begin();
      return;
    }
    this.#stream.enqueue(chunk);
    if ((this.#stream.desiredSize ?? 0) <= 0) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#stream !== null) {
      this.#stream.close();
      return;
    }
    const body = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const whole = body ?? new Uint8Array();
    const encoding = this.#head.headers["content-encoding"] ?? "";
    this.#resolve({ ...this.#head, body: whole, error: errorIn(whole, encoding) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#stream === null) this.#reject(error);
    else this.#stream.error(error);
  }

  /** Makes a stream of the answer, which begins with what is there of it. */
  #begin(): void {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (stream) => {
          this.#stream = stream;
          for (const chunk of this.#chunks) stream.enqueue(chunk);
          this.#chunks = [];
        },
        pull: () => this.#controller?.resume(),
        cancel: () => {
          this.#end();
          this.#controller?.abort(new DOMException("the reader has gone", "AbortError"));
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: AHEAD_BYTES }),
    );
    this.#resolve({ ...this.#head, body, error: null });
  }

  readonly #abort = (): void => {
    const reason = this.#signal.reason as Error;
    // A request that waits for a connection has no controller yet.
    if (this.#stream === null) this.#reject(reason);
    this.#controller?.abort(reason);
  };

  #end(): void {
    this.#isOver = true;
    this.#signal.removeEventListener("abort", this.#abort);
  }
}

/** Returns WeChat's error in a body; null when there is none, or the body is something else. */
function errorIn(body: Uint8Array, encoding: string): WeChatError | null {
  if (encoding === "" && !mayBeJson(body)) return null;
  try {
    const answer = readAnswer(body, encoding);
    return answer && errorOf(answer);
  } catch {
    return null;
  }
}

/** Beginnings of JSON objects: a brace, white space, a byte order mark, and gzip unsaid. */
const BEGINNINGS: ReadonlySet<number | undefined> = new Set([
  0x7b, 0x20, 0x09, 0x0a, 0x0d, 0xef, 0x1f,
]);

const mayBeJson = (body: Uint8Array): boolean => BEGINNINGS.has(body[0]);
