import { isUtf8 } from "node:buffer";
import { HeldBytes } from "./held-bytes.ts";
import {
  isDigit,
  isSpace,
  isWordByte,
  linesIn,
  STATEMENT_BYTES,
  startsStatement,
  unescaped,
} from "./sql-bytes.ts";

/** A bare word or number, a name in backquotes, a text in quotes or a literal of bytes, or any other character. */
export type TokenKind = "word" | "name" | "text" | "sign";
/** A text is bytes when it is a literal of bytes, or no UTF-8; null when it is longer than a value may be. */
export type TokenValue = string | Buffer | null;

/** What a scanner tells. */
export interface SqlListener {
  token(kind: TokenKind, value: TokenValue): void;
  /** The beginning of a comment, its opening marks included. */
  comment(text: string): void;
  /** A text breaks off, and a new statement begins behind it: what is between is lost. */
  brokenText(): void;
}

/** The most bytes of one value that are kept. waferd takes no body of more than a quarter of that. */
export const MAX_VALUE_BYTES = 1024 * 1024;
const MAX_COMMENT_BYTES = 256;

const [NEWLINE, QUOTE, DOUBLE_QUOTE, BACKQUOTE, BACKSLASH] = [0x0a, 0x27, 0x22, 0x60, 0x5c] as const;
const [SEMICOLON, HASH, DASH, PLUS, POINT, SLASH, STAR] = [0x3b, 0x23, 0x2d, 0x2b, 0x2e, 0x2f, 0x2a] as const;

const DELIMITER_BACK = /^[ \t]*delimiter[ \t]+;[ \t]*\r?(?=\n|$)/i;

/**
 * Takes SQL apart while its bytes come. It holds no more than the value that is not whole yet, and nothing of what is
 * passed over. Backslashes escape, as they do unless a server was set to NO_BACKSLASH_ESCAPES.
 */
export class SqlScanner {
  readonly #listener;
  #state: "between" | "word" | "text" | "lineComment" | "comment" | "delimiter" | "delimited" | "lost" =
    "between";
  /** Whether tokens are passed over, up to the next `;`. */
  #isSkipping = false;
  /** Of a text. */
  #quote = 0;
  #prefix = "";
  /** Of a word. */
  #isNumber = false;
  readonly #held = new HeldBytes(MAX_VALUE_BYTES);
  readonly #comment = new HeldBytes(MAX_COMMENT_BYTES);
  /** What is being scanned, where in it, whether it waits for what follows, and what lay before. */
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #needsMore = false;
  #bytesBefore = 0;
  #linesBefore = 0;

  constructor(listener: SqlListener) {
    this.#listener = listener;
  }

  /** Whether the bytes ended within something that has an end of its own. */
  get isWithinToken(): boolean {
    return this.#state === "text" || this.#state === "comment" || this.#state === "delimited";
  }

  /** How far it has come: `line 7 (byte 4711)`. Counts lines, so not for every row. */
  get place(): string {
    const line = this.#linesBefore + linesIn(this.#bytes, this.#at) + 1;
    return `line ${line} (byte ${this.#bytesBefore + this.#at})`;
  }

  push(piece: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? piece : Buffer.concat([this.#bytes, piece]);
    this.#scan(false);
  }

  /** There are no more bytes. */
  end(): void {
    this.#scan(true);
    if (this.#state === "word") this.#endWord();
    if (this.#state === "lineComment") this.#listener.comment(this.#comment.text());
  }

  /** Passes over the rest of the statement; its `;` is the next token. */
  skipStatement(): void {
    this.#isSkipping = true;
  }

  /** Passes over what follows a `DELIMITER`, up to the one that brings back the `;`. */
  skipDelimited(): void {
    this.#state = "delimiter";
    this.#comment.clear();
  }

  /** Goes on where a statement begins on a line of its own, or behind a line that ends in a `;`. */
  skipLost(): void {
    this.#state = "lost";
  }

  #scan(isLast: boolean): void {
    const bytes = this.#bytes;
    this.#at = 0;
    this.#needsMore = false;
    while (this.#at < bytes.length && !this.#needsMore) this.#step(bytes, isLast);
    this.#linesBefore += linesIn(bytes, this.#at);
    this.#bytesBefore += this.#at;
    this.#bytes = bytes.subarray(this.#at);
    this.#at = 0;
  }

  #step(bytes: Buffer, isLast: boolean): void {
    switch (this.#state) {
      case "between":
        this.#between(bytes, isLast);
        break;
      case "word":
        this.#word(bytes);
        break;
      case "text":
        this.#text(bytes, isLast);
        break;
      case "comment":
        this.#blockComment(bytes, isLast);
        break;
      case "lineComment":
      case "delimiter":
        this.#line(bytes);
        break;
      case "delimited":
      case "lost":
        this.#lines(bytes, isLast);
    }
  }

  /** Whether scanning has to wait at a byte, until so many more are there behind it. */
  #waits(at: number, more: number, isLast: boolean): boolean {
    if (isLast || at + more < this.#bytes.length) return false;
    this.#at = at;
    this.#needsMore = true;
    return true;
  }

  /** To the next token or comment, and of a token that is one character over it. */
  #between(bytes: Buffer, isLast: boolean): void {
    let at = this.#at;
    while (at < bytes.length && (this.#isSkipping ? isPassed : isSpace)(bytes[at] as number)) at += 1;
    this.#at = at;
    if (at === bytes.length) return;
    const byte = bytes[at] as number;
    if (byte === QUOTE || byte === DOUBLE_QUOTE || byte === BACKQUOTE) this.#openText(at + 1, byte, "");
    else if (byte === HASH) this.#openComment("lineComment", at);
    else if (byte === SEMICOLON) {
      this.#isSkipping = false;
      this.#tell(at + 1, "sign", ";");
    } else if (isWordByte(byte)) this.#openWord(bytes, at);
    else if (!isAmbiguous(byte)) this.#tell(at + 1, "sign", String.fromCharCode(byte));
    else if (!this.#waits(at, 2, isLast)) this.#ambiguous(bytes, at);
  }

  /** A sign that may begin a comment or a number. */
  #ambiguous(bytes: Buffer, at: number): void {
    const [byte, next, third] = bytes.subarray(at, at + 3);
    if (byte === SLASH && next === STAR) this.#openComment("comment", at);
    else if (byte === DASH && next === DASH && isSpace(third ?? NEWLINE))
      this.#openComment("lineComment", at);
    else if (this.#isSkipping) this.#at = at + 1;
    else if (byte !== SLASH && isDigit(next)) this.#openWord(bytes, at);
    else this.#tell(at + 1, "sign", String.fromCharCode(byte ?? 0));
  }

  /** @param after where to go on, unless the listener says otherwise */
  #tell(after: number, kind: TokenKind, value: TokenValue): void {
    this.#at = after;
    this.#state = "between";
    this.#listener.token(kind, value);
  }

  #openWord(bytes: Buffer, at: number): void {
    const byte = bytes[at] as number;
    this.#state = "word";
    this.#isNumber = isDigit(byte) || !isWordByte(byte);
    this.#held.clear();
    this.#held.add(bytes, at, at + 1);
    this.#at = at + 1;
  }

  #word(bytes: Buffer): void {
    const from = this.#at;
    let before = this.#held.last;
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (!isWordByte(byte) && !(this.#isNumber && belongsToNumber(byte, before))) break;
      before = byte;
    }
    this.#held.add(bytes, from, at);
    this.#at = at;
    if (at === bytes.length) return;
    const prefix = this.#held.length === 1 ? String.fromCharCode(this.#held.first | 0x20) : "";
    if (bytes[at] === QUOTE && /[xbn]/.test(prefix)) this.#openText(at + 1, QUOTE, prefix);
    else this.#endWord();
  }

  #endWord(): void {
    const word = this.#held.text();
    if (this.#held.isTooLong) this.#tell(this.#at, "text", null);
    else if (/^0x[0-9a-f]*$/i.test(word)) this.#tell(this.#at, "text", Buffer.from(word.slice(2), "hex"));
    else this.#tell(this.#at, "word", word);
  }

  #openText(at: number, quote: number, prefix: string): void {
    this.#state = "text";
    this.#quote = quote;
    this.#prefix = prefix;
    this.#held.clear();
    this.#at = at;
  }

  #text(bytes: Buffer, isLast: boolean): void {
    const quote = this.#quote;
    let from = this.#at;
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte !== quote && byte !== BACKSLASH && byte !== NEWLINE) continue;
      if (byte === BACKSLASH && quote === BACKQUOTE) continue;
      if (this.#waits(at, byte === NEWLINE ? STATEMENT_BYTES : 1, isLast)) break;
      const next = bytes[at + 1] ?? NEWLINE;
      if (byte === NEWLINE) {
        // Texts of mysqldump have no line ends in them, but others' may.
        if (!startsStatement(bytes, at + 1)) continue;
        this.#breakText(at);
        return;
      }
      if (byte === quote && next !== quote) {
        this.#endText(bytes, from, at);
        return;
      }
      this.#hold(bytes, from, byte === quote ? at + 1 : at);
      if (byte === BACKSLASH) this.#hold(unescaped(next), 0, unescaped(next).length);
      at += 1;
      from = at + 1;
    }
    this.#hold(bytes, from, at);
    this.#at = at;
  }

  #hold(bytes: Buffer, from: number, to: number): void {
    if (!this.#isSkipping) this.#held.add(bytes, from, to);
  }

  #breakText(at: number): void {
    this.#at = at;
    this.#state = "between";
    this.#isSkipping = false;
    this.#listener.brokenText();
  }

  #endText(bytes: Buffer, from: number, at: number): void {
    if (this.#isSkipping) {
      this.#at = at + 1;
      this.#state = "between";
      return;
    }
    let text = bytes.subarray(from, at);
    if (this.#held.length > 0 || this.#held.isTooLong) {
      this.#held.add(bytes, from, at);
      text = this.#held.view();
    }
    if (this.#held.isTooLong || text.length > MAX_VALUE_BYTES) this.#tell(at + 1, "text", null);
    else if (this.#quote === BACKQUOTE) this.#tell(at + 1, "name", text.toString());
    else this.#tell(at + 1, "text", toValue(text, this.#prefix));
  }

  #openComment(state: "comment" | "lineComment", at: number): void {
    this.#state = state;
    this.#comment.clear();
    this.#at = at;
  }

  #blockComment(bytes: Buffer, isLast: boolean): void {
    // Its opening marks are no end of it: `/*/` goes on.
    const end = bytes.indexOf("*/", this.#at + (this.#comment.length === 0 ? 2 : 0));
    if (end === -1) {
      const isHalfEnd = !isLast && bytes.at(-1) === STAR;
      const to = isHalfEnd ? bytes.length - 1 : bytes.length;
      this.#comment.add(bytes, this.#at, Math.min(to, this.#at + MAX_COMMENT_BYTES - this.#comment.length));
      this.#at = to;
      this.#needsMore = true;
      return;
    }
    this.#comment.add(bytes, this.#at, Math.min(end, this.#at + MAX_COMMENT_BYTES - this.#comment.length));
    this.#at = end + 2;
    this.#state = "between";
    this.#listener.comment(this.#comment.text());
  }

  /** The rest of a line: of a comment, or behind `DELIMITER`. */
  #line(bytes: Buffer): void {
    const end = bytes.indexOf("\n", this.#at);
    const to = end === -1 ? bytes.length : end;
    this.#comment.add(bytes, this.#at, Math.min(to, this.#at + MAX_COMMENT_BYTES - this.#comment.length));
    this.#at = to;
    if (end === -1) return;
    const text = this.#comment.text();
    const isComment = this.#state === "lineComment";
    this.#state = isComment || text.trim() === ";" ? "between" : "delimited";
    if (isComment) this.#listener.comment(text);
  }

  /** Line by line, to where statements begin again. */
  #lines(bytes: Buffer, isLast: boolean): void {
    const from = this.#at;
    const end = bytes.indexOf("\n", from);
    if (end === -1 || this.#waits(end, STATEMENT_BYTES, isLast)) {
      // The line's `;` is looked at when its end is there.
      const kept = isLast ? 0 : 2;
      this.#at = Math.max(from, (end === -1 ? bytes.length : end) - kept);
      this.#needsMore = true;
      return;
    }
    this.#at = end + 1;
    if (this.#state === "lost") {
      const isEnd = /;\r?$/.test(bytes.toString("latin1", Math.max(0, end - 2), end));
      if (isEnd || startsStatement(bytes, end + 1)) this.#state = "between";
      return;
    }
    const line = bytes.toString("latin1", end + 1, end + 1 + STATEMENT_BYTES);
    const back = DELIMITER_BACK.exec(line);
    if (back === null) return;
    this.#at += back[0].length;
    this.#state = "between";
  }
}

/** Whether a byte is passed over in a statement that is: it begins no text and no comment, and ends no statement. */
const isPassed = (byte: number): boolean =>
  byte !== SEMICOLON &&
  byte !== QUOTE &&
  byte !== DOUBLE_QUOTE &&
  byte !== BACKQUOTE &&
  byte !== DASH &&
  byte !== SLASH &&
  byte !== HASH;

const isAmbiguous = (byte: number): boolean =>
  byte === DASH || byte === SLASH || byte === PLUS || byte === POINT;

/** Whether a byte goes on with a number that so far ends in another: a point, or the sign of an exponent. */
const belongsToNumber = (byte: number, before: number): boolean =>
  byte === POINT || ((byte === DASH || byte === PLUS) && (before | 0x20) === 0x65);

/** The value of a text with this prefix. */
function toValue(text: Buffer, prefix: string): string | Buffer {
  if (prefix === "x") return Buffer.from(text.toString("latin1"), "hex");
  if (prefix === "b") return String(Number.parseInt(text.toString("latin1"), 2));
  return isUtf8(text) ? text.toString() : Buffer.from(text);
}
