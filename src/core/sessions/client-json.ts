import { isObject, type JsonObject } from "./user-info.ts";

/** JSON that phones and old servers made, which is not always JSON or UTF-8. */
export interface ClientJson {
  /** JSON, if `members` is not null. */
  text: string;
  /** null when it is not an object, or nested more than {@link MAX_DEPTH} deep. */
  members: JsonObject | null;
  /**
   * How many characters are not UTF-8, or control characters. Surrogates that were encoded one by
   * one (CESU-8), tabs and line ends do not count.
   */
  irregular: number;
}

/** Nesting of WeChat's data is two or three levels; far deeper values exhaust the stack. */
const MAX_DEPTH = 64;

/**
 * Parses JSON as phones make it (docs/protocol-reference.md#client-json): control characters in
 * strings count as escaped, trailing NULs are cut, and what is not UTF-8 becomes U+FFFD. Passes
 * over every byte in the same way, whether or not it is JSON or UTF-8.
 */
export function parseClientJson(bytes: Uint8Array): ClientJson {
  const { text, depth, irregular } = mend(contentOf(bytes));
  const members = parseObject(depth > MAX_DEPTH ? "" : text);
  // Parsing takes longer when it throws. Now it throws once for every text.
  if (members !== null) parseObject("");
  return { text, members, irregular };
}

/** Parses a JSON text; null when it is not an object. */
export function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Returns the bytes without a byte order mark and without trailing NULs. */
function contentOf(bytes: Uint8Array): Uint8Array {
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(isMarked ? 3 : 0, end);
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const HEX = Buffer.from("0123456789abcdef");

/** Of a control character, `\u0000`; what replaces a byte has three. */
const MAX_BYTES_OF_BYTE = 6;

/** Makes UTF-8 of the bytes, with the control characters in strings escaped. */
function mend(bytes: Uint8Array): { text: string; depth: number; irregular: number } {
  const mended = Buffer.allocUnsafe(bytes.length * MAX_BYTES_OF_BYTE);
  let end = 0;
  let irregular = 0;
  let isInString = false;
  let isEscaped = false;
  let depth = 0;
  let deepest = 0;
  for (let place = 0; place < bytes.length; ) {
    const byte = bytes[place] as number;
    if (byte >= 0x80) {
      isEscaped = false;
      const length = characterLength(bytes, place);
      if (length > 0) {
        for (const next = place + length; place < next; place += 1)
          mended[end++] = bytes[place] as number;
        continue;
      }
      const replaced = isSurrogate(bytes, place) ? 3 : 1;
      for (let count = 0; count < replaced; count += 1) {
        mended[end++] = 0xef;
        mended[end++] = 0xbf;
        mended[end++] = 0xbd;
      }
      if (replaced === 1) irregular += 1;
      place += replaced === 1 ? -length : replaced;
      continue;
    }
    place += 1;
    if (byte < SPACE) {
      if (byte !== TAB && byte !== LINE_FEED && byte !== RETURN) irregular += 1;
      if (isInString && !isEscaped) {
        mended[end++] = BACKSLASH;
        mended[end++] = 0x75;
        mended[end++] = 0x30;
        mended[end++] = 0x30;
        mended[end++] = HEX[byte >> 4] as number;
        mended[end++] = HEX[byte & 15] as number;
        continue;
      }
    }
    mended[end++] = byte;
    if (isEscaped) isEscaped = false;
    else if (byte === QUOTE) isInString = !isInString;
    else if (isInString) isEscaped = byte === BACKSLASH;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
  }
  return { text: mended.toString("utf8", 0, end), depth: deepest, irregular };
}

/**
 * Returns the length of the UTF-8 character that begins with a byte of at least 0x80. When there is
 * none, returns the length of what one U+FFFD replaces (Unicode 16, table 3-7 and D93b), negative.
 */
function characterLength(bytes: Uint8Array, place: number): number {
  const first = bytes[place] as number;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0) return -1;
  const second = bytes[place + 1] ?? 0;
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < lowest || second > highest) return -1;
  for (let at = 2; at < length; at += 1) if (!isContinuation(bytes[place + at])) return -at;
  return length;
}

const isContinuation = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x80 && byte <= 0xbf;

/** Tells whether three bytes encode a surrogate, which UTF-8 does not allow. */
const isSurrogate = (bytes: Uint8Array, place: number): boolean =>
  bytes[place] === 0xed && isContinuation(bytes[place + 1]) && isContinuation(bytes[place + 2]);
