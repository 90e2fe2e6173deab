import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Backup, type BackupFailure, timeOfBackup } from "../core/backups/backup.ts";
import type { BackupPlace } from "../core/backups/backup-place.ts";

/** A draft: the name that it will get, and the process that makes it. */
const DRAFT = /^partial-(waferd-\d{8}T\d{6}Z)-(\d{1,10})$/;
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

  names(): string[] {
    return this.#entries()
      .filter((name) => timeOfBackup(name) !== null)
      .sort()
      .reverse();
  }

  find(name: string): Backup | null {
    const at = timeOfBackup(name);
    if (at === null || statSync(join(this.folder, name), QUIETLY) === undefined) return null;
    const file = this.#fileOf(name);
    const bytes = statSync(file, QUIETLY)?.size ?? 0;
    return { name, at, bytes, isWhole: bytes > 0 && this.#options.isWhole(file) };
  }

  runningSince(): number | null {
    return this.#drafts().find((draft) => this.#isInHand(draft))?.at ?? null;
  }

  async make(name: string, wantedBytes: number, signal: AbortSignal): Promise<void> {
    const { folder } = this;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const draft of this.#drafts()) if (!this.#isInHand(draft)) remove(draft.path);
    requireRoom(folder, wantedBytes);
    const draft = join(folder, `partial-${name}-${process.pid}`);
    this.#draft = draft;
    try {
      await this.#options.copy(draft, signal);
      signal.throwIfAborted();
      renameSync(draft, join(folder, name));
      sync(folder);
    } catch (error) {
      remove(draft);
      throw error;
    } finally {
      this.#draft = null;
    }
  }

  remove(name: string): boolean {
    const path = join(this.folder, name);
    if (timeOfBackup(name) === null || statSync(path, QUIETLY) === undefined) return false;
    // One that is removed half-way must not look like a backup.
    const draft = join(this.folder, `partial-${name}-0`);
    renameSync(path, draft);
    remove(draft);
    return true;
  }

  open(name: string): Blob | null {
    const path = this.#fileOf(name);
    if (timeOfBackup(name) === null || statSync(path, QUIETLY) === undefined) return null;
    return Bun.file(path);
  }

  failure(): BackupFailure | null {
    try {
      const { at, reason } = JSON.parse(readFileSync(this.#failureFile, "utf8"));
      return typeof at === "number" && typeof reason === "string" ? { at, reason } : null;
    } catch {
      return null;
    }
  }

  noteFailure(failure: BackupFailure | null): void {
    if (failure === null) rmSync(this.#failureFile, { force: true });
    else writeFileSync(this.#failureFile, JSON.stringify(failure), { mode: 0o600 });
  }

  get #failureFile(): string {
    return join(this.#options.dataDir, FAILURE_FILE);
  }

  #fileOf(name: string): string {
    return join(this.folder, name, this.#options.dataFile);
  }

  #entries(): string[] {
    try {
      return readdirSync(this.folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  #drafts(): Draft[] {
    return this.#entries().flatMap((entry) => {
      const [, name = "", pid] = DRAFT.exec(entry) ?? [];
      const at = timeOfBackup(name);
      return at === null ? [] : [{ at, path: join(this.folder, entry), pid: Number(pid) }];
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

const QUIETLY = { throwIfNoEntry: false } as const;

const remove = (path: string): void => rmSync(path, { recursive: true, force: true });

/** Tells whether a process of this machine has a number; none has 0. */
function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function requireRoom(folder: string, wanted: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < wanted)
    throw new Error(
      `the disk of ${folder} has ${mebibytes(free)} MiB left, and a backup wants ${mebibytes(wanted)}: make room, lower backup.keep, or choose another backup.dir`,
    );
}

const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2);

/** Flushes the list of files of a folder to disk. */
function sync(folder: string): void {
  const opened = openSync(folder, "r");
  fsyncSync(opened);
  closeSync(opened);
}
