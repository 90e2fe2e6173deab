import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, type Key, open, type RootDatabase } from "lmdb";
import { DamagedData } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { loadMasterKey } from "../master-key.ts";
import { type LmdbOptions, openLmdbStore } from "./driver.ts";
import { Environment, LMDB_FILE, layOut, MAX_TABLES } from "./environment.ts";
import { describeDamage, keyProblem } from "./pages/inspection.ts";
import { type Meta, PageFile } from "./pages/page-file.ts";
import { type Damage, LIST_OF_TABLES, walkPages } from "./pages/tree-walk.ts";
import { possibleKeys } from "./session-indexes.ts";
import { readWhole, sessionLayout } from "./session-layout.ts";

// biome-ignore lint/suspicious/noExplicitAny: an index is made for records of any shape
type Any = any;

/** Records that are copied in one transaction. */
const BATCH = 5000;

/** A store with what is whole in a damaged one. */
export interface SalvagedStore {
  /** Its changes are lost when it is closed. */
  store: Store;
  /** The damaged places, for people. */
  damages: string[];
}

/**
 * Copies what is whole in the damaged file of a data folder into a store in a temporary folder.
 * Servers may go on writing to the file.
 *
 * @param found the damages that an inspection has found
 * @throws DamagedData when nothing can be read
 */
export async function salvageStore(
  options: LmdbOptions,
  found: DamagedData,
): Promise<SalvagedStore> {
  const { dataDir, masterKey } = options;
  const key = loadMasterKey(dataDir, masterKey, `in ${dataDir}`);
  const folder = temporaryFolder(dataDir);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const damages = await copyWhole(dataDir, folder);
    const store = await openLmdbStore({
      ...options,
      dataDir: folder,
      masterKey: key.bytes.toString("hex"),
    });
    return {
      damages: [...new Set([...found.places, ...damages])],
      store: {
        ...store,
        async close() {
          await store.close();
          remove();
        },
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Creates a folder beside the data, where there should be room, or else in the temporary one. */
function temporaryFolder(dataDir: string): string {
  try {
    return mkdtempSync(join(dataDir, "salvage-"));
  } catch {
    return mkdtempSync(join(tmpdir(), "waferd-salvage-"));
  }
}

/** @returns the damaged places, for people */
async function copyWhole(dataDir: string, folder: string): Promise<string[]> {
  const env = open({ path: folder, noSubdir: false, maxDbs: MAX_TABLES, noSync: true });
  const pinned = pin(dataDir);
  try {
    using file = new PageFile(join(dataDir, LMDB_FILE));
    const damages = copyRecords(file, bestSnapshot(file), env);
    completeIndexes(env);
    return damages.map(describeDamage);
  } finally {
    await pinned?.close();
    await env.close();
  }
}

/** Keeps servers from reusing the pages of the latest snapshot; null when LMDB refuses the file. */
function pin(dataDir: string): Pick<Environment, "close"> | null {
  try {
    const env = new Environment(dataDir, undefined, "none");
    const view = env.snapshot();
    return {
      close() {
        view.done();
        return env.close();
      },
    };
  } catch {
    return null;
  }
}

/**
 * Returns the snapshot to read: the latest, or the one with most records where its list of tables
 * is damaged. LMDB keeps the one before the last change.
 */
function bestSnapshot(file: PageFile): Meta {
  const snapshots = file.snapshots();
  const [latest] = snapshots;
  if (latest === undefined)
    throw new DamagedData(
      `${file.path} has no meta page that can be read, so nothing can be saved from it: restore a backup (waferd restore)`,
      [],
    );
  if (hasTables(file, latest)) return latest;
  const counted = snapshots.map((meta) => ({ meta, records: countRecords(file, meta) }));
  return counted.reduce((best, one) => (one.records > best.records ? one : best)).meta;
}

function hasTables(file: PageFile, meta: Meta): boolean {
  let isWhole = true;
  let isPast = false;
  walkPages(file, meta, {
    onRecord() {
      isPast = true;
      return null;
    },
    onDamage({ table }) {
      if (table === LIST_OF_TABLES) isWhole = false;
    },
    isOver: () => isPast,
  });
  return isWhole;
}

function countRecords(file: PageFile, meta: Meta): number {
  let records = 0;
  walkPages(file, meta, {
    onRecord() {
      records += 1;
      return null;
    },
    onDamage: () => undefined,
  });
  return records;
}

function copyRecords(file: PageFile, meta: Meta, env: RootDatabase): Damage[] {
  const tables = new Map<string, Database<Buffer, Buffer>>();
  const tableOf = (name: string): Database<Buffer, Buffer> => {
    const known = tables.get(name);
    if (known !== undefined) return known;
    const table = env.openDB<Buffer, Buffer>({ name, encoding: "binary", keyEncoding: "binary" });
    tables.set(name, table);
    return table;
  };
  let batch: [Database<Buffer, Buffer>, Buffer, Buffer][] = [];
  const flush = (): void => {
    env.transactionSync(() => {
      for (const [table, key, value] of batch) table.putSync(key, value);
    });
    batch = [];
  };
  const damages: Damage[] = [];
  walkPages(file, meta, {
    onRecord(table, key, value) {
      const problem = keyProblem(key);
      if (problem !== null) return problem;
      batch.push([tableOf(table), Buffer.from(key), Buffer.from(value)]);
      if (batch.length >= BATCH) flush();
      return null;
    },
    onDamage: (damage) => damages.push(damage),
  });
  flush();
  return damages;
}

/** Adds what lists need to find the records: an index may be damaged where its table is whole. */
function completeIndexes(env: RootDatabase): void {
  const table = (name: string): Database<Any, Any> => {
    const opened = env.openDB<Any, Any>({ name, encoding: "msgpack" });
    if (name === "sessions") layOut(opened, sessionLayout);
    return opened;
  };
  const complete = (of: string, index: string, entry: (key: Any, record: Any) => [Key[], Any]) => {
    const [records, entries] = [table(of), table(index)];
    env.transactionSync(() => {
      for (const key of records.getKeys()) {
        try {
          const [places, value] = entry(key, records.get(key));
          const [place] = places;
          if (place !== undefined && !places.some((one) => entries.doesExist(one)))
            entries.putSync(place, value);
        } catch {
          // A record that cannot be read has no place in the index.
        }
      }
    });
  };
  complete("apps", "apps-by-number", (appid, { number }) => [[number], appid]);
  const sessions = table("sessions");
  const appids = new Set<string>();
  complete("sessions", "sessions-by-user", (id, record) => {
    const bytes = sessions.getBinary(id) as Buffer;
    const whole = bytes[0] === sessionLayout.mark ? readWhole(bytes, bytes.length) : record;
    appids.add(whole.appid);
    return [possibleKeys(id, whole).byUser, true];
  });
  listLostApps(table("apps-by-number"), appids, env);
}

/** Lists the apps of which only sessions are left, so that an export finds those. */
function listLostApps(
  byNumber: Database<string, number>,
  appids: ReadonlySet<string>,
  env: RootDatabase,
): void {
  const listed = new Set([...byNumber.getRange()].map(({ value }) => value));
  let highest = Math.max(0, ...byNumber.getKeys());
  env.transactionSync(() => {
    for (const appid of appids) {
      if (listed.has(appid)) continue;
      highest += 1;
      byNumber.putSync(highest, appid);
    }
  });
}
