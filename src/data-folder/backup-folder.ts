import { lstat, mkdir, open, readdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import {
  type Backup,
  type BackupFailure,
  latestFirst,
  parseBackupName,
} from "../core/backups/backup.ts";
import type { BackupPlace } from "../core/backups/backup-place.ts";
import { isAlive, readNote, writeNote } from "./notes.ts";

/** A draft: the name that it will get, and the process that makes it. */
const DRAFT = /^partial-(waferd-\d{6,9}-\d{8}T\d{6}Z)-(\d{1,10})$/;
/** A draft that is older is of a process whose number another one has now. */
const LONGEST_DRAFT_MS = 2 * 3600 * 1000;
/** The file of the data folder that says why the latest backup failed. */
const FAILURE_FILE = "backup-failure.json";

export interface BackupFolderOptions {
  /** The folder of the backups; made when it is missing. */
  folder: string;
  dataDir: string;
  /** The name of the data file in a data folder and in a backup. */
  dataFile: string;
  /** Copies the store into a new folder, flushed and verified. */
  copy(to: string, signal: AbortSignal): Promise<void>;
  /** Tells whether a data file has as many pages as it says. */
  isWhole(file: string): boolean;
}

/**
 * Keeps backups in a folder: each is a folder of its own that `waferd restore --from` takes. A
 * draft has another name until its copy is verified, so that a process that dies leaves none that
 * looks whole.
 */
export class BackupFolder implements BackupPlace {
  readonly folder;
  readonly #options;
  /** The draft that this process makes. */
  #draft: string | null = null;

  constructor(options: BackupFolderOptions) {
    this.folder = options.folder;
    this.#options = options;
  }

  async names(): Promise<string[]> {
    return latestFirst((await this.#entries()).filter((name) => parseBackupName(name) !== null));
  }

  async find(name: string): Promise<Backup | null> {
    const at = parseBackupName(name)?.at;
    if (at === undefined || !(await this.#isBackup(name))) return null;
    const file = this.#fileOf(name);
    const status = await statusOf(file);
    const bytes = status?.isFile() ? status.size : 0;
    return { name, at, bytes, isWhole: bytes > 0 && this.#options.isWhole(file) };
  }

  async runningSince(): Promise<number | null> {
    const drafts = await this.#drafts();
    return drafts.find((draft) => this.#isInHand(draft))?.at ?? null;
  }

  async make(name: string, wantedBytes: number, signal: AbortSignal): Promise<void> {
    const { folder } = this;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const draft of await this.#drafts()) if (!this.#isInHand(draft)) await remove(draft.path);
    await requireRoom(folder, wantedBytes);
    const draft = join(folder, `partial-${name}-${process.pid}`);
    this.#draft = draft;
    try {
      await this.#options.copy(draft, signal);
      signal.throwIfAborted();
      await rename(draft, join(folder, name));
      await sync(folder);
    } catch (error) {
      await remove(draft);
      throw error;
    } finally {
      this.#draft = null;
    }
  }

  async remove(name: string): Promise<boolean> {
    if (parseBackupName(name) === null || !(await this.#isBackup(name))) return false;
    // One that is removed half-way must not look like a backup.
    const draft = join(this.folder, `partial-${name}-0`);
    await remove(draft);
    await rename(join(this.folder, name), draft);
    await remove(draft);
    return true;
  }

  async open(name: string): Promise<Blob | null> {
    if (parseBackupName(name) === null || !(await this.#isBackup(name))) return null;
    const file = this.#fileOf(name);
    return (await statusOf(file))?.isFile() ? Bun.file(file) : null;
  }

  async failure(): Promise<BackupFailure | null> {
    const { at, reason } = ((await readNote(this.#failureFile)) ?? {}) as Partial<BackupFailure>;
    return typeof at === "number" && typeof reason === "string" ? { at, reason } : null;
  }

  noteFailure(failure: BackupFailure | null): Promise<void> {
    return writeNote(this.#failureFile, failure);
  }

  get #failureFile(): string {
    return join(this.#options.dataDir, FAILURE_FILE);
  }

  /** Tells whether there is a folder of this name. A link would lead elsewhere. */
  async #isBackup(name: string): Promise<boolean> {
    return (await statusOf(join(this.folder, name)))?.isDirectory() === true;
  }

  #fileOf(name: string): string {
    return join(this.folder, name, this.#options.dataFile);
  }

  async #entries(): Promise<string[]> {
    try {
      return await readdir(this.folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  async #drafts(): Promise<Draft[]> {
    return (await this.#entries()).flatMap((entry) => {
      const [, name = "", pid] = DRAFT.exec(entry) ?? [];
      const parsed = parseBackupName(name);
      return parsed === null
        ? []
        : [{ at: parsed.at, path: join(this.folder, entry), pid: Number(pid) }];
    });
  }

  #isInHand({ at, path, pid }: Draft): boolean {
    if (pid === process.pid) return path === this.#draft;
    return isAlive(pid) && Math.abs(Date.now() - at) < LONGEST_DRAFT_MS;
  }
}

interface Draft {
  at: number;
  path: string;
  pid: number;
}

const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** Returns what a path is, without following a link; null when there is nothing. */
async function statusOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    // It may be removed meanwhile.
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return null;
    throw error;
  }
}

async function requireRoom(folder: string, wanted: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < wanted)
    throw new Error(
      `the disk of ${folder} has ${mebibytes(free)} MiB left, and a backup wants ${mebibytes(wanted)}: make room, lower backup.keep, or choose another backup.dir`,
    );
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2);

/** Flushes the list of files of a folder to disk. */
async function sync(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
