import type { Unreadable } from "../core/transfer/transfer.ts";
import { DumpTuple } from "./dump-tuple.ts";
import { Row } from "./row.ts";
import { type SourceTable, sourceTable, type TableRow } from "./source-tables.ts";
import { SqlScanner, type TokenKind, type TokenValue } from "./sql-scanner.ts";

/** Handles the next token of a statement. */
type Step = (kind: TokenKind, value: TokenValue) => void;

/** The first word of an item of CREATE TABLE that is not a column. */
const NO_COLUMN = /^(PRIMARY|KEY|UNIQUE|INDEX|CONSTRAINT|FULLTEXT|SPATIAL|CHECK|FOREIGN|PERIOD)$/i;
const MAX_COLUMNS = 4096;
const UNICODE = /^(utf8|utf8mb3|utf8mb4|binary|ascii)$/i;

/**
 * Parses the statements of a dump that concern the old servers' tables: CREATE TABLE for the order
 * of the columns, INSERT and REPLACE for the rows. It skips all others.
 */
export class DumpParser {
  /** The tables found so far with their columns; null where the columns are unknown. */
  readonly tables = new Map<SourceTable, readonly string[] | null>();
  /** The charset of the rows, if it is not a Unicode one; else null. */
  foreignCharset: string | null = null;
  readonly #wanted;
  readonly #found;
  readonly #counts = new Map<SourceTable, number>();
  readonly #scanner = new SqlScanner({
    token: (kind, value) => this.#step(kind, value),
    comment: (text) => this.#comment(text),
    brokenText: () => this.#breakOff("a text in it has no end"),
  });
  #charset = "utf8mb4";
  /** Whether the first line names mysqldump, and its last line has not followed yet. */
  #isUnfinished = false;
  /** The current statement. */
  #step: Step;
  #name = "";
  #table: SourceTable | null = null;
  #columns: string[] = [];
  #depth = 0;
  #isItem = false;
  #tuple: DumpTuple | null = null;

  /**
   * @param wanted the tables whose rows are read
   * @param found receives the rows, and the reports of unreadable ones
   */
  constructor(wanted: readonly SourceTable[], found: (thing: TableRow | Unreadable) => void) {
    this.#wanted = wanted;
    this.#found = found;
    this.#step = this.#begin;
  }

  push(piece: Buffer): void {
    this.#scanner.push(piece);
  }

  /**
   * Ends the parsing.
   *
   * @param damage why the file could not be read to its end; null if it could
   * @returns a report when something is missing; else null
   */
  end(damage: string | null): Unreadable | null {
    this.#scanner.end();
    const isBetween = this.#step === this.#begin;
    const isOver = isBetween && !this.#scanner.isWithinToken;
    if (isOver && !this.#isUnfinished && damage === null) return null;
    const table = isBetween ? null : this.#table;
    const row = (table === null ? 0 : (this.#counts.get(table) ?? 0)) + 1;
    const where = isOver
      ? ""
      : this.#tuple === null
        ? ` within a statement${table === null ? "" : ` for ${table}`}`
        : ` within row ${row} of ${table}`;
    const why = damage !== null ? ` (${damage})` : isOver ? " without mysqldump's last line" : "";
    const reason = `the file ends${where}${why}: it was cut off, and the rest is missing`;
    return { kind: "unreadable", what: this.#scanner.place, reason };
  }

  readonly #begin: Step = (kind, value) => {
    if (kind === "sign" && value === ";") return;
    this.#name = "";
    this.#table = null;
    const word = kind === "word" ? String(value).toUpperCase() : "";
    if (word === "CREATE") this.#step = this.#create;
    else if (word === "INSERT" || word === "REPLACE") this.#step = this.#insert;
    else if (word === "SET") this.#step = this.#set;
    else if (word === "COPY") this.#step = this.#copy;
    else if (word === "DELIMITER") this.#scanner.skipDelimited();
    else {
      // The first words of sqlite3's dumps, and of those of Python's sqlite3 module.
      if (word === "PRAGMA" || word === "BEGIN") this.#scanner.readBackslashes();
      this.#skip(kind, value);
    }
  };

  /** `[schema.]table`: PostgreSQL's rows, which are not SQL. */
  readonly #copy: Step = (kind, value) => {
    if (kind !== "sign") this.#name = String(value);
    else if (value !== ".") {
      this.#table = sourceTable(this.#name);
      this.#breakOff("PostgreSQL wrote it by COPY: dump it again with --inserts", kind, value);
    }
  };

  /** Skips the statement to which this token belongs. */
  #skip(kind: TokenKind, value: TokenValue): void {
    this.#step = this.#begin;
    if (kind === "sign" && value === ";") return;
    this.#step = this.#skipped;
    this.#scanner.skipStatement();
  }

  /** Receives only the `;` of the skipped statement. */
  readonly #skipped: Step = () => {
    this.#step = this.#begin;
  };

  #comment(text: string): void {
    if (/^-- (MySQL|MariaDB) dump /.test(text)) this.#isUnfinished = true;
    if (text.startsWith("-- Dump completed")) this.#isUnfinished = false;
    const charset = /^\/\*!\d*\s*SET\s+NAMES\s+'?(\w+)/i.exec(text)?.[1];
    if (charset !== undefined) this.#charset = charset;
  }

  readonly #set: Step = (kind, value) => {
    if (kind === "word" && /^NAMES$/i.test(String(value))) this.#step = this.#setNames;
    else if (value === "standard_conforming_strings") this.#step = this.#setStrings;
    else this.#skip(kind, value);
  };

  /** `= on`, of PostgreSQL */
  readonly #setStrings: Step = (kind, value) => {
    if (kind === "sign" && value === "=") return;
    if (value === "on") this.#scanner.readBackslashes();
    this.#skip(kind, value);
  };

  readonly #setNames: Step = (kind, value) => {
    if (kind === "word" || kind === "text") this.#charset = String(value);
    this.#skip(kind, value);
  };

  /** `[OR REPLACE | TEMPORARY] TABLE` */
  readonly #create: Step = (kind, value) => {
    if (kind === "word" && /^TABLE$/i.test(String(value))) this.#step = this.#created;
    else if (kind !== "word" || !/^(OR|REPLACE|TEMPORARY)$/i.test(String(value)))
      this.#skip(kind, value);
  };

  /** `[IF NOT EXISTS] [database.]table (` */
  readonly #created: Step = (kind, value) => {
    if (kind !== "sign") this.#name = String(value);
    else if (value === "(") this.#define();
    else if (value !== ".") this.#skip(kind, value);
  };

  #define(): void {
    this.#table = sourceTable(this.#name);
    this.#columns = [];
    this.#depth = 1;
    this.#isItem = true;
    this.#step = this.#defined;
    if (this.#table !== null) return;
    this.#step = this.#skipped;
    this.#scanner.skipStatement();
  }

  readonly #defined: Step = (kind, value) => {
    const isColumn =
      kind === "name" || kind === "text" || (kind === "word" && !NO_COLUMN.test(String(value)));
    if (this.#isItem && isColumn && this.#columns.length < MAX_COLUMNS)
      this.#columns.push(String(value));
    this.#isItem = kind === "sign" && value === "," && this.#depth === 1;
    if (kind !== "sign") return;
    if (value === ";") return this.#skip(kind, value);
    this.#depth += value === "(" ? 1 : value === ")" ? -1 : 0;
    if (this.#depth > 0 || this.#table === null) return;
    this.tables.set(this.#table, this.#columns);
    this.#skip(kind, value);
  };

  /** `[LOW_PRIORITY | DELAYED | HIGH_PRIORITY] [IGNORE] [INTO] [database.]table` */
  readonly #insert: Step = (kind, value) => {
    const word = kind === "word" ? String(value).toUpperCase() : "";
    if (/^(LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|INTO)$/.test(word)) return;
    if (kind === "sign" && value === ".") return;
    if (kind !== "sign" && (this.#name === "" || !/^(VALUES?|SELECT|SET|WITH|TABLE)$/.test(word)))
      this.#name = String(value);
    else this.#fill(kind, value);
  };

  /** Handles the token after the table: the columns, VALUES, or another that no dump has. */
  #fill(kind: TokenKind, value: TokenValue): void {
    this.#table = sourceTable(this.#name);
    if (this.#table !== null && !this.tables.has(this.#table)) this.tables.set(this.#table, null);
    if (this.#table === null || !this.#wanted.includes(this.#table)) this.#skip(kind, value);
    else if (kind === "sign" && value === "(") {
      this.#columns = [];
      this.#step = this.#listed;
    } else {
      this.#columns = [...(this.tables.get(this.#table) ?? [])];
      this.#values(kind, value);
    }
  }

  readonly #listed: Step = (kind, value) => {
    if (kind !== "sign") {
      if (this.#columns.length < MAX_COLUMNS) this.#columns.push(String(value));
    } else if (value === ")") {
      this.#step = this.#values;
      // Without a CREATE TABLE, this list tells whether the table has a column.
      if (this.#table !== null && this.tables.get(this.#table) === null)
        this.tables.set(this.#table, this.#columns);
    } else if (value !== ",") this.#breakOff("its list of columns has no end", kind, value);
  };

  readonly #values: Step = (kind, value) => {
    if (kind === "word" && /^VALUES?$/i.test(String(value))) this.#step = this.#between;
    else this.#breakOff("it has no VALUES", kind, value);
  };

  /** After VALUES and after each tuple. */
  readonly #between: Step = (kind, value) => {
    if (kind === "sign" && value === "(") {
      this.#tuple = new DumpTuple(this.#columns.length === 0 ? null : this.#columns.length);
      this.#step = this.#inTuple;
    } else if (kind === "word" && /^(ON|AS|RETURNING)$/i.test(String(value)))
      this.#skip(kind, value);
    else if (kind === "sign" && value === ";") this.#step = this.#begin;
    else if (kind !== "sign" || value !== ",") this.#breakOff("a row is missing", kind, value);
  };

  readonly #inTuple: Step = (kind, value) => {
    const tuple = this.#tuple as DumpTuple;
    const state = tuple.take(kind, value);
    if (state === "open") return;
    if (state === "broken") return this.#breakOff(tuple.flaw ?? "", kind, value);
    this.#tuple = null;
    this.#step = this.#between;
    this.#finish(tuple);
  };

  #finish({ values, flaw }: DumpTuple): void {
    const table = this.#table as SourceTable;
    if (!UNICODE.test(this.#charset)) this.foreignCharset = this.#charset;
    const number = this.#countRow(table);
    if (flaw === null) {
      const row = new Row(this.#columns.map((column, index) => [column, values[index]]));
      this.#found({ kind: "row", table, number, row });
    } else this.#tell(table, number, flaw);
  }

  /** Abandons the current statement; the rows before this remain valid. */
  #breakOff(reason: string, kind?: TokenKind, value?: TokenValue): void {
    const table = this.#table;
    const isReading = table !== null && this.#wanted.includes(table);
    if (isReading)
      this.#tell(
        table,
        this.#countRow(table),
        `${reason}; everything up to the next statement is left out`,
      );
    this.#tuple = null;
    this.#step = this.#begin;
    // A broken text and a semicolon are both followed by a statement.
    const isBehind = kind === undefined || (kind === "sign" && value === ";");
    if (!isBehind) this.#scanner.skipLost();
  }

  #tell(table: SourceTable, number: number, reason: string): void {
    const what = `${table} row ${number} of the dump, at ${this.#scanner.place}`;
    this.#found({ kind: "unreadable", what, reason });
  }

  #countRow(table: SourceTable): number {
    const number = (this.#counts.get(table) ?? 0) + 1;
    this.#counts.set(table, number);
    return number;
  }
}
