import { StartError } from "../../core/errors.ts";
import type { Unreadable } from "../../core/transfer.ts";
import { DumpParser } from "./dump-parser.ts";
import { fileSize, readBytes } from "./lines.ts";
import { ScanError, SqlScanner } from "./sql-scanner.ts";
import type { OldTable, OldTables, TableRow } from "./tables-source.ts";

const UNICODE = /^(utf8|utf8mb3|utf8mb4|binary|ascii)$/i;

/** The old tables in a file that mysqldump, mariadb-dump or phpMyAdmin wrote, packed by gzip or not. */
export class DumpTables implements OldTables {
  readonly name: string;
  /** Bytes, of all times that the file was read. */
  #read = 0;

  constructor(path: string) {
    this.name = path;
  }

  /** It is read twice: once for the apps, once for the sessions. */
  fraction(): number {
    return this.#read / 2 / fileSize(this.name);
  }

  /** Reads the file once, holding no more of it than a piece and one value. */
  async *rows(tables: readonly OldTable[]): AsyncGenerator<TableRow | Unreadable> {
    let found: (TableRow | Unreadable)[] = [];
    const parser = new DumpParser(tables, (row) => found.push(row));
    const scanner = new SqlScanner(
      (token) => parser.take(token),
      (comment) => this.#checkCharset(comment),
    );
    try {
      const count = (bytes: number): void => {
        this.#read += bytes;
      };
      for await (const piece of readBytes(this.name, count)) {
        scanner.push(piece);
        yield* found;
        found = [];
      }
      scanner.end();
      parser.breakOff("the file ends within it");
    } catch (error) {
      if (!(error instanceof ScanError)) throw error;
      parser.breakOff(`the file is damaged from here on: ${error.message}`);
    }
    yield* found;
    if (parser.met.size === 0)
      throw new StartError(
        `${this.name} is no dump of an old server: it has none of the tables cAppinfo, cSessionInfo, cAppinfo_work, wafer_appinfo and wafer_sessioninfo`,
      );
  }

  async close(): Promise<void> {}

  #checkCharset(comment: string): void {
    const charset = /SET\s+NAMES\s+'?(\w+)/i.exec(comment)?.[1];
    if (charset !== undefined && !UNICODE.test(charset))
      throw new StartError(
        `${this.name} is written in ${charset}: dump anew with --default-character-set=utf8mb4`,
      );
  }
}
