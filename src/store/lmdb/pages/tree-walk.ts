import {
  type Meta,
  PAGE_HEADER,
  type PageFile,
  type PageHead,
  readNumber,
  readPageHead,
  readTree,
  TREE_BYTES,
  type Tree,
} from "./page-file.ts";

const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;

const NODE_HEADER = 8;
/** Levels that LMDB allows. */
const MAX_DEPTH = 32;
/** Flags of a node of a leaf: its value is on pages of its own, or a tree. */
const BIG = 0x01;
const SUBTREE = 0x02;

/** The names of the trees of LMDB's own; a table's name has no spaces. */
export const LIST_OF_TABLES = "list of tables";
export const LIST_OF_FREE_PAGES = "list of free pages";

/** A place of the file that cannot be read, and the records that are lost with it. */
export interface Damage {
  table: string;
  page: number;
  problem: string;
  /** The keys between which records are lost, the first one included; null is the table's end. */
  from: Buffer | null;
  to: Buffer | null;
}

export interface Visitor {
  /**
   * Called for each whole record, in order; its buffers are overwritten later. At the end come
   * those of pages that a damaged page no longer leads to.
   *
   * @returns the problem; null when it is whole
   */
  onRecord?(table: string, key: Buffer, value: Buffer): string | null;
  onDamage(damage: Damage): void;
  /** Called before so many pages are read; true ends the walk as far as it came. */
  isOver?(pages: number): boolean;
}

/** The walk was ended by {@link Visitor.isOver}. */
const OVER = Symbol("over");

/**
 * Walks through all pages of a snapshot, each at most once, and checks whatever LMDB relies on:
 * numbers of pages, flags, places within pages, the order of keys, and the counts of each tree.
 *
 * @returns whether all pages were read
 */
export function walkPages(file: PageFile, meta: Meta, visitor: Visitor): boolean {
  const walk = new Walk(file, meta, visitor);
  try {
    walk.run();
    return true;
  } catch (error) {
    if (error === OVER) return false;
    throw error;
  }
}

interface Bounds {
  from: Buffer | null;
  to: Buffer | null;
}

/** The pages and records of a tree that a walk has seen. */
interface Seen {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** A tree during its walk. */
interface Walked {
  table: string;
  tree: Tree;
  seen: Seen;
  damages: number;
  /** The parts of which a page above the leaves is damaged. */
  lost: Bounds[];
  compare: (one: Buffer, other: Buffer) => number;
  onRecord: (key: Buffer, value: Buffer, isSubtree: boolean) => string | null;
  /** The pages of each level, reused for all its pages. */
  buffers: Buffer[];
}

const compareBytes = (one: Buffer, other: Buffer): number => Buffer.compare(one, other);
const compareNumbers = (one: Buffer, other: Buffer): number =>
  one.length === 8 && other.length === 8
    ? readNumber(one, 0) - readNumber(other, 0)
    : compareBytes(one, other);

class Walk {
  readonly #file;
  readonly #meta;
  readonly #visitor;
  readonly #size;
  readonly #visited: Uint8Array;
  readonly #walked: Walked[] = [];

  constructor(file: PageFile, meta: Meta, visitor: Visitor) {
    this.#file = file;
    this.#meta = meta;
    this.#visitor = visitor;
    this.#size = file.size;
    // A damaged last page must not decide how much memory this takes.
    const pages = Math.min(meta.lastPage + 1, Math.ceil(this.#size / meta.pageSize));
    this.#visited = new Uint8Array((pages >> 3) + 1);
  }

  run(): void {
    const { free, main } = this.#meta;
    const tables: [string, Tree][] = [];
    this.#walk(LIST_OF_TABLES, main, compareBytes, (key, value, isSubtree) => {
      if (!isSubtree || value.length !== TREE_BYTES) return "it is not a table";
      tables.push([tableName(key), readTree(value, 0)]);
      return null;
    });
    const listed = this.#walk(LIST_OF_FREE_PAGES, free, compareNumbers, (_key, value) =>
      this.#checkFreePages(value),
    );
    for (const [table, tree] of tables)
      this.#walk(table, tree, compareBytes, (key, value, isSubtree) => {
        if (isSubtree) return "it is a table within a table";
        return this.#visitor.onRecord?.(table, key, value) ?? null;
      });
    if (listed.damages === 0) this.#readOrphans();
  }

  #walk(
    table: string,
    tree: Tree,
    compare: Walked["compare"],
    onRecord: Walked["onRecord"],
  ): Walked {
    const seen = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    const walked = { table, tree, seen, damages: 0, lost: [], compare, onRecord, buffers: [] };
    this.#walked.push(walked);
    const bounds = { from: null, to: null };
    if (tree.root !== null) this.#visit(walked, tree.root, 1, bounds);
    if (walked.damages > 0) return walked;
    for (const [name, number] of Object.entries(seen))
      if (tree[name as keyof Seen] !== number)
        this.#damage(
          walked,
          tree.root ?? 0,
          `its table has ${number} ${WORDS[name as keyof Seen]}, and should have ${tree[name as keyof Seen]}`,
          bounds,
        );
    return walked;
  }

  #damage(walked: Walked, page: number, problem: string, { from, to }: Bounds): void {
    walked.damages += 1;
    this.#visitor.onDamage({
      table: walked.table,
      page,
      problem,
      from: from === null ? null : Buffer.from(from),
      to: to === null ? null : Buffer.from(to),
    });
  }

  /** Notes that a page is used; returns the problem when it cannot be, or is already. */
  #claim(page: number): string | null {
    const { lastPage, pageSize } = this.#meta;
    if (!(page >= 2 && page <= lastPage)) return "there is no such page";
    if ((page + 1) * pageSize > this.#size) return "it is behind the end of the file";
    const [byte, bit] = [page >> 3, 1 << (page & 7)];
    if (((this.#visited[byte] ?? 0) & bit) !== 0) return "it is used twice";
    this.#visited[byte] = (this.#visited[byte] ?? 0) | bit;
    return null;
  }

  #visit(walked: Walked, page: number, depth: number, bounds: Bounds): void {
    if (this.#visitor.isOver?.(1) === true) throw OVER;
    const buffer = walked.buffers[depth] ?? Buffer.allocUnsafe(this.#meta.pageSize);
    walked.buffers[depth] = buffer;
    const isLeaf = depth === walked.tree.depth;
    const problem =
      depth > Math.min(walked.tree.depth, MAX_DEPTH)
        ? "it is too deep in its tree"
        : (this.#claim(page) ??
          this.#file.read(buffer, page * this.#meta.pageSize) ??
          this.#headProblem(buffer, page, isLeaf ? LEAF : BRANCH));
    if (problem !== null) {
      if (!isLeaf) walked.lost.push(bounds);
      this.#damage(walked, page, problem, bounds);
    } else if (isLeaf) this.#readLeaf(walked, page, buffer, bounds);
    else this.#readBranch(walked, page, buffer, depth, bounds);
  }

  #headProblem(buffer: Buffer, page: number, flags: number): string | null {
    const head = readPageHead(buffer);
    // LMDB takes a page of a later transaction for one of its own, and writes to the map.
    if (head.number !== page || head.writtenBy > this.#meta.txnId)
      return "it is another page, or its header is damaged";
    if (head.flags !== flags)
      return `it should be ${flags === LEAF ? "a leaf" : "a branch"}, and has the flags ${head.flags}`;
    if (head.lower > head.upper || head.upper > this.#meta.pageSize - PAGE_HEADER)
      return "its list of records has an impossible length";
    // LMDB takes it for granted that a page has records, and removes the others.
    if (head.lower < 2) return "it has no records";
    return null;
  }

  #readBranch(walked: Walked, page: number, buffer: Buffer, depth: number, bounds: Bounds): void {
    walked.seen.branchPages += 1;
    const children: { page: number; key: Buffer | null }[] = [];
    const head = readPageHead(buffer);
    for (let index = 0; index < head.lower >> 1; index += 1) {
      const at = this.#nodeAt(buffer, head, index);
      const key = at === null ? null : this.#keyAt(buffer, at);
      if (at === null || key === null) {
        walked.lost.push(bounds);
        this.#damage(walked, page, `its record ${index} is outside the page`, bounds);
        continue;
      }
      const child = buffer.readUInt32LE(at) + buffer.readUInt16LE(at + 4) * 2 ** 32;
      // The first key of a branch is not used, and may be empty.
      children.push({ page: child, key: index === 0 ? null : Buffer.from(key) });
    }
    children.forEach(({ page: child, key }, index) => {
      const from = key ?? bounds.from;
      const to = children[index + 1]?.key ?? bounds.to;
      if (from !== null && to !== null && walked.compare(from, to) >= 0)
        this.#damage(walked, page, `its records ${index} and ${index + 1} are not in order`, {
          from,
          to,
        });
      this.#visit(walked, child, depth + 1, { from, to });
    });
  }

  #readLeaf(walked: Walked, page: number, buffer: Buffer, bounds: Bounds): void {
    walked.seen.leafPages += 1;
    const { from, to } = bounds;
    let last: Buffer | null = null;
    const head = readPageHead(buffer);
    for (let index = 0; index < head.lower >> 1; index += 1) {
      const at = this.#nodeAt(buffer, head, index);
      const key = at === null ? null : this.#keyAt(buffer, at);
      const problem = (what: string): void =>
        this.#damage(walked, page, `its record ${index} ${what}`, { from: last ?? from, to });
      if (at === null || key === null) {
        problem("is outside the page");
        continue;
      }
      // Read nevertheless: either this key or the one before it is right.
      if ((last !== null && walked.compare(last, key) >= 0) || !isWithin(key, bounds, walked))
        problem("is not in order");
      const value = this.#valueAt(walked, buffer, at, key);
      const flags = buffer.readUInt16LE(at + 4);
      const wrong =
        typeof value === "string" ? value : walked.onRecord(key, value, flags === SUBTREE);
      if (wrong !== null) problem(`is damaged: ${wrong}`);
      else walked.seen.entries += 1;
      last = key;
    }
  }

  /**
   * Reads the leaves that nothing leads to: each page is in use or listed as free, so they are
   * below the damaged pages. A leaf belongs to the one table that lost records around its keys.
   */
  #readOrphans(): void {
    const { pageSize, lastPage } = this.#meta;
    const losing = this.#walked.filter(({ lost }) => lost.length > 0);
    if (losing.length === 0) return;
    const buffer = Buffer.allocUnsafe(pageSize);
    for (let page = 2; page <= lastPage && (page + 1) * pageSize <= this.#size; page += 1) {
      if (((this.#visited[page >> 3] ?? 0) & (1 << (page & 7))) !== 0) continue;
      if (
        (this.#file.read(buffer, page * pageSize) ?? this.#headProblem(buffer, page, LEAF)) !== null
      )
        continue;
      const keys = this.#keysOf(buffer);
      const homes = losing.flatMap((walked) => {
        const bounds = walked.lost.find((lost) => keys.every((key) => isWithin(key, lost, walked)));
        return bounds === undefined ? [] : [{ walked, bounds }];
      });
      const [home] = homes;
      if (home === undefined || homes.length > 1 || this.#claim(page) !== null) continue;
      this.#readLeaf(home.walked, page, buffer, home.bounds);
    }
  }

  #keysOf(buffer: Buffer): Buffer[] {
    const head = readPageHead(buffer);
    return Array.from({ length: head.lower >> 1 }, (_, index) => {
      const at = this.#nodeAt(buffer, head, index);
      return at === null ? null : this.#keyAt(buffer, at);
    }).filter((key) => key !== null);
  }

  /** Returns where a node begins in its page; null when that is outside. */
  #nodeAt(buffer: Buffer, { upper }: PageHead, index: number): number | null {
    const at = PAGE_HEADER + buffer.readUInt16LE(PAGE_HEADER + 2 * index);
    return at < PAGE_HEADER + upper || at + NODE_HEADER > buffer.length ? null : at;
  }

  #keyAt(buffer: Buffer, at: number): Buffer | null {
    const from = at + NODE_HEADER;
    const to = from + buffer.readUInt16LE(at + 6);
    return to > buffer.length ? null : buffer.subarray(from, to);
  }

  /** Returns the value of a leaf's node, or the problem. */
  #valueAt(walked: Walked, buffer: Buffer, at: number, key: Buffer): Buffer | string {
    const flags = buffer.readUInt16LE(at + 4);
    const length = buffer.readUInt32LE(at);
    const from = at + NODE_HEADER + key.length;
    if (flags !== 0 && flags !== BIG && flags !== SUBTREE) return `it has the flags ${flags}`;
    if (flags === BIG) return this.#bigValue(walked, buffer, from, length);
    if (from + length > buffer.length) return "it is outside the page";
    return buffer.subarray(from, from + length);
  }

  /** Returns a value that has pages of its own. */
  #bigValue(walked: Walked, buffer: Buffer, at: number, length: number): Buffer | string {
    const { pageSize, lastPage } = this.#meta;
    if (at + 24 > buffer.length) return "it is outside the page";
    const first = readNumber(buffer, at);
    const pages = readNumber(buffer, at + 16);
    if (pages < 1 || first + pages - 1 > lastPage || PAGE_HEADER + length > pages * pageSize)
      return `its value is said to be on ${pages} pages from ${first}`;
    for (let page = first; page < first + pages; page += 1) {
      const problem = this.#claim(page);
      if (problem !== null) return `its value is on page ${page}: ${problem}`;
    }
    if (this.#visitor.isOver?.(pages) === true) throw OVER;
    const value = Buffer.allocUnsafe(PAGE_HEADER + length);
    const problem = this.#file.read(value, first * pageSize);
    if (problem !== null) return `its value is on page ${first}: ${problem}`;
    const head = readPageHead(value);
    if (
      head.number !== first ||
      head.writtenBy > this.#meta.txnId ||
      head.flags !== OVERFLOW ||
      head.overflowPages !== pages
    )
      return `its value is on page ${first}, which has another`;
    walked.seen.overflowPages += pages;
    return value.subarray(PAGE_HEADER);
  }

  /** Checks a list of free pages: writes would go to those. */
  #checkFreePages(list: Buffer): string | null {
    const { lastPage } = this.#meta;
    const length = list.length < 8 ? Number.NaN : readNumber(list, 0);
    if (!((length + 1) * 8 <= list.length)) return "its list has an impossible length";
    for (let index = 1; index <= length; index += 1) {
      const entry = Number(list.readBigInt64LE(index * 8));
      if (entry === 0) continue;
      // A run of pages is its length, negative, and its first page.
      if (entry < 0) index += 1;
      const first = entry < 0 ? (index <= length ? readNumber(list, index * 8) : -1) : entry;
      const pages = entry < 0 ? -entry : 1;
      if (first < 2 || first + pages - 1 > lastPage) return `its list has the pages from ${first}`;
      // The last pages of a snapshot are not in the file when they were never written.
      const end = Math.min(first + pages, Math.floor(this.#size / this.#meta.pageSize));
      for (let page = first; page < end; page += 1) {
        const problem = this.#claim(page);
        if (problem !== null) return `its list has page ${page}: ${problem}`;
      }
    }
    return null;
  }
}

const isWithin = (key: Buffer, { from, to }: Bounds, { compare }: Walked): boolean =>
  (from === null || compare(from, key) <= 0) && (to === null || compare(key, to) < 0);

const WORDS: Record<keyof Seen, string> = {
  branchPages: "branch pages",
  leafPages: "leaf pages",
  overflowPages: "overflow pages",
  entries: "records",
};

/** Returns the name of a table by its key in the tree of tables. */
const tableName = (key: Buffer): string => key.toString().replace(/\0$/, "");
