import { join } from "node:path";

/** Offsets in a meta page of LMDB: the page size, and the lower half of the transaction's id. */
const PAGE_SIZE = 48;
const TXN_ID = 152;

/**
 * Detects commits of any process in the two meta pages of LMDB, the older of which each commit
 * overwrites, at a hundredth of the cost of a new read transaction. Only these pages are mapped:
 * JavaScriptCore counts mapped bytes as heap, and collects garbage less often the more there are.
 */
export class Commits {
  readonly #first;
  readonly #second;
  #seenFirst = -1;
  #seenSecond = -1;

  private constructor(pages: ArrayBuffer, pageSize: number) {
    this.#first = new Uint32Array(pages, TXN_ID, 1);
    this.#second = new Uint32Array(pages, pageSize + TXN_ID, 1);
  }

  /** Returns null where the pages cannot be mapped; the caller must then assume a commit. */
  static watch(dataDir: string, file: string): Commits | null {
    if (process.platform !== "linux") return null;
    const map = (size: number) =>
      Bun.mmap(join(dataDir, file), { shared: true, size } as Bun.MMapOptions).buffer;
    const pageSize = new DataView(map(4096)).getUint32(PAGE_SIZE, true);
    return new Commits(map(2 * pageSize), pageSize);
  }

  /** Returns whether anything was committed since the previous call. */
  isNew(): boolean {
    const first = this.#first[0] ?? 0;
    const second = this.#second[0] ?? 0;
    if (first === this.#seenFirst && second === this.#seenSecond) return false;
    this.#seenFirst = first;
    this.#seenSecond = second;
    return true;
  }
}
