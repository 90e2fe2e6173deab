import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { type Backup, type BackupFailure, parseBackupName } from "../core/backups/backup.ts";
import { BackupError, type BackupFolder } from "../core/backups/backup-folder.ts";
import type { Store } from "../core/store.ts";

/** Prefixes of folders that are being written or removed, and are not backups. */
const PARTIAL = ".partial-";
const REMOVED = ".removed-";

/** The file in the data folder that holds the latest failure. */
const FAILURE_FILE = "backup-failure.json";
const MOST_FAILURE_BYTES = 10_000;

/** Room that a backup leaves free on the disk, which may be the store's own: 16 MiB and a tenth. */
const SPARE_BYTES = 16 * 1024 ** 2;
const SPARE_SHARE = 0.1;

export interface BackupFilesOptions {
  /** The folder of the backups; made when the first one is. */
  path: string;
  dataDir: string;
  backupTo: NonNullable<Store["backupTo"]>;
  usage: Store["usage"];
}

/**
 * Backups as folders of a folder. One is written under another name and flushed before it gets its
 * own, so that a listed one is whole.
 */
export class BackupFiles implements BackupFolder {
  readonly path: string;
  readonly #dataDir;
  readonly #backupTo;
  readonly #usage;

  constructor({ path, dataDir, backupTo, usage }: BackupFilesOptions) {
    this.path = path;
    this.#dataDir = dataDir;
    this.#backupTo = backupTo;
    this.#usage = usage;
  }

  list(): Promise<Backup[]> {
    return translated(`the backups in ${this.path} cannot be listed`, async () => {
      const backups: Backup[] = [];
      for (const name of await this.#entries()) {
        const parsed = parseBackupName(name);
        const sizeBytes = parsed === null ? null : await sizeOf(join(this.path, name));
        if (parsed !== null && sizeBytes !== null)
          backups.push({ name, sizeBytes, createdAt: parsed.createdAt });
      }
      return backups;
    });
  }

  make(name: string): Promise<number> {
    return translated(`a backup cannot be made in ${this.path}`, async () => {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await this.#removeLeftovers();
      await this.#requireRoom();
      const draft = join(this.path, `${PARTIAL}${name}`);
      try {
        await this.#backupTo(draft);
        await rename(draft, join(this.path, name));
      } catch (error) {
        await rm(draft, { recursive: true, force: true });
        throw error;
      }
      await flush(this.path);
      return (await sizeOf(join(this.path, name))) ?? 0;
    });
  }

  remove(name: string): Promise<boolean> {
    return translated(`the backup ${name} in ${this.path} cannot be removed`, async () => {
      if (parseBackupName(name) === null) return false;
      const place = join(this.path, name);
      if ((await sizeOf(place)) === null) return false;
      const removed = join(this.path, `${REMOVED}${name}`);
      await rm(removed, { recursive: true, force: true });
      await rename(place, removed);
      await rm(removed, { recursive: true, force: true });
      return true;
    });
  }

  async failure(): Promise<BackupFailure | null> {
    try {
      const text = await readFile(join(this.#dataDir, FAILURE_FILE), "utf8");
      return text.length > MOST_FAILURE_BYTES ? null : failureIn(JSON.parse(text));
    } catch {
      return null;
    }
  }

  noteFailure(failure: BackupFailure | null): Promise<void> {
    return translated("the outcome of a backup cannot be noted", async () => {
      const file = join(this.#dataDir, FAILURE_FILE);
      if (failure === null) return rm(file, { force: true });
      const draft = `${file}.${process.pid}`;
      try {
        await writeFile(draft, JSON.stringify(failure), { mode: 0o600 });
        await rename(draft, file);
      } finally {
        await rm(draft, { force: true });
      }
    });
  }

  async #entries(): Promise<string[]> {
    try {
      return await readdir(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  /** Removes the parts that processes left which were killed. */
  async #removeLeftovers(): Promise<void> {
    for (const name of await this.#entries())
      for (const prefix of [PARTIAL, REMOVED])
        if (name.startsWith(prefix) && parseBackupName(name.slice(prefix.length)) !== null)
          await rm(join(this.path, name), { recursive: true, force: true });
  }

  /** A copy that fills the disk of the store would stop its writes. */
  async #requireRoom(): Promise<void> {
    const { usedBytes } = await this.#usage();
    const needed = Math.ceil((usedBytes ?? 0) * (1 + SPARE_SHARE)) + SPARE_BYTES;
    const { bsize, bavail } = await statfs(this.path);
    if (bsize * bavail < needed)
      throw new Error(
        `it needs ${mebibytes(needed)} of free space, and there are ${mebibytes(bsize * bavail)}: make room, keep fewer (backup.keep), or choose another backup.dir`,
      );
  }
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 1024 ** 2)} MiB`;

/** Returns the bytes of the files in a folder; null when it is missing or empty. */
async function sizeOf(folder: string): Promise<number | null> {
  try {
    // A link would lead elsewhere.
    if (!(await lstat(folder)).isDirectory()) return null;
    const files = await readdir(folder);
    const sizes = await Promise.all(
      files.map(async (name) => (await lstat(join(folder, name))).size),
    );
    return files.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0);
  } catch (error) {
    // It may be removed meanwhile.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function failureIn(value: unknown): BackupFailure | null {
  const { at, reason } = (value ?? {}) as Partial<Record<"at" | "reason", unknown>>;
  return Number.isSafeInteger(at) && typeof reason === "string"
    ? { at: at as number, reason }
    : null;
}

/** Flushes the list of files of a folder to disk. */
async function flush(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/** Runs something, and makes a BackupError of its errors. */
async function translated<T>(problem: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new BackupError(`${problem}: ${(cause as Error).message}`, { cause });
  }
}
