import type { CallBody } from "../../core/gateway/gateway-upstream.ts";

/** The most of a body that is kept, so that the call can be repeated. */
const KEPT_BYTES = 1024 * 1024;

/** A body that is larger than the option `gateway.max_body`. */
export class BodyTooLarge extends Error {}

/**
 * Takes the body of a request: a small one whole, a larger one as a stream, whose first part has
 * been read.
 *
 * @returns a stream throws BodyTooLarge once it has passed `maxBytes`
 * @throws BodyTooLarge, or the error of a client that has gone
 */
export async function takeBody(request: Request, maxBytes: number): Promise<CallBody> {
  const { body } = request;
  if (body === null) return { kept: null };
  const length = lengthOf(request);
  if (length !== null && length > maxBytes) throw new BodyTooLarge();
  if (length !== null && length <= KEPT_BYTES) return { kept: await request.bytes() };
  const reader = body.getReader();
  const held: Uint8Array[] = [];
  for (let bytes = 0; bytes <= KEPT_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) return { kept: Buffer.concat(held) };
    held.push(value);
    bytes += value.length;
  }
  return { stream: allOf(held, reader, maxBytes), length };
}

const lengthOf = ({ headers }: Request): number | null => {
  const length = headers.get("content-length");
  return length === null ? null : Number(length);
};

async function* allOf(
  held: Uint8Array[],
  reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const counted = (chunk: Uint8Array): Uint8Array => {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new BodyTooLarge();
    return chunk;
  };
  try {
    for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield counted(chunk);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield counted(value);
    }
  } finally {
    // Nobody wants the rest that the client still sends.
    reader.cancel().catch(() => undefined);
  }
}
