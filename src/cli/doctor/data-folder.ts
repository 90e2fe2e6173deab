import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import { StartError } from "../../core/errors.ts";
import { type Finding, findingsOf } from "../../core/finding.ts";
import { examineFolder } from "../../data-folder/ownership.ts";

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

const folder = findingsOf("data folder");
const disk = findingsOf("disk");

/** Tells whether other users may read or write a path. */
const isExposed = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;

/** Checks the folder of the data and the keys, and its disk. Changes nothing. */
export function* checkDataFolder(config: Config): Generator<Finding> {
  const path = resolve(config.data_dir);
  if (!existsSync(path)) {
    const parent = nearestFolder(path);
    yield isWritable(parent)
      ? folder.ok(
          [`${path} does not exist yet: the first start creates it`],
          [`${path} 尚不存在：首次启动时创建`],
        )
      : folder.fail(
          [
            `${path} does not exist, and this user cannot create it`,
            `create it, or chown ${parent}`,
          ],
          [`${path} 不存在，当前用户也无法创建`, `创建它，或修改 ${parent} 的所有者（chown）`],
        );
    yield* checkDisk(parent);
    return;
  }
  if (!statSync(path).isDirectory()) {
    yield folder.fail(
      [`${path} is not a folder`, "set data_dir to a folder"],
      [`${path} 不是文件夹`, "把 data_dir 设为文件夹"],
    );
    return;
  }
  try {
    examineFolder(path, { isServer: false, makes: [] });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    yield folder.fail(
      [error.message, "waferd does not start until then"],
      [error.message, "在此之前 waferd 无法启动"],
    );
    yield* checkDisk(path);
    return;
  }
  if (!isWritable(path))
    yield folder.fail(
      [`this user cannot write to ${path}`, `chown it to the service's user`],
      [`当前用户无法写入 ${path}`, "把所有者改为服务的用户（chown）"],
    );
  else if (isExposed(path))
    yield folder.warn(
      [`others can read ${path}`, `chmod 700 ${path}`],
      [`其他用户可以读取 ${path}`, `chmod 700 ${path}`],
    );
  else yield folder.ok([`only this user can read ${path}`], [`只有当前用户可以读取 ${path}`]);
  yield* checkDisk(path);
}

function* checkDisk(path: string): Generator<Finding> {
  const { bavail, bsize, type } = statfsSync(path);
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const words = `${free} MiB are free at ${path}`;
  const zh = `${path} 剩余 ${free} MiB`;
  if (free < TOO_FEW_MEBIBYTES)
    yield disk.fail(
      [words, "free space: on a full disk nobody can log in"],
      [zh, "腾出空间：磁盘写满后无人能够登录"],
    );
  else if (free < SCARCE_MEBIBYTES) yield disk.warn([words, "free space"], [zh, "腾出空间"]);
  else yield disk.ok([words], [zh]);
  const remote = REMOTE[type];
  if (remote !== undefined)
    yield disk.fail(
      [
        `${path} is on ${remote}`,
        "LMDB needs a local disk: choose another data_dir, or a shared store",
      ],
      [`${path} 位于 ${remote} 上`, "LMDB 需要本地磁盘：请换一个 data_dir，或使用共享存储"],
    );
  if (type === TMPFS)
    yield disk.warn(
      [`${path} is in memory, and lost when the machine stops`, "choose another data_dir"],
      [`${path} 位于内存中，关机后丢失`, "换一个 data_dir"],
    );
}

const keys = findingsOf("keys");

/** Checks the permissions of the key files. The check of the store tells whether they open it. */
export function* checkKeys(config: Config): Generator<Finding> {
  for (const [name, configured] of [
    ["admin.key", config.admin_key !== ""],
    ["master.key", config.master_key !== ""],
  ] as const) {
    const path = resolve(config.data_dir, name);
    if (configured)
      yield keys.ok(
        [`${name.replace(".", "_")} is configured`],
        [`${name.replace(".", "_")} 已在配置中设置`],
      );
    else if (!existsSync(path))
      yield keys.ok(
        [`${path} does not exist yet: the first start creates it`],
        [`${path} 尚不存在：首次启动时创建`],
      );
    else if (!isReadable(path))
      yield keys.fail(
        [`this user cannot read ${path}`, `chown it to the service's user`],
        [`当前用户无法读取 ${path}`, "把所有者改为服务的用户（chown）"],
      );
    else if (isExposed(path))
      yield keys.fail(
        [`others can read ${path}`, `chmod 600 ${path}`],
        [`其他用户可以读取 ${path}`, `chmod 600 ${path}`],
      );
    else yield keys.ok([`only its owner can read ${path}`], [`只有所有者可以读取 ${path}`]);
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
