// Not fetch: Bun's would send the admin key through the proxy of HTTP_PROXY, even to this machine.
import { type Dispatcher, request } from "undici/index.js";
import type { ApiAnswer, ApiStream } from "./connection.ts";

export const CONNECT_TIMEOUT = 5000;
/** The longest call to WeChat, after waiting for another call like it. */
const ANSWER_TIMEOUT = 250_000;

/** A server says something on a stream more often than this. */
const SILENCE_TIMEOUT = 30_000;

/** How long an answer may take. */
export const limits = { headersTimeout: ANSWER_TIMEOUT, bodyTimeout: ANSWER_TIMEOUT } as const;

/** Makes a request, and reads the answer. A redirect is not followed: it is the answer. */
export async function exchange(
  dispatcher: Dispatcher,
  url: string,
  options: Partial<Dispatcher.RequestOptions>,
): Promise<ApiAnswer> {
  const answer = await request(url, { dispatcher, ...options } as never);
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** Makes a request whose answer goes on; `failed` makes the error of a connection that fails. */
export async function openStream(
  dispatcher: Dispatcher,
  url: string,
  options: Partial<Dispatcher.RequestOptions>,
  failed: (cause: Error) => Error,
): Promise<ApiStream> {
  const answer = await request(url, {
    dispatcher,
    bodyTimeout: SILENCE_TIMEOUT,
    ...options,
  } as never);
  return {
    status: answer.statusCode,
    contentType: [answer.headers["content-type"] ?? ""].flat().join(),
    chunks: chunksOf(answer.body, failed),
  };
}

async function* chunksOf(
  body: AsyncIterable<Uint8Array>,
  failed: (cause: Error) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw failed(cause as Error);
  }
}
