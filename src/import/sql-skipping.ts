import type { ByteCursor } from "./byte-cursor.ts";
import { STATEMENT_BYTES, startsStatement } from "./sql-bytes.ts";
import { TokenBytes } from "./token-bytes.ts";

const MAX_COMMENT_BYTES = 256;
const STAR = 0x2a;
const DELIMITER_BACK = /^[ \t]*delimiter[ \t]+;[ \t]*\r?(?=\n|$)/i;

/** Skips a comment, and keeps its beginning. */
export class SqlComment {
  readonly #held = new TokenBytes(MAX_COMMENT_BYTES);

  /** The beginning, with the opening mark. */
  get text(): string {
    return this.#held.text();
  }

  open(): void {
    this.#held.clear();
  }

  /** Skips the closing mark; false when it has not arrived yet. */
  closeBlock(cursor: ByteCursor): boolean {
    const { bytes, at } = cursor;
    // The opening mark does not close it: `/*/` continues.
    const end = bytes.indexOf("*/", at + (this.#held.length === 0 ? 2 : 0));
    // A star may be the first half of the closing mark.
    const isHalf = end === -1 && !cursor.isLast && bytes.at(-1) === STAR;
    this.#keep(cursor, end === -1 ? bytes.length - (isHalf ? 1 : 0) : end);
    if (end === -1) cursor.needsMore = true;
    else cursor.at = end + 2;
    return end !== -1;
  }

  /** Skips to the line's end; false when it has not arrived yet. */
  closeLine(cursor: ByteCursor): boolean {
    const end = cursor.bytes.indexOf("\n", cursor.at);
    this.#keep(cursor, end === -1 ? cursor.bytes.length : end);
    return end !== -1;
  }

  #keep(cursor: ByteCursor, to: number): void {
    const room = MAX_COMMENT_BYTES - this.#held.length;
    this.#held.add(cursor.bytes, cursor.at, Math.min(to, cursor.at + room));
    cursor.at = to;
  }
}

/** Skips to the next line, and returns the end of this one; -1 when more bytes are needed. */
function toNextLine(cursor: ByteCursor): number {
  const from = cursor.at;
  const end = cursor.bytes.indexOf("\n", from);
  if (end !== -1 && !cursor.waits(end, STATEMENT_BYTES)) {
    cursor.at = end + 1;
    return end;
  }
  // Keep the last bytes of the line, which are read once its end arrives.
  const kept = cursor.isLast ? 0 : 2;
  cursor.at = Math.max(from, (end === -1 ? cursor.bytes.length : end) - kept);
  cursor.needsMore = true;
  return -1;
}

/** Skips lines up to one that begins a statement, or follows one that ends a statement. */
export function findStatement(cursor: ByteCursor): boolean {
  const end = toNextLine(cursor);
  if (end === -1) return false;
  const { bytes } = cursor;
  return (
    /;\r?$/.test(bytes.toString("latin1", Math.max(0, end - 2), end)) ||
    startsStatement(bytes, end + 1)
  );
}

/** Skips lines, up to and including the one that restores the delimiter `;`. */
export function findDelimiter(cursor: ByteCursor): boolean {
  const end = toNextLine(cursor);
  if (end === -1) return false;
  const line = DELIMITER_BACK.exec(
    cursor.bytes.toString("latin1", end + 1, end + 1 + STATEMENT_BYTES),
  );
  cursor.at += line?.[0].length ?? 0;
  return line !== null;
}
