import { isUtf8 } from "node:buffer";
import type { ByteCursor } from "./byte-cursor.ts";
import { STATEMENT_BYTES, startsStatement, unescaped } from "./sql-bytes.ts";
import { TokenBytes } from "./token-bytes.ts";

/** The longest value in bytes. The body of a request is limited to a quarter of this. */
export const MAX_VALUE_BYTES = 1024 * 1024;

const [NEWLINE, BACKQUOTE, BACKSLASH] = [0x0a, 0x60, 0x5c] as const;

/** Reads quoted text of any length, and keeps as much of it as a value may have. */
export class SqlText {
  /** A text, or its bytes if they are not in UTF-8; null when it is too long. */
  value: string | Buffer | null = null;
  /** Whether a backslash escapes: not in sqlite3's dumps, nor in PostgreSQL's. */
  escapes = true;
  readonly #held = new TokenBytes(MAX_VALUE_BYTES);
  #quote = 0;
  #prefix = "";

  /** Tells whether the text is a name. */
  get isName(): boolean {
    return this.#quote === BACKQUOTE;
  }

  /** @param prefix `x` or `b` for a literal of bytes or bits, in lower case */
  open(quote: number, prefix: string): void {
    this.#quote = quote;
    this.#prefix = prefix;
    this.#held.clear();
  }

  /**
   * Reads up to and over the closing quote, as far as the bytes go.
   *
   * @param keeps whether to keep the value
   * @returns "broken" when a new statement begins before it is closed
   */
  read(cursor: ByteCursor, keeps: boolean): "open" | "closed" | "broken" {
    const { bytes } = cursor;
    const quote = this.#quote;
    let from = cursor.at;
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte !== quote && byte !== BACKSLASH && byte !== NEWLINE) continue;
      if (byte === BACKSLASH && (quote === BACKQUOTE || !this.escapes)) continue;
      if (cursor.waits(at, byte === NEWLINE ? STATEMENT_BYTES : 1)) break;
      const next = bytes[at + 1] ?? NEWLINE;
      if (byte === NEWLINE) {
        // mysqldump escapes the line ends in texts, but other tools may not.
        if (!startsStatement(bytes, at + 1)) continue;
        cursor.at = at;
        return "broken";
      }
      if (byte === quote && next !== quote) {
        if (keeps) this.#close(bytes, from, at);
        cursor.at = at + 1;
        return "closed";
      }
      if (keeps) {
        this.#held.add(bytes, from, byte === quote ? at + 1 : at);
        if (byte === BACKSLASH) this.#held.add(unescaped(next), 0, unescaped(next).length);
      }
      at += 1;
      from = at + 1;
    }
    if (keeps) this.#held.add(bytes, from, at);
    cursor.at = at;
    return "open";
  }

  #close(bytes: Buffer, from: number, to: number): void {
    let text = bytes.subarray(from, to);
    if (this.#held.length > 0 || this.#held.isTooLong || text.length > MAX_VALUE_BYTES) {
      this.#held.add(bytes, from, to);
      text = this.#held.view();
    }
    this.value = this.#held.isTooLong ? null : toValue(text, this.#prefix);
  }
}

function toValue(text: Buffer, prefix: string): string | Buffer {
  if (prefix === "x") return Buffer.from(text.toString("latin1"), "hex");
  if (prefix === "b") return String(Number.parseInt(text.toString("latin1"), 2));
  return isUtf8(text) ? text.toString() : Buffer.from(text);
}
