import { chmodSync, lstatSync, type Stats, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { StartError } from "../core/errors.ts";

/** The folder of the running server's sockets and lock, in the data folder. */
export const RUN_FOLDER = "run";

const KEY_FILES = ["admin.key", "master.key"] as const;
const DATABASE_FILES = ["data.mdb", "lock.mdb", "cells.mem"] as const;

/** Writable by the group or by others. */
const WRITABLE = 0o022;
/** Anything but the owner's own rights. */
const NOT_PRIVATE = 0o077;
/** Lets the group or others reach the files of a folder. */
const PASSABLE = 0o011;

/** The use that a process makes of a data folder. */
export interface FolderUse {
  /** A server makes files all the time: root must not serve the folder of another user. */
  isServer: boolean;
  /** The files that are made in it when they are missing. */
  makes: readonly string[];
}

/**
 * Verifies that a data folder and its files belong to the user of this process and cannot be
 * changed by others. A command that root runs may use a folder of another user, as long as it makes
 * no file there. Windows has no such owners: only kinds of files are checked.
 *
 * @returns the keys and the files of the database on which others have rights
 * @throws StartError
 */
export function examineFolder(dataDir: string, { isServer, makes }: FolderUse): string[] {
  const path = resolve(dataDir);
  const link = entryAt(path);
  if (link === null) return [];
  const uid = process.geteuid?.();
  // A link of another user could lead elsewhere tomorrow.
  if (link.isSymbolicLink() && uid !== undefined && link.uid !== 0 && link.uid !== uid)
    throw new StartError(
      `the data folder ${path} is a link of another user (uid ${link.uid}): remove it, or choose another --data-dir`,
    );
  const folder = link.isSymbolicLink() ? targetOf(path) : link;
  if (!folder.isDirectory())
    throw new StartError(`${path} is not a folder: choose another --data-dir`);
  if (uid !== undefined) refuseOwner(path, folder, uid, isServer);
  refuseWritable(path, folder, `chmod go-w ${path}`);
  for (const name of [...KEY_FILES, ...DATABASE_FILES, RUN_FOLDER])
    examineEntry(join(path, name), name === RUN_FOLDER, folder);
  if (uid === 0 && folder.uid !== 0) refuseMaking(path, folder.uid, makes);
  return [...KEY_FILES, ...DATABASE_FILES]
    .map((name) => join(path, name))
    .filter((file) => {
      const entry = entryAt(file);
      if (entry === null || (entry.mode & NOT_PRIVATE) === 0) return false;
      // In a closed folder only the owner could reach it, whatever its mode.
      if ((folder.mode & PASSABLE) !== 0) refuseWritable(file, entry, `chmod 600 ${file}`);
      return uid !== undefined;
    });
}

/** Takes the rights of others away from files. */
export function makePrivate(files: readonly string[]): void {
  for (const file of files)
    try {
      chmodSync(file, 0o600);
    } catch (cause) {
      throw new StartError(`cannot chmod 600 ${file}: ${(cause as Error).message}`, { cause });
    }
}

/** Returns what lies at a path, without following a link; null when nothing does. */
export function entryAt(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw new StartError(`cannot look at ${path}: ${message}`, { cause });
  }
}

function targetOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (cause) {
    throw new StartError(`the data folder ${path} is a link to nothing: remove it`, { cause });
  }
}

function refuseOwner(path: string, folder: Stats, uid: number, isServer: boolean): void {
  if (folder.uid === uid || (uid === 0 && !isServer)) return;
  const todo = isServer
    ? `run the server as that user, chown -R ${uid} ${path}, or choose another --data-dir`
    : `run this as that user (sudo -u '#${folder.uid}' waferd …), or choose another --data-dir`;
  throw new StartError(
    `the data folder ${path} belongs to uid ${folder.uid}, and this process runs as uid ${uid}: ${todo}`,
  );
}

function refuseWritable(path: string, { mode }: Stats, todo: string): void {
  if (process.geteuid !== undefined && (mode & WRITABLE) !== 0)
    throw new StartError(
      `others may write to ${path} (mode ${(mode & 0o777).toString(8)}): make sure that nobody did, then ${todo}`,
    );
}

function examineEntry(path: string, isFolder: boolean, folder: Stats): void {
  const entry = entryAt(path);
  if (entry === null) return;
  if (entry.isSymbolicLink())
    throw new StartError(
      `${path} is a symbolic link: put the ${isFolder ? "folder" : "file"} itself there`,
    );
  if (isFolder ? !entry.isDirectory() : !entry.isFile())
    throw new StartError(`${path} is not a ${isFolder ? "folder" : "file"}: move it away`);
  if (process.geteuid === undefined) return;
  if (entry.uid !== folder.uid)
    throw new StartError(
      `${path} belongs to uid ${entry.uid}, and its folder to uid ${folder.uid}: make sure that it is yours, then chown ${folder.uid} ${path}`,
    );
  if (!DATABASE_FILES.some((name) => path.endsWith(`/${name}`)))
    refuseWritable(path, entry, `chmod go-w ${path}`);
}

/** Files of root would keep the folder's owner out. */
function refuseMaking(path: string, owner: number, names: readonly string[]): void {
  const missing = names.find((name) => entryAt(join(path, name)) === null);
  if (missing !== undefined)
    throw new StartError(
      `${path} belongs to uid ${owner}, and this command would make ${missing} there as root: run it as that user, sudo -u '#${owner}' waferd …`,
    );
}
