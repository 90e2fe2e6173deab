import { asBinary } from "lmdb";

/** Returns a part of a record that is plain ASCII. */
export const latin1 = (bytes: Buffer, from: number, length: number): string =>
  bytes.toString("latin1", from, from + length);

let lastAppid = "";

/**
 * Reads an appid. There are few apps, mostly that of the request before: comparing is cheaper than
 * making a text.
 */
export function appidAt(bytes: Buffer, from: number, length: number): string {
  let same = lastAppid.length === length;
  for (let index = 0; same && index < length; index += 1)
    same = lastAppid.charCodeAt(index) === bytes[from + index];
  if (!same) lastAppid = latin1(bytes, from, length);
  return lastAppid;
}

/**
 * A view of lmdb's buffer would see the next read, and costs twice as much as a copy made like
 * this.
 */
export function copy(bytes: Buffer, from: number, to: number): Uint8Array<ArrayBuffer> {
  const part = new Uint8Array(to - from);
  bytes.copy(part, 0, from, to);
  return part;
}

/** Tells whether a part of a record is the same as other bytes. Allocates nothing. */
export const isAt = (bytes: Buffer, from: number, to: number, other: Uint8Array): boolean =>
  bytes.compare(other, 0, other.length, from, to) === 0;

/** A buffer in the form of which lmdb's `put` takes the part from `start` to `end`. */
type PartOfBuffer = Buffer & { start: number; end: number };

/** More than nearly all records have. */
const REUSED_BYTES = 65_536;

/**
 * One buffer for the records of many puts inside a write, where lmdb copies a record before `put`
 * returns. A buffer for each would be most of the garbage of a batch.
 */
export class ReusedRecord {
  #bytes = this.#make(REUSED_BYTES);
  #value = asBinary(this.#bytes);

  /** Takes a copy of a record. @returns the buffer, whose first `end` bytes are the record */
  take(record: Buffer, end: number): Buffer {
    if (end > this.#bytes.length) {
      this.#bytes = this.#make(end);
      this.#value = asBinary(this.#bytes);
    }
    record.copy(this.#bytes, 0, 0, end);
    this.#bytes.end = end;
    return this.#bytes;
  }

  /** Returns the record for `put`, which lmdb then stores as it is, without its encoder. */
  value<V>(): V {
    return this.#value as unknown as V;
  }

  #make(length: number): PartOfBuffer {
    // lmdb reckons from the beginning of the memory behind the buffer.
    return Object.assign(Buffer.allocUnsafeSlow(length), { start: 0, end: 0 });
  }
}
