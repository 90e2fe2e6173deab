import type { Unreadable } from "../../core/transfer.ts";
import type { Token } from "./sql-scanner.ts";
import { OLD_TABLES, type OldTable, TABLE_NAMES, type TableRow } from "./tables-source.ts";

/** What begins an item of a table's definition that is no column. */
const NO_COLUMN = /^(PRIMARY|KEY|UNIQUE|INDEX|CONSTRAINT|FULLTEXT|SPATIAL|CHECK|FOREIGN|PERIOD)$/i;

/** Goes through a statement token by token; tells what becomes of the next one. */
type Step = (token: Token) => Step;

/**
 * Understands as much of a dump's SQL as there is to know the rows of the old tables: CREATE TABLE for the order of the
 * columns, INSERT and REPLACE for the rows. Every other statement is passed over.
 */
export class DumpParser {
  /** The tables that were met, defined or filled. */
  readonly met = new Set<OldTable>();
  readonly #wanted;
  readonly #onRow;
  readonly #columns = new Map<OldTable, string[]>();
  readonly #counts = new Map<OldTable, number>();
  #step: Step = (token) => this.#begin(token);
  /** The table whose rows are being read; for what is said of a file that breaks off. */
  #filling: OldTable | null = null;

  constructor(wanted: readonly OldTable[], onRow: (row: TableRow | Unreadable) => void) {
    this.#wanted = wanted;
    this.#onRow = onRow;
  }

  take(token: Token): void {
    this.#step = this.#step(token);
  }

  /** Gives up the statement in hand, because its bytes make no sense, or are over. */
  breakOff(reason: string): void {
    if (this.#filling !== null) this.#refuse(this.#filling, reason);
    this.#filling = null;
    this.#step = this.#skipped;
  }

  #begin(token: Token): Step {
    const word = token.type === "word" ? token.value.toUpperCase() : "";
    if (isSign(token, ";")) return this.#beginning;
    if (word === "CREATE") return (next) => (isWord(next, "TABLE") ? this.#tableName("") : this.#skip(next));
    if (word === "INSERT" || word === "REPLACE") return (next) => this.#into(next);
    // Bodies of triggers and procedures hold statements that are none of the dump's.
    if (word === "DELIMITER") return this.#delimited;
    return this.#skip(token);
  }

  readonly #beginning: Step = (token) => this.#begin(token);
  readonly #skipped: Step = (token) => this.#skip(token);
  readonly #delimited: Step = (token) => (isWord(token, "DELIMITER") ? this.#skipped : this.#delimited);

  #skip(token: Token): Step {
    if (!isSign(token, ";")) return this.#skipped;
    this.#filling = null;
    return this.#beginning;
  }

  /** `[IF NOT EXISTS] [database.]table (` */
  #tableName(name: string): Step {
    return (token) => {
      if (isSign(token, "(")) return this.#definition(name);
      if (token.type === "sign") return isSign(token, ".") ? this.#tableName("") : this.#skip(token);
      return this.#tableName(token.value);
    };
  }

  #definition(name: string): Step {
    const table = oldTable(name);
    const columns: string[] = [];
    if (table !== null) {
      this.met.add(table);
      this.#columns.set(table, columns);
    }
    let depth = 1;
    let isItemStart = true;
    const step: Step = (token) => {
      if (isItemStart && (token.type === "name" || (token.type === "word" && !NO_COLUMN.test(token.value))))
        columns.push(token.value.toLowerCase());
      isItemStart = depth === 1 && isSign(token, ",");
      if (isSign(token, "(")) depth += 1;
      if (isSign(token, ")")) depth -= 1;
      return depth === 0 ? this.#skipped : step;
    };
    return step;
  }

  /** `[LOW_PRIORITY | DELAYED | IGNORE] [INTO] [database.]table [(columns)] VALUES` */
  #into(token: Token, name = ""): Step {
    if (token.type === "word" && /^(LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|INTO)$/i.test(token.value))
      return (next) => this.#into(next);
    if (isSign(token, ".")) return (next) => this.#into(next);
    if (token.type === "sign") return this.#target(name, token);
    if (/^VALUES?$/i.test(token.value) && name !== "") return this.#target(name, token);
    return (next) => this.#into(next, token.value);
  }

  #target(name: string, token: Token): Step {
    const table = oldTable(name);
    if (table !== null) this.met.add(table);
    if (table === null || !this.#wanted.includes(table)) return this.#skip(token);
    this.#filling = table;
    if (!isSign(token, "(")) return this.#tuples(table, this.#columns.get(table) ?? null);
    const columns: string[] = [];
    const step: Step = (next) => {
      if (isSign(next, ")"))
        return (values) => (isWord(values, "VALUES?") ? this.#tuples(table, columns) : this.#skip(values));
      if (next.type !== "sign") columns.push(next.value.toLowerCase());
      return step;
    };
    return step;
  }

  /** `(…),(…)` up to the statement's end, or whatever stands before that. */
  #tuples(table: OldTable, columns: string[] | null): Step {
    const step: Step = (token) => {
      if (isSign(token, "(")) return this.#tuple(table, columns, step);
      if (isSign(token, ",")) return step;
      return this.#skip(token);
    };
    return step;
  }

  #tuple(table: OldTable, columns: string[] | null, after: Step): Step {
    const values: (string | null)[] = [];
    let value: string | null | undefined;
    let flaw: string | null = columns === null ? "no CREATE TABLE before it says which columns it has" : null;
    let depth = 1;
    const end = (): void => {
      if (value === undefined) flaw ??= "a value is missing";
      values.push(value ?? null);
      value = undefined;
    };
    const step: Step = (token) => {
      if (depth > 1 || isSign(token, "(")) {
        flaw ??= "a value is no constant";
        depth += isSign(token, "(") ? 1 : isSign(token, ")") ? -1 : 0;
        return step;
      }
      if (isSign(token, ";")) {
        this.#refuse(table, "it has no end");
        return this.#skip(token);
      }
      if (isSign(token, ",")) end();
      else if (isSign(token, ")")) {
        end();
        this.#finish(table, columns, values, flaw);
        return after;
      } else if (token.type === "text") value = token.value;
      // _binary and _utf8mb4 say how the text behind them is to be taken.
      else if (token.type === "word" && !token.value.startsWith("_")) {
        value = constant(token.value);
        if (value === undefined) flaw ??= "a value is no constant";
      } else if (token.type !== "word") flaw ??= "a value is no constant";
      return step;
    };
    return step;
  }

  #finish(table: OldTable, columns: string[] | null, values: (string | null)[], flaw: string | null): void {
    if (flaw !== null || columns === null) this.#refuse(table, flaw ?? "");
    else if (values.length !== columns.length)
      this.#refuse(table, `it has ${values.length} values for ${columns.length} columns`);
    else {
      this.#count(table);
      const row = Object.fromEntries(columns.map((column, index) => [column, values[index] ?? null]));
      this.#onRow({ kind: "row", table, row });
    }
  }

  #refuse(table: OldTable, reason: string): void {
    this.#onRow({
      kind: "unreadable",
      what: `${TABLE_NAMES[table]}, row ${this.#count(table)} of the dump`,
      reason,
    });
  }

  #count(table: OldTable): number {
    const count = (this.#counts.get(table) ?? 0) + 1;
    this.#counts.set(table, count);
    return count;
  }
}

const isSign = (token: Token, sign: string): boolean => token.type === "sign" && token.value === sign;
const isWord = (token: Token, pattern: string): boolean =>
  token.type === "word" && new RegExp(`^${pattern}$`, "i").test(token.value);
const oldTable = (name: string): OldTable | null =>
  OLD_TABLES.find((table) => table === name.toLowerCase()) ?? null;

/** What a bare word stands for; undefined when it is no constant. */
function constant(word: string): string | null | undefined {
  if (/^NULL$/i.test(word)) return null;
  if (/^TRUE$/i.test(word)) return "1";
  if (/^FALSE$/i.test(word)) return "0";
  return /^-?[\d.]+(e-?\d+)?$/i.test(word) ? word : undefined;
}
