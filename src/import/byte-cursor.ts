import { linesIn } from "./sql-bytes.ts";

/** A scanner's position in bytes that arrive in pieces. It keeps only the bytes not yet scanned. */
export class ByteCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  /** Whether these are the last bytes. */
  isLast = false;
  /** Whether scanning continues only once more bytes arrive. */
  needsMore = false;
  #bytesBefore = 0;
  #linesBefore = 0;

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** The position as `line 7 (byte 4711)`. Counts lines, so it is slow. */
  get place(): string {
    const line = this.#linesBefore + linesIn(this.bytes, this.at) + 1;
    return `line ${line} (byte ${this.#bytesBefore + this.at})`;
  }

  /** Appends a piece; null after the last one. */
  push(piece: Buffer | null): void {
    this.#linesBefore += linesIn(this.bytes, this.at);
    this.#bytesBefore += this.at;
    const rest = this.bytes.subarray(this.at);
    if (piece === null) this.bytes = rest;
    else this.bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    this.at = 0;
    this.isLast = piece === null;
    this.needsMore = false;
  }

  /** Tells whether scanning has to wait at a byte for this many more. */
  waits(at: number, more: number): boolean {
    if (this.isLast || at + more < this.bytes.length) return false;
    this.at = at;
    this.needsMore = true;
    return true;
  }
}
