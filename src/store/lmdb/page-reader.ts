/*
 * LMDB's file, as far as a look-up needs it (mdb.c of LMDB, format 2 with the page header of 24 bytes). All numbers are
 * in the machine's byte order, here little-endian. A page: number u64, transaction u64, pad u16, flags u16, end of the
 * pointers u16, and a u16; then a u16 for each node: its place behind the header. A node: data's length u32 (in a branch: the
 * page's number in 48 bits), flags u16, key's length u16, key, data.
 */
const PAGE_HEADER = 24;
const PAGE_TXN = 8;
const PAGE_FLAGS = 18;
const POINTERS_END = 20;
const BRANCH = 1;
const LEAF = 2;
const NODE_HEADER = 8;
const NODE_FLAGS = 4;
const KEY_LENGTH = 6;

/** Two pages, of which a commit overwrites the older one, say where everything begins. */
const META_PAGE_SIZE = 48;
const META_ROOT = 136;
const META_TXN = 152;
/** In the record that the main tree has of a table. */
const TABLE_ROOT = 40;

/** LMDB's own limit. What was overwritten meanwhile may lead in circles. */
const MAX_DEPTH = 32;
const TWO_32 = 2 ** 32;
const WINDOW_BYTES = 2 ** 28;
/** How often it is looked whether the file has grown, at most. */
const GROWTH_INTERVAL_MS = 1000;

/** A part of the file, mapped. */
interface Window {
  bytes: Buffer;
  /** The same, two bytes at a time. */
  pairs: Uint16Array;
}

const NO_WINDOW: Window = { bytes: Buffer.alloc(0), pairs: new Uint16Array(0) };

/** Reads a value where it lies. Copies what it gives, and throws when it makes no sense. */
export type ReadInPlace<T> = (key: string, bytes: Buffer, from: number, to: number) => T;

/**
 * Looks up keys of one table of an LMDB file by itself, in the mapped pages, for a fifth of what lmdb-js's call takes. It
 * takes no place among the readers, and so has to prove afterwards that what it saw was whole: LMDB never overwrites a page
 * of a snapshot before two more have been committed after it. Whatever is unusual it leaves to lmdb.
 */
export class PageReader {
  readonly #path;
  readonly #table;
  readonly #pageSize;
  readonly #windowPages;
  readonly #windows: Window[] = [];
  #growthSeenAt = 0;
  /** Of the snapshot {@link #txn}. */
  #root = 0;
  #txn = -1;
  /** Where the last look-up ended. */
  #window: Window = NO_WINDOW;
  #node = 0;

  private constructor(path: string, table: string, pageSize: number) {
    this.#path = path;
    // So lmdb-js names its tables.
    this.#table = `${table}\0`;
    this.#pageSize = pageSize;
    this.#windowPages = WINDOW_BYTES / pageSize;
  }

  /** Null where pages are not mapped by us. */
  static open(path: string, table: string): PageReader | null {
    if (process.platform !== "linux") return null;
    const head = Buffer.from(Bun.mmap(path, { shared: true, size: 4096 } as Bun.MMapOptions).buffer);
    return new PageReader(path, table, head.readUInt32LE(META_PAGE_SIZE));
  }

  /**
   * The value of a key of ASCII, as the latest committed transaction left it.
   *
   * @returns undefined when it was not found, or when this was not the way to find it: lmdb knows
   */
  read<T>(key: string, use: ReadInPlace<T>): T | undefined {
    try {
      const txn = this.#latestTxn();
      if (txn !== this.#txn && !this.#openSnapshot(txn)) return undefined;
      if (!this.#find(this.#root, key, txn)) return undefined;
      const { bytes, pairs } = this.#window;
      const node = this.#node;
      // On pages of its own, or with values of its own.
      if (at(pairs, node + NODE_FLAGS) !== 0) return undefined;
      const from = node + NODE_HEADER + at(pairs, node + KEY_LENGTH);
      const value = use(key, bytes, from, from + at(pairs, node) + at(pairs, node + 2) * 65536);
      return this.#latestTxn() - txn < 2 ? value : undefined;
    } catch {
      // What was overwritten meanwhile is nonsense.
      return undefined;
    }
  }

  #latestTxn(): number {
    const { pairs } = this.#windowOf(0);
    return Math.max(longAt(pairs, META_TXN), longAt(pairs, this.#pageSize + META_TXN));
  }

  /** Finds the table's root in a transaction's snapshot. */
  #openSnapshot(txn: number): boolean {
    const { pairs } = this.#windowOf(0);
    const meta = longAt(pairs, META_TXN) === txn ? 0 : this.#pageSize;
    const root = longAt(pairs, meta + META_ROOT);
    const { pairs: rootPairs } = this.#windowOf(root);
    // Every transaction writes the main tree's root: an older one was read from a page that was just being written.
    if (longAt(rootPairs, this.#baseOf(root) + PAGE_TXN) !== txn) return false;
    if (!this.#find(root, this.#table, txn)) return false;
    const { bytes } = this.#window;
    const record = this.#node + NODE_HEADER + this.#table.length;
    const tableRoot =
      bytes.readUInt32LE(record + TABLE_ROOT) + bytes.readUInt32LE(record + TABLE_ROOT + 4) * TWO_32;
    if (this.#latestTxn() - txn >= 2) return false;
    this.#root = tableRoot;
    this.#txn = txn;
    return true;
  }

  /** Goes down from a page to a key's node; false when it is not there, or a page is none of the snapshot's. */
  #find(root: number, key: string, txn: number): boolean {
    let page = root;
    for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
      const window = this.#windowOf(page);
      const { bytes, pairs } = window;
      const base = this.#baseOf(page);
      if (longAt(pairs, base) !== page || longAt(pairs, base + PAGE_TXN) > txn) return false;
      const flags = at(pairs, base + PAGE_FLAGS);
      const pointers = base + PAGE_HEADER;
      const isLeaf = flags === LEAF;
      if (!isLeaf && flags !== BRANCH) return false;
      // The first key of a branch stands for everything before the second.
      let low = isLeaf ? 0 : 1;
      let high = (at(pairs, base + POINTERS_END) >> 1) - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const node = pointers + at(pairs, pointers + 2 * middle);
        const order = compare(key, bytes, node + NODE_HEADER, at(pairs, node + KEY_LENGTH));
        if (order === 0 && isLeaf) {
          this.#window = window;
          this.#node = node;
          return true;
        }
        if (order < 0) high = middle - 1;
        else low = middle + 1;
      }
      if (isLeaf) return false;
      const node = pointers + at(pairs, pointers + 2 * high);
      page = at(pairs, node) + at(pairs, node + 2) * 65536 + at(pairs, node + NODE_FLAGS) * TWO_32;
    }
    return false;
  }

  #baseOf(page: number): number {
    return (page % this.#windowPages) * this.#pageSize;
  }

  /** The part of the file with this page; {@link NO_WINDOW} when it is not mapped. */
  #windowOf(page: number): Window {
    const index = Math.floor(page / this.#windowPages);
    const window = this.#windows[index];
    if (window !== undefined && this.#baseOf(page) < window.bytes.length) return window;
    return this.#mapWindow(index, page);
  }

  #mapWindow(index: number, page: number): Window {
    const now = performance.now();
    // Each mapping has to take in all its pages anew: not for every page by which the file grows.
    if (this.#windows[index] !== undefined && now - this.#growthSeenAt < GROWTH_INTERVAL_MS) return NO_WINDOW;
    this.#growthSeenAt = now;
    const { buffer, byteLength } = Bun.mmap(this.#path, {
      shared: true,
      offset: index * WINDOW_BYTES,
      size: WINDOW_BYTES,
    } as Bun.MMapOptions);
    const window = {
      bytes: Buffer.from(buffer, 0, byteLength),
      pairs: new Uint16Array(buffer, 0, byteLength >> 1),
    };
    this.#windows[index] = window;
    return this.#baseOf(page) < byteLength ? window : NO_WINDOW;
  }
}

/** The number at an even place; outside of the window NaN, with which nothing is found. */
const at = (pairs: Uint16Array, place: number): number => pairs[place >> 1] ?? Number.NaN;

const longAt = (pairs: Uint16Array, place: number): number =>
  at(pairs, place) +
  at(pairs, place + 2) * 65536 +
  (at(pairs, place + 4) + at(pairs, place + 6) * 65536) * TWO_32;

/** How a text of ASCII sorts beside a key: as bytes. */
function compare(text: string, bytes: Buffer, from: number, length: number): number {
  const common = Math.min(text.length, length);
  for (let index = 0; index < common; index += 1) {
    const order = text.charCodeAt(index) - (bytes[from + index] ?? 0);
    if (order !== 0) return order;
  }
  return text.length - length;
}
