import { linesIn } from "./sql-bytes.ts";

/** Where a scanner is in bytes that come in pieces. It keeps what was not scanned yet, and nothing else. */
export class ByteCursor {
  bytes: Buffer = Buffer.alloc(0);
  at = 0;
  /** Whether no bytes follow these. */
  isLast = false;
  /** Whether what is scanned can be understood only when more bytes are there. */
  needsMore = false;
  #bytesBefore = 0;
  #linesBefore = 0;

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** How far it has come: `line 7 (byte 4711)`. Counts lines, so not for every row. */
  get place(): string {
    const line = this.#linesBefore + linesIn(this.bytes, this.at) + 1;
    return `line ${line} (byte ${this.#bytesBefore + this.at})`;
  }

  /** Takes a piece behind what is left; null when there is none any more. */
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

  /** Whether scanning has to wait at a byte, until so many more are there behind it. */
  waits(at: number, more: number): boolean {
    if (this.isLast || at + more < this.bytes.length) return false;
    this.at = at;
    this.needsMore = true;
    return true;
  }
}
