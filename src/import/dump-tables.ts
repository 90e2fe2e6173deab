import { StartError } from "../core/errors.ts";
import type { Unreadable } from "../core/transfer/transfer.ts";
import { DumpParser } from "./dump-parser.ts";
import { type FoundFile, readBytes, unpackedSize } from "./file-bytes.ts";
import { CutOffError } from "./gzip.ts";
import {
  noTables,
  type Stage,
  type TableReader,
  type TableRow,
  tablesOf,
} from "./source-tables.ts";

/** The bytes of a file that are read to estimate its rows. */
const SAMPLE_BYTES = 4 * 1024 * 1024;

/** The bytes of a dump, which can be read several times. */
export interface DumpBytes {
  name: string;
  /** Their number; null when it is unknown. */
  size: number | null;
  read(): AsyncIterable<Buffer>;
}

/** Returns the bytes of a dump in a file, decompressed. */
export const dumpInFile = (file: FoundFile): DumpBytes => ({
  name: file.path,
  size: unpackedSize(file),
  read: () => readBytes(file),
});

/**
 * The tables in a dump that mysqldump, mariadb-dump or phpMyAdmin wrote in UTF-8. It is read once
 * for each stage, because tables may be in any order. Memory holds one piece and one row; values
 * of more than 1 MiB are unreadable.
 */
export class DumpTables implements TableReader {
  readonly #bytes: DumpBytes;

  constructor(bytes: DumpBytes) {
    this.#bytes = bytes;
  }

  get name(): string {
    return this.#bytes.name;
  }

  /** Extrapolates from the beginning of the file. */
  async estimate(): Promise<number | null> {
    const { size } = this.#bytes;
    if (size === null) return null;
    let rows = 0;
    const parser = new DumpParser([...tablesOf("apps"), ...tablesOf("sessions")], () => {
      rows += 1;
    });
    let read = 0;
    try {
      for await (const piece of this.#bytes.read()) {
        parser.push(piece);
        read += piece.length;
        if (read >= SAMPLE_BYTES) break;
      }
    } catch (error) {
      // The rows are read up to there, and then the cut is reported.
      if (!(error instanceof CutOffError)) throw error;
    }
    return rows === 0 ? null : Math.round((rows * size) / read);
  }

  async *rows(stage: Stage): AsyncGenerator<(TableRow | Unreadable)[]> {
    let found: (TableRow | Unreadable)[] = [];
    const parser = new DumpParser(tablesOf(stage), (thing) => found.push(thing));
    let damage: string | null = null;
    try {
      for await (const piece of this.#bytes.read()) {
        parser.push(piece);
        this.#demandUnicode(parser);
        if (found.length === 0) continue;
        yield found;
        found = [];
      }
    } catch (error) {
      if (!(error instanceof CutOffError)) throw error;
      damage = error.message;
    }
    const missing = parser.end(damage);
    this.#demandUnicode(parser);
    if (parser.tables.size === 0)
      throw new StartError(`${noTables(this.name)}: it is not a dump of an old server`);
    // Each stage finds the same end, so it is reported once.
    if (missing !== null && stage === "sessions") found.push(missing);
    if (found.length > 0) yield found;
  }

  async close(): Promise<void> {}

  #demandUnicode({ foreignCharset }: DumpParser): void {
    if (foreignCharset !== null)
      throw new StartError(
        `${this.name} is written in ${foreignCharset}: dump it again with --default-character-set=utf8mb4`,
      );
  }
}
