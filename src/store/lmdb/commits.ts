import { join } from "node:path";

/** Where LMDB's meta pages have their pages' size, and the number of the transaction that wrote them: its lower half. */
const PAGE_SIZE = 48;
const TXN_ID = 152;

/**
 * Sees in LMDB's two meta pages, of which each commit overwrites the older, whether any process has committed something,
 * for a hundredth of what a new view costs. Only these pages are mapped: JavaScriptCore would count a whole file that is
 * mapped as its heap, and leave as much garbage lying.
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

  /** Null where they are not mapped: whoever asks has to take it that there was one. */
  static watch(dataDir: string, file: string): Commits | null {
    if (process.platform !== "linux") return null;
    const map = (size: number) =>
      Bun.mmap(join(dataDir, file), { shared: true, size } as Bun.MMapOptions).buffer;
    const pageSize = new DataView(map(4096)).getUint32(PAGE_SIZE, true);
    return new Commits(map(2 * pageSize), pageSize);
  }

  /** Whether anything was committed since the last time that this was asked. */
  isNew(): boolean {
    const first = this.#first[0] ?? 0;
    const second = this.#second[0] ?? 0;
    if (first === this.#seenFirst && second === this.#seenSecond) return false;
    this.#seenFirst = first;
    this.#seenSecond = second;
    return true;
  }
}
