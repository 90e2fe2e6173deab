import { statSync } from "node:fs";

/** Offset of the id of the latest transaction in LMDB's lock file; its lower half is enough. */
const TXN_ID = 8;
const MAPPED_BYTES = 4096;

/** The lock files that this process has mapped, by their inode, which stays taken for as long. */
const mapped = new Map<string, Uint32Array>();

/**
 * Detects commits of any process by the id of the latest one, from which LMDB begins a read too, at
 * a hundredth of the cost of a new read transaction. The meta pages of the data have a commit some
 * moments before it: a read in between would take the commit for seen, and not see it.
 */
export class Commits {
  readonly #latest;
  #seen = -1;

  private constructor(latest: Uint32Array) {
    this.#latest = latest;
  }

  /**
   * Maps a lock file, before LMDB opens it: a process that closes a file gives up all locks that it
   * has on it. So it opens this one once, however many environments it has.
   *
   * @returns null where it cannot be mapped; the caller must then assume a commit
   */
  static watch(path: string): Commits | null {
    if (process.platform !== "linux") return null;
    const { dev, ino, size } = statSync(path);
    // One that LMDB is still to extend.
    if (size < MAPPED_BYTES) return null;
    const file = `${dev} ${ino}`;
    const known = mapped.get(file);
    if (known !== undefined) return new Commits(known);
    const options = { shared: true, size: MAPPED_BYTES } as Bun.MMapOptions;
    const { buffer, byteOffset } = Bun.mmap(path, options);
    const latest = new Uint32Array(buffer, byteOffset + TXN_ID, 1);
    mapped.set(file, latest);
    return new Commits(latest);
  }

  /** Returns whether anything was committed since the previous call. */
  isNew(): boolean {
    const latest = this.#latest[0] ?? 0;
    if (latest === this.#seen) return false;
    this.#seen = latest;
    return true;
  }
}
