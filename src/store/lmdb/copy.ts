import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { StartError } from "../../core/errors.ts";
import { Environment, LMDB_FILE, makeLockFile } from "./environment.ts";
import { inspectMeta, inspectPages } from "./pages/inspection.ts";
import { PageFile } from "./pages/page-file.ts";

const KEY_FILES = ["master.key", "admin.key"] as const;
const COPIED_BYTES = 1024 ** 2;

/** A copy of a data folder, or of its file. */
export interface Copy {
  /** Its folder. */
  path: string;
  bytes: number;
  /** The key files that were copied with it. */
  keys: string[];
}

/**
 * Copies a consistent snapshot of a data folder into a new folder, while servers keep using it, and
 * reads every page of the copy.
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
    inspectPages(join(to, LMDB_FILE), "whole");
    const keys = withKeys ? copyKeys(dataDir, to) : [];
    sync(to);
    return { path: to, bytes: statSync(join(to, LMDB_FILE)).size, keys };
  } catch (cause) {
    throw new StartError(`cannot write the copy to ${to}: ${(cause as Error).message}`, { cause });
  } finally {
    await env.close();
  }
}

/** Tells whether a data file has the pages that it says, without reading them. */
export function isWholeCopy(path: string): boolean {
  try {
    using file = new PageFile(path);
    const { lastPage, pageSize } = inspectMeta(file);
    return file.size >= (lastPage + 1) * pageSize;
  } catch {
    return false;
  }
}

/** The open files of a copy that will be restored. */
export interface OpenCopy extends Disposable {
  files: ReadonlyMap<string, number>;
}

/**
 * Opens a copy, which only root may be able to read, before its files are made with the rights of
 * the folder's owner.
 *
 * @param from its folder, or a data file alone, as a server gives it out
 * @throws StartError when it holds no data
 */
export function openCopy(from: string): OpenCopy {
  const isFile = statSync(from, { throwIfNoEntry: false })?.isFile() === true;
  if (isFile) refuseOtherFile(from);
  else requireData(from);
  const files = new Map<string, number>();
  const copy = {
    files,
    [Symbol.dispose]() {
      for (const file of files.values()) closeSync(file);
    },
  };
  try {
    if (isFile) files.set(LMDB_FILE, openSync(from, "r"));
    for (const name of isFile ? [] : [LMDB_FILE, ...KEY_FILES])
      if (existsSync(join(from, name))) files.set(name, openSync(join(from, name), "r"));
    return copy;
  } catch (cause) {
    copy[Symbol.dispose]();
    throw new StartError(`cannot read the copy: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Restores a copy as a data folder, which must be empty of data.
 *
 * @throws StartError when there is data already
 */
export async function restoreFolder({ files }: OpenCopy, dataDir: string): Promise<Copy> {
  if (existsSync(join(dataDir, LMDB_FILE)))
    throw new StartError(
      `${dataDir} holds data already, which is not overwritten: choose another --data-dir, or move that folder away first`,
    );
  const keys = KEY_FILES.filter((name) => files.has(name));
  for (const name of keys)
    if (existsSync(join(dataDir, name)))
      throw new StartError(
        `${join(dataDir, name)} is there already, and the copy has one of its own: move one of them away`,
      );
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const draft = join(dataDir, `${LMDB_FILE}.new`);
    rmSync(draft, { force: true });
    const copyOut = (name: string, to: string): void => {
      const file = files.get(name);
      if (file !== undefined) writeCopy(file, to);
    };
    copyOut(LMDB_FILE, draft);
    for (const name of keys) copyOut(name, join(dataDir, name));
    // Made here for the folder's owner: LMDB would make it for the user who opens the data first.
    makeLockFile(dataDir);
    renameSync(draft, join(dataDir, LMDB_FILE));
    sync(dataDir);
    return { path: dataDir, bytes: statSync(join(dataDir, LMDB_FILE)).size, keys };
  } catch (cause) {
    throw new StartError(`cannot restore to ${dataDir}: ${(cause as Error).message}`, { cause });
  }
}

/** Writes an open file into a new one, and flushes it. */
function writeCopy(file: number, to: string): void {
  const buffer = Buffer.allocUnsafe(COPIED_BYTES);
  const made = openSync(to, "wx", 0o600);
  try {
    for (let place = 0; ; ) {
      const length = readSync(file, buffer, 0, buffer.length, place);
      if (length === 0) break;
      for (let at = 0; at < length; ) at += writeSync(made, buffer, at, length - at);
      place += length;
    }
    fsyncSync(made);
  } finally {
    closeSync(made);
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

/** @throws StartError when a file is not a whole copy of the data */
function refuseOtherFile(path: string): void {
  if (!isWholeCopy(path))
    throw new StartError(
      `${path} is not a whole backup: it must be a folder that waferd backup made, or the file of one`,
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

/** Flushes a file, or the list of files of a folder, to disk. */
function sync(path: string): void {
  const opened = openSync(path, "r");
  fsyncSync(opened);
  closeSync(opened);
}
