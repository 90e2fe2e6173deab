import { StartError } from "../core/errors.ts";
import type { Unreadable } from "../core/transfer/transfer.ts";
import { DumpParser } from "./dump-parser.ts";
import { CutOffError, type FoundFile, readBytes, unpackedSize } from "./file-bytes.ts";
import {
  noTables,
  type Stage,
  type TableReader,
  type TableRow,
  tablesOf,
} from "./source-tables.ts";

/** How much of a file is looked at for a guess at what is in it, in bytes. */
const SAMPLE_BYTES = 4 * 1024 * 1024;

/** Where the bytes of a dump come from, as often as they are asked for. */
export interface DumpBytes {
  name: string;
  /** How many there are; null when nobody knows without reading them. */
  size: number | null;
  read(): AsyncIterable<Buffer>;
}

/** The bytes of a dump in a file. What it unpacks to nobody knows. */
export const dumpInFile = (file: FoundFile): DumpBytes => ({
  name: file.path,
  size: unpackedSize(file),
  read: () => readBytes(file),
});

/**
 * The old tables in a dump that mysqldump, mariadb-dump or phpMyAdmin wrote, in UTF-8. It is read once for each stage,
 * because tables may lie in any order. In memory lies a piece of it, and one row: values of more than 1 MiB are unreadable.
 */
export class DumpTables implements TableReader {
  readonly #bytes: DumpBytes;

  constructor(bytes: DumpBytes) {
    this.#bytes = bytes;
  }

  get name(): string {
    return this.#bytes.name;
  }

  /** As many as there would be if all of the file were like its beginning. */
  async estimate(): Promise<number | null> {
    const { size } = this.#bytes;
    if (size === null) return null;
    let rows = 0;
    const parser = new DumpParser([...tablesOf("apps"), ...tablesOf("sessions")], () => {
      rows += 1;
    });
    let read = 0;
    for await (const piece of this.#bytes.read()) {
      parser.push(piece);
      read += piece.length;
      if (read >= SAMPLE_BYTES) break;
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
      throw new StartError(`${noTables(this.name)}: it is no dump of an old server`);
    // Both readings meet the same end.
    if (missing !== null && stage === "sessions") found.push(missing);
    if (found.length > 0) yield found;
  }

  async close(): Promise<void> {}

  #demandUnicode({ foreignCharset }: DumpParser): void {
    if (foreignCharset !== null)
      throw new StartError(
        `${this.name} is written in ${foreignCharset}: dump anew with --default-character-set=utf8mb4`,
      );
  }
}
