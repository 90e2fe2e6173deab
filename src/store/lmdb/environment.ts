import { closeSync, mkdirSync, openSync, readSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Database, type Key, open, type RootDatabase, type Transaction } from "lmdb";
import { StartError } from "../../core/errors.ts";
import type { StoreUsage } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import { Commits } from "./commits.ts";
import { Writer, type WriterOptions } from "./writer.ts";

/** Address space, not disk: the file grows as it is written, and the map beyond this when it must. */
const MAP_BYTES = 4 * 1024 ** 3;
/** The one file of an environment that matters. */
export const LMDB_FILE = "data.mdb";

/** How long lmdb may take to close, with nothing left to write. */
const CLOSE_PATIENCE_MS = 1000;
/** LMDB's word for an environment that it has given up in this process. */
const MDB_PANIC = -30795;

const MAX_TABLES = 32;
/** Slots for readers in all worker processes together. */
const MAX_READERS = 512;

const SIGXFSZ = "SIGXFSZ" as NodeJS.Signals;
const ignoreSignal = (): void => undefined;

/** Another layout of a table's records than msgpack, which those that are in msgpack already keep until they are written. */
export interface RecordLayout<V> {
  /** The first byte of every record in this layout, which begins no msgpack value. */
  mark: number;
  /** Whether a record can lie so; those that cannot are written in msgpack. */
  fits(record: V): boolean;
  encode(record: V): Buffer;
  /**
   * @param bytes lmdb's own buffer, which the next read overwrites
   * @param end where the record ends in it
   * @throws Error when it is damaged
   */
  decode(bytes: Buffer, end: number): V;
}

/** The LMDB environment of a data folder, which any number of processes may have open. */
export class Environment {
  readonly #env: RootDatabase;
  readonly #writer: Writer;
  readonly #commits;
  readonly #dataDir;
  readonly #tables: Database[] = [];
  /** Reads that are under way, one in the other. */
  #depth = 0;
  #closed = false;

  /** @param onBroken as {@link WriterOptions.onBroken} */
  constructor(dataDir: string, onBroken?: WriterOptions["onBroken"]) {
    this.#dataDir = dataDir;
    refuseForeignFile(join(dataDir, LMDB_FILE));
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      this.#env = open({
        path: dataDir,
        // Else a folder with a dot in its name is taken for a file.
        noSubdir: false,
        // Windows allocates the whole map on disk.
        ...(process.platform === "win32" ? {} : { mapSize: MAP_BYTES }),
        maxDbs: MAX_TABLES,
        maxReaders: MAX_READERS,
        // The writer batches; lmdb's own batching leaves a promise behind that nobody can catch.
        eventTurnBatching: false,
        overlappingSync: process.platform !== "win32",
      });
    } catch (cause) {
      throw new StartError(
        `cannot open the data folder ${dataDir}: ${(cause as Error).message}. It must be a folder on a local disk in which this user may write; choose another by --data-dir`,
        { cause },
      );
    }
    this.#commits = Commits.watch(dataDir, LMDB_FILE);
    this.#writer = new Writer(this.#env, {
      onBroken(error) {
        // Before lmdb's own hook for the end, which waits for a lock that nobody gives back.
        process.prependListener("exit", () => process.kill(process.pid, "SIGKILL"));
        onBroken?.(error);
      },
    });
    // By default the signal kills: a limit on the file's size must refuse the write, as a full disk does.
    process.on(SIGXFSZ, ignoreSignal);
  }

  /** @param layout how its records lie there, if it is not msgpack */
  table<V, K extends Key>(name: string, layout?: RecordLayout<V>): Database<V, K> {
    const table = this.#env.openDB<V, K>({ name, encoding: "msgpack" });
    if (layout !== undefined) layOut(table, layout);
    this.#tables.push(table as unknown as Database);
    return table;
  }

  /** Runs a read, translating what goes wrong; inside and outside of a write alike. It sees all that is committed. */
  read<T>(run: () => T): T {
    if (this.#closed) throw new StoreError("closed", "the store is closed");
    // lmdb keeps a view for a turn of the event loop, and longer on a busy machine: another process may have acknowledged
    // what this one is asked for.
    if (this.#depth === 0 && this.#commits?.isNew() !== false) this.#env.resetReadTxn();
    this.#depth += 1;
    try {
      return run();
    } catch (cause) {
      // These are bugs, not records.
      if (
        cause instanceof StoreError ||
        cause instanceof TypeError ||
        cause instanceof ReferenceError
      )
        throw cause;
      if ((cause as { code?: unknown }).code === MDB_PANIC) this.#writer.fail(cause as Error);
      throw new StoreError("corrupt", `a record cannot be read: ${(cause as Error).message}`, {
        cause,
      });
    } finally {
      this.#depth -= 1;
    }
  }

  /** Flushed to the disk when it resolves. */
  write<T>(run: () => T): Promise<T> {
    return this.#writer.write(() => this.read(run));
  }

  /** Safe from `kill -9` when it resolves; a power cut may lose it. */
  writeUnflushed<T>(run: () => T): Promise<T> {
    return this.#writer.write(() => this.read(run), "committed");
  }

  /** Pages that were freed stay in the file, and are used again. */
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

  /** Copies everything, as it is at one moment and without free pages, into an empty folder. */
  copyTo(folder: string): Promise<void> {
    return this.#env.backup(folder, true);
  }

  /** The other processes that read here, by pid. */
  otherReaders(): number[] {
    this.#env.readerCheck();
    const pids = [...this.#env.readerList().matchAll(/^\s*(\d+)\s/gm)].map(([, pid]) =>
      Number(pid),
    );
    return [...new Set(pids)].filter((pid) => pid !== process.pid);
  }

  /** One view of everything for many reads, whatever is written meanwhile; to be ended with `done`. */
  snapshot(): Transaction & { done(): void } {
    return this.#env.useReadTransaction() as Transaction & { done(): void };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#writer.close();
    this.#closed = true;
    process.off(SIGXFSZ, ignoreSignal);
    // lmdb would wait for ever for a flush that failed; the process's end frees what it then still holds.
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const waiting = setTimeout(resolve, CLOSE_PATIENCE_MS);
    await Promise.race([this.#env.close(), late]);
    clearTimeout(waiting);
  }
}

/** Of what lmdb tells of a table, for which it has no type. */
interface TableStats {
  pageSize: number;
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

const treeBytes = (stats: TableStats): number =>
  stats.pageSize * (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages);

/** What lmdb keeps in each of its tables. */
interface Codec<V> {
  encode(record: V, ...rest: unknown[]): Buffer;
  decode(bytes: Buffer, options?: { end?: number } | number): V;
}

/** Has a table's records written in a layout, and those in msgpack still read. */
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

/** Where an LMDB file says that it is one, in its first page: behind the page's header, in the machine's byte order. */
const MAGIC_OFFSET = 24;
const MAGIC = 0xbeefc0de;

/** LMDB maps what it is given, and would crash on a file of something else. */
function refuseForeignFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return;
  }
  const magic = Buffer.alloc(4);
  const bytes = readSync(file, magic, 0, magic.length, MAGIC_OFFSET);
  closeSync(file);
  if (bytes > 0 && magic.readUInt32LE() !== MAGIC)
    throw new StartError(
      `${path} is damaged, or no LMDB file: put back a copy that was made of it, or choose another --data-dir`,
    );
}
