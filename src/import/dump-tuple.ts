import { isSqlFunction, SqlCall } from "./sql-function.ts";
import type { TokenKind, TokenValue } from "./sql-scanner.ts";
import { MAX_VALUE_BYTES } from "./sql-text.ts";

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The state after a token: the tuple continues, is complete, or is invalid. */
export type TupleState = "open" | "closed" | "broken";

/** The values of one `(…)` after VALUES. */
export class DumpTuple {
  /** At most as many as there are columns. */
  values: TokenValue[] = [];
  /** The number of values, also of those beyond the columns. */
  count = 0;
  /** Why the row is unreadable; null when it is not. */
  flaw: string | null = null;
  readonly #columns;
  #value: TokenValue | undefined;
  #call: SqlCall | null = null;
  /** The depth of parentheses within a value. */
  #depth = 0;

  /** @param columns the number of the table's columns; null when it is unknown */
  constructor(columns: number | null) {
    this.#columns = columns;
    if (columns === null) this.flaw = "neither it nor a CREATE TABLE before it names the columns";
  }

  take(kind: TokenKind, value: TokenValue): TupleState {
    if (this.#call !== null && !(kind === "sign" && value === ";")) {
      if (this.#call.take(kind, value)) this.#endCall(this.#call);
      return "open";
    }
    if (kind === "sign") return this.#sign(value as string);
    if (this.#depth > 0) return "open";
    if (kind === "name") return this.#break("it has a name in place of a value");
    // _binary and _utf8mb4 give the charset of the next literal.
    if (kind === "word" && (value as string).startsWith("_") && this.#value === undefined)
      return "open";
    if (this.#value !== undefined) return this.#break("a comma between two values is missing");
    if (kind === "word") this.#word(value as string);
    else {
      this.#value = value;
      if (value === null) this.flaw ??= `a value is longer than ${MAX_VALUE_BYTES} bytes`;
    }
    return "open";
  }

  #word(word: string): void {
    const upper = word.toUpperCase();
    if (isSqlFunction(word)) this.#call = new SqlCall(word);
    else if (upper === "NULL") this.#value = null;
    else if (upper === "TRUE" || upper === "FALSE") this.#value = upper === "TRUE" ? "1" : "0";
    else {
      this.#value = word;
      if (!NUMBER.test(word)) this.flaw ??= `value ${this.count + 1} is an expression`;
    }
  }

  #endCall(call: SqlCall): void {
    this.#call = null;
    this.#value = call.value();
    if (this.#value === null) this.flaw ??= `value ${this.count + 1} is an expression`;
  }

  #sign(sign: string): TupleState {
    if (sign === ";") return this.#break("its statement ends within it");
    if (sign === "(") {
      this.flaw ??= `value ${this.count + 1} is an expression`;
      this.#depth += 1;
    } else if (this.#depth > 0) this.#depth -= sign === ")" ? 1 : 0;
    else if (sign === "," || sign === ")") {
      this.#endValue();
      return sign === ")" ? this.#close() : "open";
    } else this.flaw ??= `value ${this.count + 1} is an expression`;
    return "open";
  }

  #endValue(): void {
    if (this.#value === undefined) this.flaw ??= `value ${this.count + 1} is missing`;
    this.count += 1;
    // A tuple without an end must not fill the memory.
    if (this.count <= (this.#columns ?? 0)) this.values.push(this.#value ?? null);
    this.#value = undefined;
  }

  #close(): TupleState {
    if (this.count !== this.#columns && this.#columns !== null)
      this.flaw ??= `it has ${this.count} values for ${this.#columns} columns`;
    return "closed";
  }

  #break(reason: string): TupleState {
    this.flaw = reason;
    return "broken";
  }
}
