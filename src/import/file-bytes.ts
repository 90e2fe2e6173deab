import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { StartError } from "../core/errors.ts";

/** How much of a file is in memory at once, in bytes. */
const PIECE_BYTES = 256 * 1024;
const GZIP = Buffer.of(0x1f, 0x8b);
const UTF8_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** The file cannot be unpacked beyond what was read of it. */
export class CutOffError extends Error {
  override readonly name = "CutOffError";
}

/** A file that is there and has something in it. */
export interface FoundFile {
  path: string;
  size: number;
  isPacked: boolean;
}

/** How often a packed file of such things goes into the unpacked one, about. */
const PACKING = 5;

/** How many bytes there are to read, about. */
export const unpackedSize = ({ size, isPacked }: FoundFile): number =>
  isPacked ? size * PACKING : size;

/**
 * Looks at a file.
 *
 * @throws StartError when there is none, it is a folder, is empty, or may not be read
 */
export function findFile(path: string): FoundFile {
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new StartError(`${path} is a folder: name the file in it`);
    const head = Buffer.alloc(GZIP.length);
    const file = openSync(path, "r");
    const length = readSync(file, head);
    closeSync(file);
    if (length === 0) throw new StartError(`${path} is empty`);
    return { path, size: stat.size, isPacked: head.equals(GZIP) };
  } catch (error) {
    throw error instanceof StartError ? error : cannotRead(path, error);
  }
}

/**
 * The bytes of a file, unpacked if gzip packed it, in pieces of bounded size and without a mark of their order.
 *
 * @throws CutOffError when it cannot be unpacked to its end, StartError when it cannot be read
 */
export async function* readBytes({ path, isPacked }: FoundFile): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: PIECE_BYTES });
  const unpacked = isPacked ? createGunzip({ chunkSize: PIECE_BYTES }) : null;
  let failure: unknown = null;
  if (unpacked !== null) {
    file.on("error", (error) => {
      failure = error;
      unpacked.destroy(error);
    });
    file.pipe(unpacked);
  }
  let isFirst = true;
  try {
    for await (const piece of (unpacked ?? file) as AsyncIterable<Buffer>) {
      if (isFirst) yield withoutMark(path, piece);
      else yield piece;
      isFirst = false;
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (unpacked === null || failure !== null) throw cannotRead(path, failure ?? error);
    throw new CutOffError(`gzip: ${(error as Error).message}`, { cause: error });
  } finally {
    file.destroy();
    unpacked?.destroy();
  }
}

/** A file's first bytes, unpacked, for a look at what it is. */
export async function readHead(file: FoundFile): Promise<Buffer> {
  try {
    for await (const piece of readBytes(file)) return piece;
  } catch (error) {
    if (!(error instanceof CutOffError)) throw error;
    throw new StartError(`${file.path} cannot be unpacked: ${error.message}`, { cause: error });
  }
  throw new StartError(`${file.path} is empty`);
}

function withoutMark(path: string, piece: Buffer): Buffer {
  if ((piece[0] === 0xff && piece[1] === 0xfe) || (piece[0] === 0xfe && piece[1] === 0xff))
    throw new StartError(
      `${path} is in UTF-16, as PowerShell writes what is redirected: dump anew with mysqldump --result-file=…`,
    );
  return piece.subarray(0, 3).equals(UTF8_MARK) ? piece.subarray(3) : piece;
}

function cannotRead(path: string, cause: unknown): StartError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new StartError(
    code === "ENOENT" ? `there is no file ${path}` : `cannot read ${path}: ${message}`,
    {
      cause,
    },
  );
}
