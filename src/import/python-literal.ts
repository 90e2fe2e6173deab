/** A deeper value is not a profile. */
const MAX_DEPTH = 64;

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  "\n": "",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
const WORDS = new Map<string, unknown>([
  ["None", null],
  ["True", true],
  ["False", false],
]);
const BRACKETS: Readonly<Record<string, string>> = { "[": "]", "(": ")" };

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?/y;
const WORD = /[A-Za-z]+/y;
/** Ends before the quote; no quote and no backslash inside. */
const PLAIN = { "'": /[^'\\]*/y, '"': /[^"\\]*/y };
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/y;

/** The text is not a literal of Python. */
class NotLiteral extends Error {
  override readonly name = "NotLiteral";
}

/**
 * Parses what `repr()` of Python 2 or 3 prints for dicts, lists, tuples, texts, numbers, None, True
 * and False, which the Django server stores as a profile
 * (docs/protocol-reference.md#stored-layouts-mysql).
 * Tuples become arrays. Escapes of UTF-8 bytes in a text of Python 2 are decoded.
 *
 * @returns undefined for another text
 */
export function parsePythonLiteral(text: string): unknown {
  try {
    const literal = new Literal(text);
    const value = literal.value(0);
    literal.end();
    return value;
  } catch (error) {
    if (error instanceof NotLiteral) return undefined;
    throw error;
  }
}

class Literal {
  readonly #text;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new NotLiteral();
    this.#match(SPACE);
    const sign = this.#text[this.#at] ?? "";
    if (sign === "{") return this.#dict(depth);
    const closing = BRACKETS[sign];
    if (closing !== undefined) return this.#list(depth, closing);
    const text = this.#string();
    if (text !== null) return text;
    const number = this.#match(NUMBER);
    if (number !== null) return Number(number.replace("L", ""));
    const word = this.#match(WORD) ?? "";
    if (!WORDS.has(word)) throw new NotLiteral();
    return WORDS.get(word);
  }

  end(): void {
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw new NotLiteral();
  }

  #dict(depth: number): Record<string, unknown> {
    const members: [string, unknown][] = [];
    this.#at += 1;
    while (!this.#takes("}")) {
      const key = this.value(depth + 1);
      if (!this.#takes(":")) throw new NotLiteral();
      members.push([String(key), this.value(depth + 1)]);
      if (this.#takes(",")) continue;
      if (!this.#takes("}")) throw new NotLiteral();
      break;
    }
    // Not an assignment, which "__proto__" would divert.
    return Object.fromEntries(members);
  }

  #list(depth: number, closing: string): unknown[] {
    const items: unknown[] = [];
    this.#at += 1;
    while (!this.#takes(closing)) {
      items.push(this.value(depth + 1));
      if (this.#takes(",")) continue;
      if (!this.#takes(closing)) throw new NotLiteral();
      break;
    }
    return items;
  }

  /** Returns a text, `'…'`, `u"…"` or `b'…'`; null when there is none. */
  #string(): string | null {
    const from = this.#at;
    const kind = this.#match(/[uUbB]?(?=['"])/y);
    if (kind === null) return null;
    const quote = this.#text[this.#at] as "'" | '"';
    this.#at += 1;
    let text = "";
    let isBytes = false;
    let isAscii = true;
    for (;;) {
      const plain = this.#match(PLAIN[quote]) ?? "";
      text += plain;
      isAscii &&= /^[\0-\x7f]*$/.test(plain);
      if (this.#text[this.#at] === quote) break;
      ESCAPE.lastIndex = this.#at;
      const found = ESCAPE.exec(this.#text);
      if (found === null) throw new NotLiteral();
      this.#at = ESCAPE.lastIndex;
      const [, byte, unit, point, octal, other] = found;
      isBytes ||= byte !== undefined || octal !== undefined;
      text += character(byte ?? unit ?? point, octal, other);
    }
    this.#at += 1;
    const isUnicode = /u/i.test(this.#text[from] ?? "");
    return isBytes && isAscii && !isUnicode ? decodedBytes(text) : text;
  }

  #takes(sign: string): boolean {
    this.#match(SPACE);
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #match(form: RegExp): string | null {
    form.lastIndex = this.#at;
    const found = form.exec(this.#text);
    if (found === null) return null;
    this.#at += found[0].length;
    return found[0];
  }
}

function character(
  hex: string | undefined,
  octal: string | undefined,
  other: string | undefined,
): string {
  const point = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal ?? "", 8);
  if (!Number.isNaN(point)) {
    if (point > 0x10ffff) throw new NotLiteral();
    return String.fromCodePoint(point);
  }
  // Python leaves a backslash before any other character as it is.
  return ESCAPES[other ?? ""] ?? `\\${other}`;
}

/** Python 2 escapes the bytes of UTF-8, Python 3 only characters: what is not UTF-8 stays. */
function decodedBytes(text: string): string {
  if (/[^\0-\xff]/.test(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}
