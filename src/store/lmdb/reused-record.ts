import { asBinary } from "lmdb";

/** A buffer in the form of which lmdb's `put` takes the part from `start` to `end`. */
type PartOfBuffer = Buffer & { start: number; end: number };

/** More than nearly all records have; a larger one makes it grow. */
const FIRST_BYTES = 4096;

/**
 * One buffer for the records of many puts inside a write, where lmdb copies a record before `put`
 * returns. A buffer for each would be most of the garbage of a batch.
 */
export class ReusedRecord {
  #bytes = this.#make(FIRST_BYTES);
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
