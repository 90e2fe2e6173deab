import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { StartError } from "../core/errors.ts";
import { CutOffError, GZIP, gunzip } from "./gzip.ts";

/** The bytes of a file that are in memory at the same time. */
const PIECE_BYTES = 256 * 1024;
const UTF8_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/** Other kinds of files by their first bytes, and how to make a dump of each. */
const OTHER_KINDS: readonly { kind: string; bytes: Buffer; remedy: string }[] = [
  { kind: "compressed by xz", bytes: Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a), remedy: "xz -d" },
  { kind: "compressed by zstd", bytes: Buffer.of(0x28, 0xb5, 0x2f, 0xfd), remedy: "zstd -d" },
  { kind: "compressed by bzip2", bytes: Buffer.from("BZh"), remedy: "bunzip2" },
  { kind: "compressed by lz4", bytes: Buffer.of(0x04, 0x22, 0x4d, 0x18), remedy: "lz4 -d" },
  { kind: "a zip archive", bytes: Buffer.from("PK\x03\x04"), remedy: "unzip" },
  { kind: "a 7z archive", bytes: Buffer.of(0x37, 0x7a, 0xbc, 0xaf), remedy: "7z x" },
].map(({ remedy, ...kind }) => ({ ...kind, remedy: `unpack it first, by ${remedy}` }));
const SQLITE = {
  kind: "an SQLite database",
  bytes: Buffer.from("SQLite format 3\0"),
  remedy: "write it as SQL first, by sqlite3 <file> .dump",
};
const HEAD_BYTES = 16;

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
    const head = Buffer.alloc(HEAD_BYTES);
    const file = openSync(path, "r");
    const length = readSync(file, head);
    closeSync(file);
    if (length === 0) throw new StartError(`${path} is empty`);
    const startsWith = (bytes: Buffer): boolean => head.subarray(0, bytes.length).equals(bytes);
    const other = [...OTHER_KINDS, SQLITE].find(({ bytes }) => startsWith(bytes));
    if (other !== undefined)
      throw new StartError(
        `${path} is ${other.kind}, not a dump in SQL or its gzip: ${other.remedy}`,
      );
    return { path, size: stat.size, isPacked: startsWith(GZIP) };
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
  const pieces = isPacked ? gunzip(path) : createReadStream(path, { highWaterMark: PIECE_BYTES });
  let isFirst = true;
  try {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      if (isFirst) yield withoutMark(path, piece);
      else yield piece;
      isFirst = false;
    }
  } catch (error) {
    if (error instanceof StartError || error instanceof CutOffError) throw error;
    throw cannotRead(path, error);
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
