export const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);

export const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Tells whether a byte belongs to a word: a letter, a digit, `_`, `$` or a byte beyond ASCII. */
export const isWordByte = (byte: number): boolean =>
  isDigit(byte) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x5f ||
  byte === 0x24 ||
  byte >= 0x80;

/**
 * The bytes that an escaped byte means (MySQL manual, String Literals): mostly itself. `\%` and
 * `\_` lose their backslash in patterns only.
 */
const ESCAPES = Array.from({ length: 256 }, (_, byte) => Buffer.of(byte));
const MEANINGS = { 0: "\0", b: "\b", n: "\n", r: "\r", t: "\t", Z: "\u001a", "%": "\\%", _: "\\_" };
for (const [letter, meaning] of Object.entries(MEANINGS))
  ESCAPES[letter.charCodeAt(0)] = Buffer.from(meaning);

/** Returns the bytes that a backslash and this byte mean. */
export const unescaped = (byte: number): Buffer => ESCAPES[byte] as Buffer;

const STATEMENT =
  /^(?:(?:INSERT|REPLACE) (?:[A-Z_]+ )?INTO \S|CREATE TABLE |DROP TABLE |LOCK TABLES |UNLOCK TABLES;|\/\*!\d{5} |-- (?:Dump|Table structure))/;
/** The bytes that suffice to recognize the beginning of a statement. */
export const STATEMENT_BYTES = 48;

/** Tells whether the text here begins a line of a dump, and hardly ever one of a user's text. */
export const startsStatement = (bytes: Buffer, at: number): boolean =>
  STATEMENT.test(bytes.toString("latin1", at, at + STATEMENT_BYTES));

/** Counts the line ends in the first bytes. */
export function linesIn(bytes: Buffer, length: number): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1 && at < length; at = bytes.indexOf(0x0a, at + 1))
    count += 1;
  return count;
}
