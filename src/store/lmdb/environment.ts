import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Database, type Key, open, type RootDatabase, type Transaction } from "lmdb";
import { StartError } from "../../core/errors.ts";
import type { StoreUsage } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import type { Inspection } from "../settings.ts";
import { checkRanges } from "./checked-ranges.ts";
import { Commits } from "./commits.ts";
import { inspectMeta, inspectPages } from "./pages/inspection.ts";
import { PageFile } from "./pages/page-file.ts";
import { SharedCells, writeNewFile } from "./shared-cells.ts";
import { Writer, type WriterOptions } from "./writer.ts";

/** Initial address space, not disk space: the file and the map grow as needed. */
const MAP_BYTES = 4 * 1024 ** 3;
/** The data file of an environment. */
export const LMDB_FILE = "data.mdb";

/** The file of LMDB's reader slots. */
const LOCK_FILE = "lock.mdb";
/** The file of {@link SharedCells}. */
const CELLS_FILE = "cells.mem";
/** The cell that is 1 after a refused write, and all others: places of claims. */
const REFUSAL_CELL = 0;
export const FIRST_CLAIM_CELL = 1;
export const CLAIM_CELLS = 65_536;

/** Room for {@link MAX_READERS} slots of 64 bytes, and what is before them. */
const LOCK_FILE_BYTES = 36_864;

/** Room that a first start must find. */
const FIRST_BYTES = 1024 ** 2;

/** How long lmdb may take to close after the last write. */
const CLOSE_PATIENCE_MS = 1000;
/** The error code of an environment that LMDB has given up in this process. */
const MDB_PANIC = -30795;
/** The error code that lmdb reports, instead of the reason, when it could not begin to read. */
const EINVAL = 22;
/** The error code when all reader slots are taken, which may be by processes that were killed. */
const MDB_READERS_FULL = -30790;

/** Tables that an environment can have. */
export const MAX_TABLES = 32;
/** Reader slots of all processes together. */
const MAX_READERS = 512;
/**
 * The entries of LMDB's list of free pages that are kept for the next commit. Each commit rewrites
 * what is kept, and puts the pages that the one before it freed into their places: with lmdb's
 * default, 75 000, a login costs twice the processor time after a large sweep or import. Of a
 * longer list the next commit reads the records again, newest first, as far as it needs pages.
 */
const MAX_FREE_LIST = 2000;

const SIGXFSZ = "SIGXFSZ" as NodeJS.Signals;
const ignoreSignal = (): void => undefined;

/** An alternative encoding of records; msgpack records are converted when they are next written. */
export interface RecordLayout<V> {
  /** The first byte of every record in this layout. No msgpack value begins with it. */
  mark: number;
  /** Returns whether this layout can hold a record; others are written in msgpack. */
  fits(record: V): boolean;
  encode(record: V): Buffer;
  /**
   * @param bytes a buffer of lmdb, which the next read overwrites
   * @param end the end of the record in it
   * @throws Error when the record is damaged
   */
  decode(bytes: Buffer, end: number): V;
}

/** The LMDB environment of a data folder. Any number of processes may have it open. */
export class Environment {
  /** Memory that the processes with this environment share. */
  readonly cells: SharedCells;
  readonly #env: RootDatabase;
  readonly #writer: Writer;
  readonly #commits;
  readonly #dataDir;
  readonly #tables: Database[] = [];
  /** The depth of nested reads. */
  #depth = 0;
  #state = 0;
  #closed = false;

  /**
   * @param onBroken as {@link WriterOptions.onBroken}
   * @param inspection how much of an existing file is read for damage
   * @param mapBytes the initial map, which grows with the file
   * @throws DamagedData, or StartError when it cannot be opened
   */
  constructor(
    dataDir: string,
    onBroken?: WriterOptions["onBroken"],
    inspection: Inspection = "quick",
    mapBytes = MAP_BYTES,
  ) {
    // The signal kills by default; a file size limit must refuse the write, as a full disk does.
    process.on(SIGXFSZ, ignoreSignal);
    this.#dataDir = dataDir;
    this.cells = new SharedCells(join(dataDir, CELLS_FILE), FIRST_CLAIM_CELL + CLAIM_CELLS);
    const path = join(dataDir, LMDB_FILE);
    refuseDamagedMeta(path);
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      requireRoom(dataDir);
      makeLockFile(dataDir);
      this.#commits = Commits.watch(join(dataDir, LOCK_FILE));
      this.#env = open({
        path: dataDir,
        // Otherwise lmdb treats a folder with a dot in its name as a file.
        noSubdir: false,
        // The files hold secrets.
        ...({ permissionsMode: 0o600, maxFreeSpaceToRetain: MAX_FREE_LIST } as object),
        // Windows allocates the whole map on disk.
        ...(process.platform === "win32" ? {} : { mapSize: mapBytes }),
        maxDbs: MAX_TABLES,
        maxReaders: MAX_READERS,
        // The writer batches; the batching of lmdb leaves a promise that nobody can catch.
        eventTurnBatching: false,
        overlappingSync: process.platform !== "win32",
      });
    } catch (cause) {
      if (cause instanceof StartError) throw cause;
      throw new StartError(
        `cannot open the data folder ${dataDir}: ${(cause as Error).message}. It must be a folder on a local disk in which this user may write; choose another by --data-dir`,
        { cause },
      );
    }
    this.#inspect(path, inspection);
    this.#writer = new Writer(this.#env, {
      onRefused: () => {
        // Reads inside the refused write may have seen what nobody will.
        this.#state += 1;
        this.#noteRefusal();
      },
      onBroken(error) {
        // Before the exit hook of lmdb, which waits for a lock that is never released.
        process.prependListener("exit", () => process.kill(process.pid, "SIGKILL"));
        onBroken?.(error);
      },
    });
  }

  /** Refuses damaged pages before LMDB reads them. */
  #inspect(path: string, inspection: Inspection): void {
    // The snapshot that counts after a restart of the machine is known on Linux only.
    if (process.platform !== "linux") return;
    const view = this.snapshot();
    try {
      inspectPages(path, inspection);
    } catch (error) {
      view.done();
      void this.#env.close();
      throw error;
    }
    view.done();
  }

  /** @param layout the encoding of its records, if not msgpack */
  table<V, K extends Key>(name: string, layout?: RecordLayout<V>): Database<V, K> {
    const table = this.#env.openDB<V, K>({ name, encoding: "msgpack" });
    if (layout !== undefined) layOut(table, layout);
    checkRanges(table as unknown as Database);
    this.#tables.push(table as unknown as Database);
    return table;
  }

  /** @throws StoreError "closed" after `close` */
  requireOpen(): void {
    if (this.#closed) throw new StoreError("closed", "the store is closed");
  }

  /** Runs a read inside or outside a write, and translates errors. It sees every commit. */
  read<T>(run: () => T): T {
    this.requireOpen();
    // lmdb reuses a read transaction for a turn of the event loop or longer; another process may
    // have acknowledged a write since.
    if (this.#depth === 0 && this.#commits?.isNew() !== false) {
      this.#env.resetReadTxn();
      this.#state += 1;
    }
    this.#depth += 1;
    try {
      return this.#withSlot(run);
    } catch (cause) {
      // These are bugs, not damaged records.
      if (
        cause instanceof StoreError ||
        cause instanceof TypeError ||
        cause instanceof ReferenceError
      )
        throw cause;
      if (this.#isPanic(cause as LmdbError)) this.#writer.fail(cause as Error);
      throw new StoreError("corrupt", `a record cannot be read: ${(cause as Error).message}`, {
        cause,
      });
    } finally {
      this.#depth -= 1;
    }
  }

  /**
   * A number of the state with which the current read or write began; another one after each
   * commit. null in a read inside another or inside a write, which may see what is not committed.
   */
  get state(): number | null {
    return this.#depth === 1 ? this.#state : null;
  }

  /** Runs a read again, after removing dead readers, when no slot was free for it. */
  #withSlot<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      if ((error as LmdbError).code !== MDB_READERS_FULL) throw error;
      this.#env.readerCheck();
      return run();
    }
  }

  #isPanic({ code }: LmdbError): boolean {
    if (code !== EINVAL) return code === MDB_PANIC;
    try {
      this.snapshot().done();
      return false;
    } catch (error) {
      return (error as LmdbError).code === MDB_PANIC;
    }
  }

  /** Runs a write, which is flushed to disk when the promise resolves. */
  write<T>(run: () => T): Promise<T> {
    return this.#writer.write(() => this.read(run));
  }

  /**
   * Runs a write, as `write` does, without a deadline: at the start another process may hold the
   * lock for an upgrade, which takes as long as the data is large.
   */
  writePatiently<T>(run: () => T): Promise<T> {
    return this.#writer.write(() => this.read(run), "flushed", Number.POSITIVE_INFINITY);
  }

  /** Runs a write that survives `kill -9` when the promise resolves; a power cut may lose it. */
  writeUnflushed<T>(run: () => T): Promise<T> {
    return this.#writer.write(() => this.read(run), "committed");
  }

  /** Whether a process had a write refused, and none has called `endDoubt` since. */
  isDoubtful(): boolean {
    return this.cells.get(REFUSAL_CELL) !== 0n;
  }

  /** Tells all processes that a write succeeded. */
  endDoubt(): void {
    this.cells.replace(REFUSAL_CELL, 1n, 0n);
  }

  #noteRefusal(): void {
    try {
      this.cells.replace(REFUSAL_CELL, 0n, 1n);
    } catch {
      // Without the file no claim succeeds either.
    }
  }

  /** Returns the space taken; freed pages stay in the file and are reused. */
  usage(): StoreUsage {
    return this.read(() => {
      const { bsize, bavail } = statfsSync(this.#dataDir);
      return {
        sizeBytes: statSync(join(this.#dataDir, LMDB_FILE)).size,
        usedBytes: this.#tables.reduce(
          (sum, table) => sum + treeBytes(table.getStats() as TableStats),
          0,
        ),
        freeBytes: bsize * bavail,
      };
    });
  }

  /** Copies a consistent snapshot without free pages into an empty folder. */
  copyTo(folder: string): Promise<void> {
    return this.#env.backup(folder, true);
  }

  /** Returns the pids of other processes that have it open. */
  otherReaders(): number[] {
    this.#env.readerCheck();
    const pids = [...this.#env.readerList().matchAll(/^\s*(\d+)\s/gm)].map(([, pid]) =>
      Number(pid),
    );
    return [...new Set(pids)].filter((pid) => pid !== process.pid);
  }

  /** Opens a consistent snapshot for many reads; end it with `done`. */
  snapshot(): Transaction & { done(): void } {
    return this.#withSlot(() => this.#env.useReadTransaction() as Transaction & { done(): void });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#writer.close();
    this.#closed = true;
    process.off(SIGXFSZ, ignoreSignal);
    // lmdb waits forever for a flush that failed; the end of the process frees the rest.
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const waiting = setTimeout(resolve, CLOSE_PATIENCE_MS);
    await Promise.race([this.#env.close(), late]);
    clearTimeout(waiting);
  }
}

/** Makes a folder's lock file, unless there is one, in full: LMDB would leave a hole. */
export function makeLockFile(dataDir: string): void {
  writeNewFile(join(dataDir, LOCK_FILE), new Uint8Array(LOCK_FILE_BYTES));
}

type LmdbError = Error & { code?: unknown };

/** Statistics of a table, for which lmdb has no type. */
interface TableStats {
  pageSize: number;
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

const treeBytes = (stats: TableStats): number =>
  stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);

/** The encoder of a table, for which lmdb has no type. */
interface Codec<V> {
  encode(record: V, ...rest: unknown[]): Buffer;
  decode(bytes: Buffer, options?: { end?: number } | number): V;
}

/** Makes a table write its records in a layout, and still read those in msgpack. */
export function layOut<V>(table: object, { mark, fits, encode, decode }: RecordLayout<V>): void {
  const codec = (table as { encoder: Codec<V> }).encoder;
  const msgpack = { encode: codec.encode.bind(codec), decode: codec.decode.bind(codec) };
  codec.encode = (record, ...rest) =>
    fits(record) ? encode(record) : msgpack.encode(record, ...rest);
  codec.decode = (bytes, options) => {
    if (bytes[0] !== mark) return msgpack.decode(bytes, options);
    return decode(bytes, (typeof options === "number" ? options : options?.end) ?? bytes.length);
  };
}

/** Refuses a file of another kind or without its first pages: LMDB maps any file, and crashes. */
function refuseDamagedMeta(path: string): void {
  if (!existsSync(path)) return;
  using file = new PageFile(path);
  if (file.size > 0) inspectMeta(file);
}

/** Refuses to make a data file where there is no room: lmdb crashes when it cannot write it. */
function requireRoom(dataDir: string): void {
  const path = join(dataDir, LMDB_FILE);
  if (existsSync(path) && statSync(path).size > 0) return;
  const draft = join(dataDir, `room.${process.pid}`);
  try {
    writeFileSync(draft, new Uint8Array(FIRST_BYTES), { mode: 0o600, flush: true });
  } catch (cause) {
    throw new StartError(
      `a new store needs ${FIRST_BYTES / 1024 ** 2} MiB in ${dataDir}, which cannot be written: ${(cause as Error).message}. Make room, or choose another --data-dir`,
      { cause },
    );
  } finally {
    rmSync(draft, { force: true });
  }
}
