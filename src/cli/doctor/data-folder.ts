import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import { StartError } from "../../core/errors.ts";
import { examineFolder } from "../../data-folder/ownership.ts";
import { type Check, checksOf } from "./check.ts";

const MEBIBYTE = 1024 ** 2;
const SCARCE_MEBIBYTES = 1024;
const TOO_FEW_MEBIBYTES = 100;

/** Network file systems, where LMDB does not work, by the magic numbers of statfs(2). */
const REMOTE: Readonly<Record<number, string>> = {
  26985: "NFS",
  20859: "SMB",
  4283649346: "CIFS",
  4266872130: "SMB2",
  16914839: "9P",
  1702057286: "FUSE",
  12805120: "CephFS",
};
const TMPFS = 0x01021994;

const folder = checksOf("data folder");
const disk = checksOf("disk");

/** Tells whether other users may read or write a path. */
const isExposed = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;

/** Checks the folder of the data and the keys, and its disk. Changes nothing. */
export function* checkDataFolder(config: Config): Generator<Check> {
  const path = resolve(config.data_dir);
  if (!existsSync(path)) {
    const parent = nearestFolder(path);
    yield isWritable(parent)
      ? folder.ok(`${path} does not exist yet: the first start creates it`)
      : folder.fail(
          `${path} does not exist, and this user cannot create it`,
          `create it, or chown ${parent}`,
        );
    yield* checkDisk(parent);
    return;
  }
  if (!statSync(path).isDirectory()) {
    yield folder.fail(`${path} is not a folder`, "set data_dir to a folder");
    return;
  }
  try {
    examineFolder(path, { isServer: false, makes: [] });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    yield folder.fail(error.message, "waferd does not start until then");
    yield* checkDisk(path);
    return;
  }
  if (!isWritable(path))
    yield folder.fail(`this user cannot write to ${path}`, `chown it to the service's user`);
  else if (isExposed(path)) yield folder.warn(`others can read ${path}`, `chmod 700 ${path}`);
  else yield folder.ok(`only this user can read ${path}`);
  yield* checkDisk(path);
}

function* checkDisk(path: string): Generator<Check> {
  const { bavail, bsize, type } = statfsSync(path);
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const words = `${free} MiB are free at ${path}`;
  if (free < TOO_FEW_MEBIBYTES)
    yield disk.fail(words, "free space: on a full disk nobody can log in");
  else if (free < SCARCE_MEBIBYTES) yield disk.warn(words, "free space");
  else yield disk.ok(words);
  const remote = REMOTE[type];
  if (remote !== undefined)
    yield disk.fail(
      `${path} is on ${remote}`,
      "LMDB needs a local disk: choose another data_dir, or a shared store",
    );
  if (type === TMPFS)
    yield disk.warn(
      `${path} is in memory, and lost when the machine stops`,
      "choose another data_dir",
    );
}

const keys = checksOf("keys");

/** Checks the permissions of the key files. The check of the store tells whether they open it. */
export function* checkKeys(config: Config): Generator<Check> {
  for (const [name, configured] of [
    ["admin.key", config.admin_key !== ""],
    ["master.key", config.master_key !== ""],
  ] as const) {
    const path = resolve(config.data_dir, name);
    if (configured) yield keys.ok(`${name.replace(".", "_")} is configured`);
    else if (!existsSync(path))
      yield keys.ok(`${path} does not exist yet: the first start creates it`);
    else if (!isReadable(path))
      yield keys.fail(`this user cannot read ${path}`, `chown it to the service's user`);
    else if (isExposed(path)) yield keys.fail(`others can read ${path}`, `chmod 600 ${path}`);
    else yield keys.ok(`only its owner can read ${path}`);
  }
}

const may = (path: string, mode: number): boolean => {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
};
const isWritable = (path: string): boolean => may(path, constants.W_OK | constants.X_OK);
const isReadable = (path: string): boolean => may(path, constants.R_OK);

/** Returns the folder, or the nearest one above it that exists. */
const nearestFolder = (path: string): string =>
  existsSync(path) ? path : nearestFolder(dirname(path));
