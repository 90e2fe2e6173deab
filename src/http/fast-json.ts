import { isPlainText } from "../core/json-text.ts";

/**
 * Returns a text as it stands between quotes in JSON. Nearly all stand there as they are, which
 * costs a tenth of JSON.stringify.
 */
export const quotable = (text: string): string =>
  isPlainText(text) ? text : JSON.stringify(text).slice(1, -1);

/**
 * JSON in parts that follow each other: texts, whole numbers, and bytes that are UTF-8 already. Do
 * not put parts together before: a new text costs more than writing its parts.
 */
export type JsonParts = readonly (string | number | Uint8Array)[];

/** Returns a text that is part of many answers, as UTF-8. */
export const fixed = (text: string): Uint8Array => Buffer.from(text);

const DIGIT_ZERO = 0x30;
const MAX_BYTES_OF_UNIT = 3;
let buffer = room(16 * 1024);

/**
 * Returns the parts as UTF-8, in a buffer that the next call overwrites. Joining them to a text and
 * encoding that costs three times as much.
 */
export function utf8Of(parts: JsonParts): Uint8Array<ArrayBuffer> {
  let end = 0;
  for (const part of parts) {
    if (typeof part === "string") {
      reserve(end, part.length * MAX_BYTES_OF_UNIT);
      end += buffer.utf8Write(part, end);
    } else if (typeof part === "number") {
      end = writeNumber(part, end);
    } else {
      reserve(end, part.length);
      buffer.set(part, end);
      end += part.length;
    }
  }
  return buffer.subarray(0, end);
}

/** Writes a whole number from 0 on. */
function writeNumber(number: number, from: number): number {
  let end = from + 1;
  for (let rest = Math.floor(number / 10); rest > 0; rest = Math.floor(rest / 10)) end += 1;
  reserve(from, end - from);
  let rest = number;
  for (let place = end - 1; place >= from; place -= 1) {
    buffer[place] = DIGIT_ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}

function reserve(end: number, length: number): void {
  if (end + length <= buffer.length) return;
  const larger = room(2 * (end + length));
  larger.set(buffer.subarray(0, end));
  buffer = larger;
}

/**
 * `write` examines its arguments for as long as it writes; Bun's type declarations lack
 * `utf8Write`.
 */
type Room = Buffer<ArrayBuffer> & { utf8Write(text: string, offset: number): number };

function room(length: number): Room {
  return Buffer.allocUnsafeSlow(length) as Room;
}
