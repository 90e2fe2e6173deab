import { createReadStream, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { StartError } from "../../core/errors.ts";

/** What a file begins with when gzip made it. */
const GZIP_MAGIC = [0x1f, 0x8b];

/** How many bytes a file has, if it is one that can be read; a folder or nothing is a StartError. */
export function fileSize(path: string): number {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error("it is no file");
    if (stat.size === 0) throw new Error("it is empty");
    return stat.size;
  } catch (cause) {
    throw new StartError(`cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * The bytes of a file, unpacked if gzip packed them, in pieces of bounded size.
 *
 * @param onRead is told how many bytes of the file were read
 */
export async function* readBytes(
  path: string,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const head = Buffer.from(await Bun.file(path).slice(0, 2).arrayBuffer());
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const packed = GZIP_MAGIC.every((byte, index) => head[index] === byte);
  file.on("data", (piece) => onRead(piece.length));
  const bytes = packed ? file.pipe(createGunzip()) : file;
  try {
    for await (const piece of bytes) yield piece as Buffer;
  } catch (cause) {
    throw new StartError(`cannot read ${path}: ${(cause as Error).message}`, { cause });
  } finally {
    file.destroy();
  }
}

/** Longer lines are no records of ours, and would fill the memory. */
const MAX_LINE = 16 * 1024 * 1024;

/** The lines of a file, counted from 1. A line that is too long is given as null. */
export async function* readLines(
  path: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<{ number: number; text: string | null }> {
  let number = 1;
  let held: Buffer[] = [];
  let size = 0;
  const take = (): { number: number; text: string | null } => {
    const text = size > MAX_LINE ? null : Buffer.concat(held).toString("utf8");
    held = [];
    size = 0;
    return { number: number++, text };
  };
  for await (const piece of readBytes(path, onRead)) {
    let from = 0;
    for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, from)) {
      held.push(piece.subarray(from, end));
      size += end - from;
      from = end + 1;
      yield take();
    }
    size += piece.length - from;
    if (size <= MAX_LINE) held.push(piece.subarray(from));
  }
  if (size > 0) yield take();
}
