/** The largest body that is read. The largest honest one, a login with user data, has a few KiB. */
export const MAX_BODY_BYTES = 256 * 1024;

/**
 * The body as text, whatever its content type. Never holds more than the limit in memory.
 *
 * @returns null when the body is larger than {@link MAX_BODY_BYTES}; what came of it when the client hung up
 */
export async function readBody(request: Request): Promise<string | null> {
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) > MAX_BODY_BYTES) return null;
  try {
    if (length !== null) return await request.text();
    return request.body === null ? "" : await readStream(request.body);
  } catch {
    return "";
  }
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
