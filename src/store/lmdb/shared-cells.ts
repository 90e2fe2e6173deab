import { existsSync, linkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { StoreError } from "../../core/store-error.ts";

const CELL_BYTES = 8;

/**
 * Numbers of 64 bits that the processes of a machine share: a file that each of them maps. They
 * survive the end of a process, and need not survive that of the machine. The file is made when a
 * cell is first used.
 */
export class SharedCells {
  readonly #path;
  readonly #count;
  #cells: BigInt64Array | null = null;

  constructor(path: string, count: number) {
    this.#path = path;
    this.#count = count;
  }

  /** @throws StoreError "refused" when the file cannot be made or mapped */
  get(index: number): bigint {
    return Atomics.load(this.#mapped(), index);
  }

  /**
   * Replaces the value of a cell, unless it is not this one any more.
   *
   * @returns whether it did: of all processes that expect the same value, one does
   * @throws StoreError, as `get`
   */
  replace(index: number, known: bigint, value: bigint): boolean {
    return Atomics.compareExchange(this.#mapped(), index, known, value) === known;
  }

  #mapped(): BigInt64Array {
    if (this.#cells !== null) return this.#cells;
    try {
      this.#cells = this.#map();
    } catch (cause) {
      const problem = `${this.#path} cannot be used: ${(cause as Error).message}`;
      throw new StoreError("refused", problem, { cause });
    }
    return this.#cells;
  }

  #map(): BigInt64Array {
    // Windows has no second process that serves.
    if (process.platform === "win32") return new BigInt64Array(this.#count);
    const size = this.#count * CELL_BYTES;
    // Processes that have mapped a file of another size keep it.
    if (existsSync(this.#path) && statSync(this.#path).size !== size)
      rmSync(this.#path, { force: true });
    writeNewFile(this.#path, new Uint8Array(size));
    const { buffer, byteOffset } = Bun.mmap(this.#path, { shared: true });
    return new BigInt64Array(buffer, byteOffset, this.#count);
  }
}

/**
 * Writes a file in full and flushes it, unless there is one: who maps a file with holes ends by a
 * signal on a full disk.
 */
export function writeNewFile(path: string, bytes: Uint8Array): void {
  if (existsSync(path)) return;
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, bytes, { mode: 0o600, flush: true });
    // Another process may be faster, and may use its file by now.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
