import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

/*
 * The file of LMDB, read without LMDB. LMDB maps the file and follows the numbers in it: a damaged
 * page ends the process by a signal, or looks like an empty one. Everything here is read by pread,
 * and no number is followed before it was checked. Places are those of mdb.c in lmdb-js (LMDB 1.0's
 * format on machines of 64 bits, little-endian).
 */
export const PAGE_HEADER = 24;
const WRITTEN_BY = 8;
const FLAGS = 18;
const LOWER = 20;
const UPPER = 22;
const OVERFLOW_PAGES = 20;

const MAGIC = 0xbeefc0de;
/** The lower half of the version; the upper one has flags of the build. */
const DATA_VERSION = 2;
const META = 0x08;
/** The commit of this meta page was not flushed when it was written. */
const UNFLUSHED = 0x1000;
const META_BYTES = 168;
const MIN_PAGE_SIZE = 512;
const MAX_PAGE_SIZE = 65_536;

/** Room for pages that were freed before they were ever written, and are not in the file. */
const UNWRITTEN_BYTES = 1024 ** 3;

/** The root of a tree without entries. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/** A B+tree, as a meta page or the tree of tables describes it. */
export interface Tree {
  depth: number;
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
  /** null when it is empty. */
  root: number | null;
}

export const TREE_BYTES = 48;

/** A snapshot of the data, as a meta page describes it. */
export interface Meta {
  pageSize: number;
  free: Tree;
  main: Tree;
  lastPage: number;
  txnId: number;
}

interface StoredMeta extends Meta {
  isUnflushed: boolean;
  bootId: bigint;
}

/** The header of a page of a tree. */
export interface PageHead {
  number: number;
  /** The transaction that wrote it. */
  writtenBy: number;
  flags: number;
  /** Bytes of the list of nodes, and where the nodes begin, both counted behind the header. */
  lower: number;
  upper: number;
  overflowPages: number;
}

export const readPageHead = (page: Buffer): PageHead => ({
  number: readNumber(page, 0),
  writtenBy: readNumber(page, WRITTEN_BY),
  flags: page.readUInt16LE(FLAGS),
  lower: page.readUInt16LE(LOWER),
  upper: page.readUInt16LE(UPPER),
  overflowPages: page.readUInt32LE(OVERFLOW_PAGES),
});

/** Reads a number of 64 bits; those that a file can hold are exact. */
export const readNumber = (bytes: Buffer, at: number): number =>
  bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;

export const readTree = (bytes: Buffer, at: number): Tree => ({
  depth: bytes.readUInt16LE(at + 6),
  branchPages: readNumber(bytes, at + 8),
  leafPages: readNumber(bytes, at + 16),
  overflowPages: readNumber(bytes, at + 24),
  entries: readNumber(bytes, at + 32),
  root: bytes.readBigUInt64LE(at + 40) === NO_PAGE ? null : readNumber(bytes, at + 40),
});

/** The pages of a data file, which may be damaged in any way. */
export class PageFile implements Disposable {
  readonly path;
  readonly #file;

  /** @throws Error of the system when it cannot be opened */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, "r");
  }

  /** Its size now, in bytes. */
  get size(): number {
    return fstatSync(this.#file).size;
  }

  /**
   * Reads pages into a buffer.
   *
   * @returns the problem; null when there is none
   */
  read(into: Buffer, from: number): string | null {
    try {
      const bytes = readSync(this.#file, into, 0, into.length, from);
      return bytes === into.length ? null : "it is behind the end of the file";
    } catch (error) {
      return `it cannot be read: ${(error as Error).message}`;
    }
  }

  /**
   * Returns the snapshot that LMDB would open.
   *
   * @returns the problem instead, when LMDB would refuse the file or crash on it
   */
  meta(): Meta | string {
    const first = this.#metaAt(0);
    if (typeof first === "string") return `page 0 (the first meta page): ${first}`;
    const { pageSize } = first;
    const second = this.#metaAt(pageSize);
    if (typeof second === "string") return `page 1 (the second meta page): ${second}`;
    if (second.pageSize !== pageSize)
      return `page 1 (the second meta page): it says that a page has ${second.pageSize} bytes, and page 0 says ${pageSize}`;
    const flushed = this.#metaAt(pageSize / 2, false);
    const pair = pickMeta(first, second);
    const picked = typeof flushed === "string" ? pair : pickMeta(pair, flushed);
    if (!this.#fits(picked))
      return `the meta pages: they say that the file has ${picked.lastPage + 1} pages`;
    return picked;
  }

  /** Returns the snapshots of all meta pages that can be read, the latest first. */
  snapshots(): Meta[] {
    const found = new Map<number, Meta>();
    for (let pageSize = MIN_PAGE_SIZE; pageSize <= MAX_PAGE_SIZE; pageSize *= 2)
      for (const at of [0, pageSize / 2, pageSize]) {
        const meta = this.#metaAt(at, at !== pageSize / 2);
        if (typeof meta === "string" || meta.pageSize !== pageSize) continue;
        if (meta.lastPage > 0 && this.#fits(meta)) found.set(meta.txnId, meta);
      }
    return [...found.values()].sort((one, other) => other.txnId - one.txnId);
  }

  /** Tells whether a snapshot can be of a file of this size. */
  #fits({ lastPage, pageSize }: Meta): boolean {
    return lastPage * pageSize <= 2 * this.size + UNWRITTEN_BYTES;
  }

  /** @param isMarked whether it has the magic number, which the copy within page 0 lacks */
  #metaAt(at: number, isMarked = true): StoredMeta | string {
    const page = Buffer.alloc(META_BYTES);
    const problem = this.read(page, at);
    if (problem !== null) return problem;
    if (
      isMarked &&
      (page.readUInt32LE(PAGE_HEADER) !== MAGIC || (page.readUInt16LE(FLAGS) & META) === 0)
    )
      return "it is not of an LMDB file";
    const version = page.readUInt16LE(PAGE_HEADER + 4);
    if (isMarked && version !== DATA_VERSION)
      return `it has version ${version} of LMDB's format, not ${DATA_VERSION}`;
    const free = PAGE_HEADER + 24;
    const pageSize = page.readUInt32LE(free);
    if (pageSize < MIN_PAGE_SIZE || pageSize > MAX_PAGE_SIZE || (pageSize & (pageSize - 1)) !== 0)
      return `it says that a page has ${pageSize} bytes`;
    return {
      pageSize,
      isUnflushed: (page.readUInt16LE(free + 4) & UNFLUSHED) !== 0,
      free: readTree(page, free),
      main: readTree(page, free + TREE_BYTES),
      lastPage: readNumber(page, free + 2 * TREE_BYTES),
      txnId: readNumber(page, free + 2 * TREE_BYTES + 8),
      bootId: page.readBigInt64LE(free + 2 * TREE_BYTES + 16),
    };
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

/**
 * Returns what LMDB picks: the later commit, or the earlier when the later was not flushed and the
 * machine has restarted since.
 */
function pickMeta(one: StoredMeta, other: StoredMeta): StoredMeta {
  if (other.txnId === 0) return one;
  const [later, earlier] = one.txnId >= other.txnId ? [one, other] : [other, one];
  return !later.isUnflushed || later.bootId === bootId() ? later : earlier;
}

function bootId(): bigint | null {
  try {
    const [start] = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").split("-");
    return BigInt(`0x${start}`);
  } catch {
    return null;
  }
}
