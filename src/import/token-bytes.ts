/** Collects the bytes of one token from several pieces, up to a limit. */
export class TokenBytes {
  /** Whether the token is longer than the limit. */
  isTooLong = false;
  length = 0;
  readonly #limit;
  #bytes: Buffer = Buffer.allocUnsafe(4096);

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The first byte; 0 when there is none. */
  get first(): number {
    return this.length === 0 ? 0 : (this.#bytes[0] as number);
  }

  get last(): number {
    return this.length === 0 ? 0 : (this.#bytes[this.length - 1] as number);
  }

  clear(): void {
    this.length = 0;
    this.isTooLong = false;
  }

  add(bytes: Buffer, from: number, to: number): void {
    if (this.isTooLong || to <= from) return;
    const length = this.length + to - from;
    if (length > this.#limit) {
      this.isTooLong = true;
      return;
    }
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.length, from, to);
    this.length = length;
  }

  text(): string {
    return this.#bytes.toString("utf8", 0, this.length);
  }

  /** Returns the bytes without copying them; valid until the next change. */
  view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}
