import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { StartError } from "../core/errors.ts";

/** The bytes of a file that are in memory at the same time. */
const PIECE_BYTES = 256 * 1024;
const GZIP = Buffer.of(0x1f, 0x8b);
const UTF8_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** The rest of the file cannot be decompressed. */
export class CutOffError extends Error {
  override readonly name = "CutOffError";
}

/** A file that exists and is not empty. */
export interface FoundFile {
  path: string;
  size: number;
  isPacked: boolean;
}

/** About how many times smaller compression makes such a file. */
const PACKING = 5;

/** Returns about how many bytes there are to read. */
export const unpackedSize = ({ size, isPacked }: FoundFile): number =>
  isPacked ? size * PACKING : size;

/**
 * Finds a file.
 *
 * @throws StartError when it does not exist, is a folder, is empty or cannot be read
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
 * Reads a file in pieces of bounded size, decompressed if gzip compressed it, and without a
 * byte-order mark.
 *
 * @throws CutOffError when it cannot be decompressed to its end, StartError when it cannot be read
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

/** Reads the first bytes of a file, decompressed, to find out what it contains. */
export async function readHead(file: FoundFile): Promise<Buffer> {
  try {
    for await (const piece of readBytes(file)) return piece;
  } catch (error) {
    if (!(error instanceof CutOffError)) throw error;
    throw new StartError(`${file.path} cannot be decompressed: ${error.message}`, { cause: error });
  }
  throw new StartError(`${file.path} is empty`);
}

function withoutMark(path: string, piece: Buffer): Buffer {
  if ((piece[0] === 0xff && piece[1] === 0xfe) || (piece[0] === 0xfe && piece[1] === 0xff))
    throw new StartError(
      `${path} is in UTF-16, as PowerShell redirects output: dump it again with mysqldump --result-file=…`,
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
