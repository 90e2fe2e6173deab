import { ByteCursor } from "./byte-cursor.ts";
import { isDigit, isSpace, isWordByte } from "./sql-bytes.ts";
import { findDelimiter, findStatement, SqlComment } from "./sql-skipping.ts";
import { MAX_VALUE_BYTES, SqlText } from "./sql-text.ts";
import { TokenBytes } from "./token-bytes.ts";

/** A word or number, a name in backquotes, a text in quotes or a byte literal, or another sign. */
export type TokenKind = "word" | "name" | "text" | "sign";
/** Bytes for a byte literal or a text that is not in UTF-8; null for a value that is too long. */
export type TokenValue = string | Buffer | null;

/** Receives the results of a scanner. */
export interface SqlListener {
  token(kind: TokenKind, value: TokenValue): void;
  /** Receives the beginning of a comment, with its opening mark. */
  comment(text: string): void;
  /** Called when a text has no end and a new statement follows. */
  brokenText(): void;
}

const [QUOTE, DOUBLE_QUOTE, BACKQUOTE, SEMICOLON, HASH] = [0x27, 0x22, 0x60, 0x3b, 0x23] as const;
const [NEWLINE, DASH, PLUS, POINT, SLASH, STAR] = [0x0a, 0x2d, 0x2b, 0x2e, 0x2f, 0x2a] as const;

/**
 * Splits SQL into tokens while its bytes arrive. It keeps only the current value, and nothing of
 * skipped statements. Backslashes escape until {@link SqlScanner.readBackslashes}.
 */
export class SqlScanner {
  readonly #listener;
  readonly #cursor = new ByteCursor();
  readonly #text = new SqlText();
  readonly #comment = new SqlComment();
  readonly #word = new TokenBytes(MAX_VALUE_BYTES);
  #isNumber = false;
  #state:
    | "between"
    | "word"
    | "text"
    | "lineComment"
    | "comment"
    | "delimiter"
    | "delimited"
    | "lost" = "between";
  /** Whether tokens are skipped up to the next `;`. */
  #isSkipping = false;

  constructor(listener: SqlListener) {
    this.#listener = listener;
  }

  /** Tells whether the bytes ended before the end of a text, a comment or a delimited part. */
  get isWithinToken(): boolean {
    return this.#state === "text" || this.#state === "comment" || this.#state === "delimited";
  }

  /** The position, for messages. */
  get place(): string {
    return this.#cursor.place;
  }

  push(piece: Buffer): void {
    this.#cursor.push(piece);
    this.#scan();
  }

  /** Ends the scanning. */
  end(): void {
    this.#cursor.push(null);
    this.#scan();
    if (this.#state === "word") this.#endWord();
    if (this.#state === "lineComment") this.#listener.comment(this.#comment.text);
  }

  /** Skips the rest of the statement; its `;` is the next token. */
  skipStatement(): void {
    this.#isSkipping = true;
  }

  /** Reads backslashes in texts as themselves from now on. */
  readBackslashes(): void {
    this.#text.escapes = false;
  }

  /** Skips everything after a `DELIMITER`, up to the one that restores the `;`. */
  skipDelimited(): void {
    this.#state = "delimiter";
    this.#comment.open();
  }

  /** Continues at the next line that begins a statement, or follows a line that ends with `;`. */
  skipLost(): void {
    this.#state = "lost";
  }

  #scan(): void {
    while (!this.#cursor.isAtEnd && !this.#cursor.needsMore) this.#step();
  }

  #step(): void {
    switch (this.#state) {
      case "between":
        this.#between();
        break;
      case "word":
        this.#inWord();
        break;
      case "text":
        this.#inText();
        break;
      case "comment":
        if (this.#comment.closeBlock(this.#cursor)) this.#endComment();
        break;
      case "lineComment":
        if (this.#comment.closeLine(this.#cursor)) this.#endComment();
        break;
      case "delimiter":
        if (this.#comment.closeLine(this.#cursor))
          this.#state = this.#comment.text.trim() === ";" ? "between" : "delimited";
        break;
      case "delimited":
        if (findDelimiter(this.#cursor)) this.#state = "between";
        break;
      case "lost":
        if (findStatement(this.#cursor)) this.#state = "between";
    }
  }

  /** Scans to the next token or comment, and over a sign. */
  #between(): void {
    const cursor = this.#cursor;
    const { bytes } = cursor;
    const passes = this.#isSkipping ? isPassed : isSpace;
    let at = cursor.at;
    while (at < bytes.length && passes(bytes[at] as number)) at += 1;
    cursor.at = at;
    if (at === bytes.length) return;
    const byte = bytes[at] as number;
    if (byte === QUOTE || byte === DOUBLE_QUOTE || byte === BACKQUOTE) this.#openText(byte, "");
    else if (byte === HASH) this.#openComment("lineComment");
    else if (byte === SEMICOLON) {
      this.#isSkipping = false;
      this.#tellSign(byte);
    } else if (isWordByte(byte)) this.#openWord();
    else if (!isAmbiguous(byte)) this.#tellSign(byte);
    else if (!cursor.waits(at, 2)) this.#ambiguous(byte, bytes[at + 1], bytes[at + 2]);
  }

  /** Handles a sign that may begin a comment or a number. */
  #ambiguous(byte: number, next: number | undefined, third: number | undefined): void {
    if (byte === SLASH && next === STAR) this.#openComment("comment");
    else if (byte === DASH && next === DASH && isSpace(third ?? NEWLINE))
      this.#openComment("lineComment");
    else if (this.#isSkipping) this.#cursor.at += 1;
    else if (byte !== SLASH && isDigit(next)) this.#openWord();
    else this.#tellSign(byte);
  }

  #tellSign(byte: number): void {
    this.#cursor.at += 1;
    this.#listener.token("sign", String.fromCharCode(byte));
  }

  #openComment(state: "comment" | "lineComment"): void {
    this.#state = state;
    this.#comment.open();
  }

  #endComment(): void {
    this.#state = "between";
    this.#listener.comment(this.#comment.text);
  }

  #openWord(): void {
    const { bytes, at } = this.#cursor;
    const byte = bytes[at] as number;
    this.#state = "word";
    this.#isNumber = isDigit(byte) || !isWordByte(byte);
    this.#word.clear();
    this.#word.add(bytes, at, at + 1);
    this.#cursor.at = at + 1;
  }

  #inWord(): void {
    const { bytes, at: from } = this.#cursor;
    let before = this.#word.last;
    let at = from;
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (!isWordByte(byte) && !(this.#isNumber && belongsToNumber(byte, before))) break;
      before = byte;
    }
    this.#word.add(bytes, from, at);
    this.#cursor.at = at;
    if (at === bytes.length) return;
    const prefix = this.#word.length === 1 ? String.fromCharCode(this.#word.first | 0x20) : "";
    if (bytes[at] === QUOTE && /[xbn]/.test(prefix)) this.#openText(QUOTE, prefix);
    else this.#endWord();
  }

  #endWord(): void {
    this.#state = "between";
    const word = this.#word.text();
    if (this.#word.isTooLong) this.#listener.token("text", null);
    else if (/^0x[0-9a-f]*$/i.test(word))
      this.#listener.token("text", Buffer.from(word.slice(2), "hex"));
    else this.#listener.token("word", word);
  }

  #openText(quote: number, prefix: string): void {
    this.#state = "text";
    this.#text.open(quote, prefix);
    this.#cursor.at += 1;
  }

  #inText(): void {
    const isWanted = !this.#isSkipping;
    const came = this.#text.read(this.#cursor, isWanted);
    if (came === "open") return;
    this.#state = "between";
    if (came === "broken") {
      this.#isSkipping = false;
      this.#listener.brokenText();
    } else if (isWanted)
      this.#listener.token(this.#text.isName ? "name" : "text", this.#text.value);
  }
}

/** Tells whether a byte of a skipped statement is passed: no text or comment begins, and no `;`. */
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

/** Tells whether a byte continues a number after another byte: a point, or an exponent's sign. */
const belongsToNumber = (byte: number, before: number): boolean =>
  byte === POINT || ((byte === DASH || byte === PLUS) && (before | 0x20) === 0x65);
