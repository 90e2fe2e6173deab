import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StartError } from "../../core/errors.ts";
import { Environment, LMDB_FILE } from "./environment.ts";

const LOCK_FILE = "lock.mdb";
const KEY_FILES = ["master.key", "admin.key"] as const;

/** A copy of a data folder, or of its file. */
export interface Copy {
  /** Its folder. */
  path: string;
  bytes: number;
  /** The key files that were copied with it. */
  keys: string[];
}

/**
 * Copies a consistent snapshot of a data folder into a new folder, while servers keep using it.
 *
 * @param withKeys whether to copy the key files as well; without the master key the copy cannot be
 *   read
 * @throws StartError when the folder holds no data, or the copy cannot be made there
 */
export async function backupFolder(dataDir: string, to: string, withKeys: boolean): Promise<Copy> {
  requireData(dataDir);
  refuseFull(to);
  const env = new Environment(dataDir);
  try {
    mkdirSync(to, { recursive: true, mode: 0o700 });
    await env.copyTo(to);
    chmodSync(join(to, LMDB_FILE), 0o600);
    sync(join(to, LMDB_FILE));
    const keys = withKeys ? copyKeys(dataDir, to) : [];
    sync(to);
    return { path: to, bytes: statSync(join(to, LMDB_FILE)).size, keys };
  } catch (cause) {
    throw new StartError(`cannot write the copy to ${to}: ${(cause as Error).message}`, { cause });
  } finally {
    await env.close();
  }
}

/**
 * Restores a copy as a data folder, which must be empty of data.
 *
 * @throws StartError when there is data already, or the copy holds none
 */
export async function restoreFolder(from: string, dataDir: string): Promise<Copy> {
  requireData(from);
  if (existsSync(join(dataDir, LMDB_FILE)))
    throw new StartError(
      `${dataDir} holds data already, which is not overwritten: choose another --data-dir, or move that folder away first`,
    );
  for (const name of KEY_FILES)
    if (existsSync(join(from, name)) && existsSync(join(dataDir, name)))
      throw new StartError(
        `${join(dataDir, name)} is there already, and the copy has one of its own: move one of them away`,
      );
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const draft = join(dataDir, `${LMDB_FILE}.new`);
    copyFileSync(join(from, LMDB_FILE), draft);
    chmodSync(draft, 0o600);
    giveTo(dataDir, draft);
    sync(draft);
    const keys = copyKeys(from, dataDir);
    // Made here for the folder's owner: LMDB would make it for the user who opens the data first.
    writeFileSync(join(dataDir, LOCK_FILE), "", { flag: "a", mode: 0o600 });
    for (const name of [...keys, LOCK_FILE]) giveTo(dataDir, join(dataDir, name));
    renameSync(draft, join(dataDir, LMDB_FILE));
    sync(dataDir);
    return { path: dataDir, bytes: statSync(join(dataDir, LMDB_FILE)).size, keys };
  } catch (cause) {
    throw new StartError(`cannot restore to ${dataDir}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Rewrites the data file of a folder without its free pages. No other process may have it open.
 *
 * @returns its sizes before and after, in bytes
 * @throws StartError when another process has the folder open, or the disk is full
 */
export async function compactFolder(dataDir: string): Promise<{ before: number; after: number }> {
  requireData(dataDir);
  const file = join(dataDir, LMDB_FILE);
  const draft = join(dataDir, "compacted");
  const env = new Environment(dataDir);
  try {
    const readers = env.otherReaders();
    if (readers.length > 0)
      throw new StartError(
        `process ${readers.join(", ")} works with ${dataDir}: stop it first, or it would go on with the old file`,
      );
    const before = statSync(file).size;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { mode: 0o700 });
    await env.copyTo(draft);
    chmodSync(join(draft, LMDB_FILE), 0o600);
    giveTo(file, join(draft, LMDB_FILE));
    sync(join(draft, LMDB_FILE));
    renameSync(join(draft, LMDB_FILE), file);
    sync(dataDir);
    return { before, after: statSync(file).size };
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(`cannot compact ${dataDir}: ${(cause as Error).message}`, { cause });
  } finally {
    rmSync(draft, { recursive: true, force: true });
    await env.close();
  }
}

/** @throws StartError when the folder holds no data */
export function requireData(folder: string): void {
  const file = statSync(join(folder, LMDB_FILE), { throwIfNoEntry: false });
  if (file === undefined || file.size === 0)
    throw new StartError(
      `${folder} holds no data of the embedded store: ${LMDB_FILE} is ${file === undefined ? "not there" : "empty"}`,
    );
}

function refuseFull(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new StartError(`${folder} is there already, and not empty: a copy goes to a new folder`);
}

function copyKeys(from: string, to: string): string[] {
  const found = KEY_FILES.filter((name) => existsSync(join(from, name)));
  for (const name of found) {
    copyFileSync(join(from, name), join(to, name));
    sync(join(to, name));
  }
  return found;
}

/** Gives what root made to the owner of a path. */
function giveTo(path: string, made: string): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(path);
  chownSync(made, uid, gid);
}

/** Flushes a file, or the list of files of a folder, to disk. */
function sync(path: string): void {
  const opened = openSync(path, "r");
  fsyncSync(opened);
  closeSync(opened);
}
