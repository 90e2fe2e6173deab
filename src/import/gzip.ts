import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { crc32, createInflateRaw, constants as zlib } from "node:zlib";

/** The rest of the file cannot be decompressed. */
export class CutOffError extends Error {
  override readonly name = "CutOffError";
}

export const GZIP = Buffer.of(0x1f, 0x8b);

/** Small, because a damaged stream loses the chunk in hand. */
const CHUNK_BYTES = 16 * 1024;
const DEFLATE = 8;
/** The header without its optional parts (RFC 1952, section 2.3). */
const HEADER_BYTES = 10;
/** CRC-32 and length of the text. */
const TRAILER_BYTES = 8;
/** No more than this of a header is searched for its end. */
const MAX_HEADER_BYTES = 64 * 1024;
const [HAS_CRC, HAS_EXTRA, HAS_NAME, HAS_COMMENT] = [2, 4, 8, 16];

/**
 * Reads a file that gzip compressed, in one or more members with zeros between or behind them.
 * Everything before a cut or a damage is yielded first.
 *
 * @throws CutOffError that says how the file ends instead of at the end of a member
 */
export async function* gunzip(path: string): AsyncGenerator<Buffer> {
  const file = openSync(path, "r");
  try {
    let at = 0;
    for (;;) {
      const body = bodyOf(file, at);
      if (body === null) return;
      at = yield* member(file, path, body);
    }
  } finally {
    closeSync(file);
  }
}

/**
 * Returns the place of the compressed data of the member at a place; null at the end of the file.
 *
 * @throws CutOffError
 */
function bodyOf(file: number, from: number): number | null {
  const start = from === 0 ? 0 : endOfZeros(file, from);
  if (start === null) return null;
  const header = bytesAt(file, start, MAX_HEADER_BYTES);
  if (!header.subarray(0, GZIP.length).equals(GZIP.subarray(0, header.length)))
    throw new CutOffError(
      `gzip: what follows the end of the compressed data, from byte ${start} on, is something else`,
    );
  if (header.length >= 3 && header[2] !== DEFLATE)
    throw new CutOffError("gzip: compressed by an unknown method");
  const flags = header[3] ?? 0;
  let at = HEADER_BYTES;
  if (flags & HAS_EXTRA) at += 2 + (header[at] ?? 0) + 256 * (header[at + 1] ?? 0);
  for (const flag of [HAS_NAME, HAS_COMMENT]) {
    if (!(flags & flag)) continue;
    const end = header.indexOf(0, at);
    at = end < 0 ? header.length + 1 : end + 1;
  }
  if (flags & HAS_CRC) at += 2;
  if (at > header.length) throw cut();
  return start + at;
}

/** Returns the place of the first byte that is not zero; null when there is none. */
function endOfZeros(file: number, from: number): number | null {
  for (let at = from; ; ) {
    const bytes = bytesAt(file, at, MAX_HEADER_BYTES);
    if (bytes.length === 0) return null;
    const found = bytes.findIndex((byte) => byte !== 0);
    if (found >= 0) return at + found;
    at += bytes.length;
  }
}

/** Yields the text of a member, and returns the place behind it. */
async function* member(file: number, path: string, body: number): AsyncGenerator<Buffer, number> {
  const packed = createReadStream(path, { start: body });
  // Otherwise the text before a cut would be withheld.
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES, finishFlush: zlib.Z_SYNC_FLUSH });
  packed.once("error", (error) => inflate.destroy(error));
  packed.pipe(inflate);
  let sum = 0;
  let length = 0;
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) {
      sum = crc32(piece, sum);
      length += piece.length;
      yield piece;
    }
  } catch (error) {
    if (packed.errored) throw packed.errored;
    throw new CutOffError(`gzip: ${(error as Error).message}`, { cause: error });
  } finally {
    packed.destroy();
    inflate.destroy();
  }
  const end = body + inflate.bytesWritten;
  const trailer = bytesAt(file, end, TRAILER_BYTES);
  if (trailer.length < TRAILER_BYTES) throw cut();
  if (trailer.readUInt32LE(0) !== sum || trailer.readUInt32LE(4) !== length % 2 ** 32)
    throw new CutOffError("gzip: the checksum is wrong");
  return end + TRAILER_BYTES;
}

const cut = (): CutOffError => new CutOffError("gzip: unexpected end of file");

function bytesAt(file: number, position: number, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  return bytes.subarray(0, readSync(file, bytes, { position }));
}
