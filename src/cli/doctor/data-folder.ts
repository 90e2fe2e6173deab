import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import { type Check, checksOf } from "./check.ts";

const MEBIBYTE = 1024 ** 2;
const SCARCE_MEBIBYTES = 1024;
const TOO_FEW_MEBIBYTES = 100;

/** File systems by the magic numbers of statfs(2) that a data folder should not be on. */
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

/** Others than the owner may read it, or write to it. */
const isExposed = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;

/** The folder of the data and the keys, and the disk that it lies on. Changes nothing. */
export function* checkDataFolder(config: Config): Generator<Check> {
  const path = resolve(config.data_dir);
  if (!existsSync(path)) {
    const parent = nearestFolder(path);
    yield isWritable(parent)
      ? folder.ok(`${path} is not there yet: the first start makes it`)
      : folder.fail(
          `${path} is not there, and this user cannot make it`,
          `make it, or chown ${parent}`,
        );
    yield* checkDisk(parent);
    return;
  }
  if (!statSync(path).isDirectory()) {
    yield folder.fail(`${path} is no folder`, "name a folder by data_dir");
    return;
  }
  if (!isWritable(path))
    yield folder.fail(`this user cannot write to ${path}`, `chown it to the service's user`);
  else if (isExposed(path)) yield folder.warn(`others can read ${path}`, `chmod 700 ${path}`);
  else yield folder.ok(`${path} is this user's alone`);
  yield* checkDisk(path);
}

function* checkDisk(path: string): Generator<Check> {
  const { bavail, bsize, type } = statfsSync(path);
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const words = `${free} MiB are free at ${path}`;
  if (free < TOO_FEW_MEBIBYTES)
    yield disk.fail(words, "make room: on a full disk nobody can log in");
  else if (free < SCARCE_MEBIBYTES) yield disk.warn(words, "make room");
  else yield disk.ok(words);
  const remote = REMOTE[type];
  if (remote !== undefined)
    yield disk.fail(
      `${path} is on ${remote}`,
      "LMDB needs a local disk: choose another data_dir, or a shared store",
    );
  if (type === TMPFS)
    yield disk.warn(`${path} is in memory, and gone with the machine`, "choose another data_dir");
}

const keys = checksOf("keys");

/** The key files, by their form and their permissions; whether they open the data, the store tells. */
export function* checkKeys(config: Config): Generator<Check> {
  for (const [name, configured] of [
    ["admin.key", config.admin_key !== ""],
    ["master.key", config.master_key !== ""],
  ] as const) {
    const path = resolve(config.data_dir, name);
    if (configured) yield keys.ok(`${name.replace(".", "_")} is configured`);
    else if (!existsSync(path)) yield keys.ok(`${path} is not there yet: the first start makes it`);
    else if (!isReadable(path))
      yield keys.fail(`this user cannot read ${path}`, `chown it to the service's user`);
    else if (isExposed(path)) yield keys.fail(`others can read ${path}`, `chmod 600 ${path}`);
    else yield keys.ok(`${path} is its owner's alone`);
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

/** The folder itself, or the nearest above it that exists. */
const nearestFolder = (path: string): string =>
  existsSync(path) ? path : nearestFolder(dirname(path));
