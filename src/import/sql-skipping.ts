import type { ByteCursor } from "./byte-cursor.ts";
import { STATEMENT_BYTES, startsStatement } from "./sql-bytes.ts";
import { TokenBytes } from "./token-bytes.ts";

const MAX_COMMENT_BYTES = 256;
const STAR = 0x2a;
const DELIMITER_BACK = /^[ \t]*delimiter[ \t]+;[ \t]*\r?(?=\n|$)/i;

/** Passes over comments, and keeps the beginning of each. */
export class SqlComment {
  readonly #held = new TokenBytes(MAX_COMMENT_BYTES);

  /** Its beginning, the opening marks included. */
  get text(): string {
    return this.#held.text();
  }

  open(): void {
    this.#held.clear();
  }

  /** Goes on behind the closing marks; false when they are not there yet. */
  closeBlock(cursor: ByteCursor): boolean {
    const { bytes, at } = cursor;
    // Its opening marks are no end of it: `/*/` goes on.
    const end = bytes.indexOf("*/", at + (this.#held.length === 0 ? 2 : 0));
    // A star may be half of the closing marks.
    const isHalf = end === -1 && !cursor.isLast && bytes.at(-1) === STAR;
    this.#keep(cursor, end === -1 ? bytes.length - (isHalf ? 1 : 0) : end);
    if (end === -1) cursor.needsMore = true;
    else cursor.at = end + 2;
    return end !== -1;
  }

  /** Goes on at the line's end; false when it is not there yet. */
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

/** Goes on at the next line, if it is there whole enough to be known; -1 when it is not. */
function toNextLine(cursor: ByteCursor): number {
  const from = cursor.at;
  const end = cursor.bytes.indexOf("\n", from);
  if (end !== -1 && !cursor.waits(end, STATEMENT_BYTES)) {
    cursor.at = end + 1;
    return end;
  }
  // The line's last bytes are looked at when its end is there.
  const kept = cursor.isLast ? 0 : 2;
  cursor.at = Math.max(from, (end === -1 ? cursor.bytes.length : end) - kept);
  cursor.needsMore = true;
  return -1;
}

/** Passes over lines up to one that begins like a statement, or follows one that ends like one. */
export function findStatement(cursor: ByteCursor): boolean {
  const end = toNextLine(cursor);
  if (end === -1) return false;
  const { bytes } = cursor;
  return (
    /;\r?$/.test(bytes.toString("latin1", Math.max(0, end - 2), end)) ||
    startsStatement(bytes, end + 1)
  );
}

/** Passes over lines, and over the one that brings back the `;` as what ends statements. */
export function findDelimiter(cursor: ByteCursor): boolean {
  const end = toNextLine(cursor);
  if (end === -1) return false;
  const line = DELIMITER_BACK.exec(
    cursor.bytes.toString("latin1", end + 1, end + 1 + STATEMENT_BYTES),
  );
  cursor.at += line?.[0].length ?? 0;
  return line !== null;
}
