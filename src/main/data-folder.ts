import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Config } from "../config/schema.ts";
import { embeddedData } from "../config/store-target.ts";
import { StartError } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { asOwnerOf } from "../data-folder/as-owner.ts";
import { examineFolder, makePrivate } from "../data-folder/ownership.ts";
import { isDead, makeRunFolder, socketsOf } from "../data-folder/sockets.ts";
import { type FolderLock, FolderLocked, takeFolderLock } from "../supervisor/folder-lock.ts";
import { clock } from "./ports.ts";

/** How long a server that is ending may keep the folder from the next one. */
const PATIENCE_MS = 5000;

/**
 * Verifies the data folder of a configuration before it is used, and takes the rights of others
 * away from the keys and the files of the database.
 *
 * @param log null leaves those files as they are
 * @throws StartError
 */
export function examineData(config: Config, isServer: boolean, log: Log | null): void {
  const wide = examineFolder(config.data_dir, { isServer, makes: filesOf(config) });
  if (log === null) return;
  makePrivate(wide);
  for (const path of wide) log.warn({ path }, "others had rights on this file: it is 0600 now");
}

/** Returns the files that opening the configured store makes when they are missing. */
const filesOf = (config: Config): string[] => [
  ...(embeddedData(config) === null ? [] : ["data.mdb", "lock.mdb"]),
  ...(config.master_key === "" ? ["master.key"] : []),
  ...(config.admin_key === "" ? ["admin.key"] : []),
];

/** The data folders that this server has locked, by their paths. */
export class LockedFolders {
  readonly #locks = new Map<string, FolderLock | null>();
  readonly #log;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Locks the folder of an embedded store for this server: two servers on one folder would not
   * share the logins of equal codes. Servers on a shared store agree through it.
   *
   * @throws StartError when another server has it
   */
  async lock(config: Config): Promise<void> {
    const path = resolve(config.data_dir);
    if (embeddedData(config) === null || this.#locks.has(path)) return;
    const log = this.#log;
    const refuse = (holder: string): never => {
      throw new StartError(
        `${holder} serves the data folder ${path}: stop it first, reload it (SIGHUP), or choose another --data-dir; a second server needs a shared store`,
      );
    };
    try {
      const lock = await takeFolderLock({
        folder: makeRunFolder(path),
        patience: PATIENCE_MS,
        clock,
        onWait: (holder) => log.info({ path }, `waiting for ${holder}, which serves this folder`),
      });
      if (lock === null && (await isServed(path))) refuse("another process");
      this.#locks.set(path, lock);
    } catch (error) {
      throw error instanceof FolderLocked ? refuse(error.holder) : error;
    }
  }

  release(): void {
    for (const lock of this.#locks.values()) lock?.release();
    this.#locks.clear();
  }
}

/** Tells whether a server listens in the folder, where locks do not tell. */
async function isServed(dataDir: string): Promise<boolean> {
  if (process.platform === "win32") return false;
  const dead = await Promise.all(socketsOf(dataDir).map(isDead));
  return dead.includes(false);
}

/**
 * Runs a command that needs a data folder for itself, with the rights of the folder's owner.
 *
 * @throws StartError when a server has it
 */
export async function withFolderAlone<T>(config: Config, run: () => Promise<T>): Promise<T> {
  const path = resolve(config.data_dir);
  if (!existsSync(path)) return run();
  examineFolder(path, { isServer: false, makes: [] });
  return await asOwnerOf(path, async () => {
    const lock = await lockAlone(path);
    try {
      return await run();
    } finally {
      lock?.release();
    }
  });
}

async function lockAlone(path: string): Promise<FolderLock | null> {
  try {
    return await takeFolderLock({ folder: makeRunFolder(path), patience: 0, clock });
  } catch (error) {
    if (!(error instanceof FolderLocked)) throw error;
    throw new StartError(`${error.holder} serves the data folder ${path}: stop it first`);
  }
}
