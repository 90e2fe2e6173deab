/** A piece of SQL: a bare word or number, a name in backquotes, a text in quotes, or a sign. */
export interface Token {
  type: "word" | "name" | "text" | "sign";
  value: string;
}

/** A token that has no end, or is longer than anything in a dump. */
export class ScanError extends Error {
  override readonly name = "ScanError";
}

/** Longer than MySQL's own limit for one value would be of no use: session rows have some kilobytes. */
const MAX_TOKEN = 16 * 1024 * 1024;

const [QUOTE, DOUBLE_QUOTE, BACKQUOTE, BACKSLASH] = [0x27, 0x22, 0x60, 0x5c];
const [NEWLINE, DASH, HASH, SLASH, STAR, BANG] = [0x0a, 0x2d, 0x23, 0x2f, 0x2a, 0x21];

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const isWordByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x5f ||
  byte === 0x24 ||
  byte >= 0x80;

/** What a byte behind a backslash stands for; others stand for themselves. */
const ESCAPES: Record<number, number> = { 48: 0, 98: 8, 110: 10, 114: 13, 116: 9, 90: 26 };

/**
 * Takes SQL apart as its bytes come, keeping no more than the token that is not whole yet. Comments are left out; what
 * stands in those that only MySQL obeys is told as one piece.
 */
export class SqlScanner {
  readonly #onToken;
  readonly #onMySqlComment;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onToken: (token: Token) => void, onMySqlComment: (text: string) => void) {
    this.#onToken = onToken;
    this.#onMySqlComment = onMySqlComment;
  }

  /** @throws ScanError */
  push(piece: Buffer): void {
    this.#scan(this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]), false);
  }

  /** @throws ScanError when the last token has no end */
  end(): void {
    this.#scan(this.#rest, true);
    if (this.#rest.length > 0) throw new ScanError("it ends within a text or a comment");
  }

  #scan(bytes: Buffer, isLast: boolean): void {
    let at = 0;
    while (at < bytes.length) {
      const next = this.#token(bytes, at, isLast);
      if (next === -1) break;
      at = next;
    }
    this.#rest = bytes.subarray(at);
    if (this.#rest.length > MAX_TOKEN) throw new ScanError("a text or comment has no end");
  }

  /** Scans one token, comment or space from here; where it ends, or -1 when that is not there yet. */
  #token(bytes: Buffer, at: number, isLast: boolean): number {
    const byte = bytes[at] as number;
    if (isSpace(byte)) return at + 1;
    if (byte === QUOTE || byte === DOUBLE_QUOTE) return this.#text(bytes, at, byte, isLast);
    if (byte === BACKQUOTE) return this.#name(bytes, at, isLast);
    const follower = bytes[at + 1];
    if (follower === undefined && !isLast) return -1;
    if (byte === HASH || (byte === DASH && follower === DASH)) return skipLine(bytes, at, isLast);
    if (byte === SLASH && follower === STAR) return this.#comment(bytes, at);
    if (isWordByte(byte) || (byte === DASH && follower !== undefined && isWordByte(follower)))
      return this.#word(bytes, at, isLast);
    this.#onToken({ type: "sign", value: String.fromCharCode(byte) });
    return at + 1;
  }

  #word(bytes: Buffer, at: number, isLast: boolean): number {
    let end = at + 1;
    // A point and an exponent's sign belong to a number, and a point between names does not matter to us.
    const isNumber = /[-0-9]/.test(String.fromCharCode(bytes[at] as number));
    while (end < bytes.length && (isWordByte(bytes[end] as number) || (isNumber && bytes[end] === 0x2e)))
      end += 1;
    if (end === bytes.length && !isLast) return -1;
    const value = bytes.toString("utf8", at, end);
    if (/^[xXbB]$/.test(value) && bytes[end] === QUOTE) return this.#literal(value, bytes, end);
    if (/^0x[0-9a-f]+$/i.test(value)) this.#onToken(fromHex(value.slice(2)));
    else this.#onToken({ type: "word", value });
    return end;
  }

  /** `x'6162'`, and `b'1'`, which nothing here is made of. */
  #literal(kind: string, bytes: Buffer, quote: number): number {
    const end = bytes.indexOf(QUOTE, quote + 1);
    if (end === -1) return -1;
    const digits = bytes.toString("latin1", quote + 1, end);
    this.#onToken(
      /x/i.test(kind) ? fromHex(digits) : { type: "text", value: String(Number.parseInt(digits, 2)) },
    );
    return end + 1;
  }

  #text(bytes: Buffer, at: number, quote: number, isLast: boolean): number {
    let hasEscapes = false;
    for (let end = at + 1; end < bytes.length; end += 1) {
      const byte = bytes[end];
      if (byte === BACKSLASH) {
        hasEscapes = true;
        end += 1;
      } else if (byte === quote) {
        if (end + 1 === bytes.length && !isLast) return -1;
        if (bytes[end + 1] === quote) {
          hasEscapes = true;
          end += 1;
          continue;
        }
        const inner = bytes.subarray(at + 1, end);
        const value = (hasEscapes ? unescaped(inner, quote) : inner).toString("utf8");
        this.#onToken({ type: "text", value });
        return end + 1;
      }
    }
    return -1;
  }

  #name(bytes: Buffer, at: number, isLast: boolean): number {
    for (let end = at + 1; end < bytes.length; end += 1) {
      if (bytes[end] !== BACKQUOTE) continue;
      if (end + 1 === bytes.length && !isLast) return -1;
      if (bytes[end + 1] === BACKQUOTE) end += 1;
      else {
        const value = bytes.toString("utf8", at + 1, end).replaceAll("``", "`");
        this.#onToken({ type: "name", value });
        return end + 1;
      }
    }
    return -1;
  }

  #comment(bytes: Buffer, at: number): number {
    const end = bytes.indexOf("*/", at + 2);
    if (end === -1) return -1;
    if (bytes[at + 2] === BANG) this.#onMySqlComment(bytes.toString("utf8", at + 3, end));
    return end + 2;
  }
}

function skipLine(bytes: Buffer, at: number, isLast: boolean): number {
  const end = bytes.indexOf(NEWLINE, at);
  if (end !== -1) return end + 1;
  return isLast ? bytes.length : -1;
}

const fromHex = (digits: string): Token => ({
  type: "text",
  value: Buffer.from(digits, "hex").toString("utf8"),
});

function unescaped(bytes: Buffer, quote: number): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at] as number;
    if (byte === BACKSLASH) {
      at += 1;
      byte = bytes[at] as number;
      byte = ESCAPES[byte] ?? byte;
    } else if (byte === quote) at += 1;
    result[length++] = byte;
  }
  return result.subarray(0, length);
}
