import { type KeptLines, MOST_KEPT_BYTES, MOST_KEPT_LINES } from "../core/logs/kept-lines.ts";

/** A longer line would push many others out, and is not kept. In characters. */
const LONGEST_LINE = 64 * 1024;
/** The most bytes that UTF-8 takes for one unit of a JavaScript text. */
const BYTES_PER_UNIT = 3;

/**
 * Keeps the latest lines that this process logged, as bytes in one block of memory, which is
 * bounded in lines and in bytes. Adding copies the bytes, and nothing else: nobody may ever look.
 */
export class RecentLines implements KeptLines {
  readonly source;
  readonly #bytes;
  /** By number modulo their length: where a line begins and ends in `#bytes`. */
  readonly #starts;
  readonly #ends;
  #first = 0;
  #end = 0;
  #at = 0;

  /** @param source eight hex digits */
  constructor(source: string, lines = MOST_KEPT_LINES, bytes = MOST_KEPT_BYTES) {
    this.source = source;
    // Zeroed memory takes room only once it is written to.
    this.#bytes = Buffer.alloc(bytes);
    this.#starts = new Uint32Array(lines);
    this.#ends = new Uint32Array(lines);
  }

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#end;
  }

  /** @param text a line, with or without its line feed */
  add(text: string): void {
    const slot = this.#end % this.#starts.length;
    if (this.#end - this.#first === this.#starts.length) this.#first += 1;
    const room = text.length * BYTES_PER_UNIT;
    if (text.length > LONGEST_LINE || room > this.#bytes.length) {
      this.#starts[slot] = this.#at;
      this.#ends[slot] = this.#at;
      this.#end += 1;
      return;
    }
    if (this.#at + room > this.#bytes.length) {
      // Lines behind here are of the round before this one, and are the earliest.
      this.#forget(this.#at, this.#bytes.length);
      this.#at = 0;
    }
    this.#forget(this.#at, this.#at + room);
    const written = this.#bytes.write(text, this.#at);
    const isEnded = this.#bytes[this.#at + written - 1] === LINE_FEED;
    this.#starts[slot] = this.#at;
    this.#ends[slot] = this.#at + written - (isEnded ? 1 : 0);
    this.#at += written;
    this.#end += 1;
  }

  line(number: number): string | null {
    const slot = number % this.#starts.length;
    const [start = 0, end = 0] = [this.#starts[slot], this.#ends[slot]];
    return start === end ? null : this.#bytes.toString("utf8", start, end);
  }

  /** Forgets the earliest lines that lie in a range of bytes. */
  #forget(from: number, to: number): void {
    while (this.#first < this.#end) {
      const slot = this.#first % this.#starts.length;
      const [start = 0, end = 0] = [this.#starts[slot], this.#ends[slot]];
      const isEmpty = start === end;
      if (!isEmpty && (start < from || start >= to)) return;
      this.#first += 1;
    }
  }
}

const LINE_FEED = 10;
