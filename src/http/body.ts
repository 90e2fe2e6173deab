/** The largest body that is read. The largest honest one, a login with user data, has a few KiB. */
export const MAX_BODY_BYTES = 256 * 1024;

/** Bodies that were read before their requests went to another handler. */
const remembered = new WeakMap<Request, string | null>();

/** Lets a request be read again; see {@link readBody}. @param body as `readBody` returned it */
export function rememberBody(request: Request, body: string | null): void {
  remembered.set(request, body);
}

/**
 * Reads the body as text, whatever its content type. Never holds more than the limit in memory.
 *
 * @returns null when the body is larger than {@link MAX_BODY_BYTES}; what came of it when the
 * client hung up
 */
export function readBody(request: Request): Promise<string | null> | string | null {
  const known = remembered.get(request);
  if (known !== undefined) return known;
  const length = request.headers.get("content-length");
  if (length === null) return request.body === null ? "" : readStream(request.body).catch(() => "");
  return Number(length) > MAX_BODY_BYTES ? null : request.text().catch(() => "");
}

async function readStream(body: ReadableStream<Uint8Array>): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
