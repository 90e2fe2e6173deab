import {
  closeSync,
  constants,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { StartError } from "../core/errors.ts";
import type { Clock, Milliseconds } from "../core/ports.ts";
import { tryLock } from "./linux/flock.ts";

const FILE = "server.lock";
const PRIVATE = 0o600;
/** A link is not followed: the file is emptied. Windows has no such flag. */
const FLAGS =
  constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
const POLL_MS = 100;

/** The lock of a data folder, held by its server or by a command that needs the folder alone. */
export interface FolderLock {
  release(): void;
}

export interface FolderLockOptions {
  /** The folder of the lock's file. */
  folder: string;
  /** How long another process may go on holding it: one that is ending. */
  patience: Milliseconds;
  clock: Clock;
  /** Called once when it has to wait, with who holds it. */
  onWait?(holder: string): void;
}

/** Another process holds the lock of a folder. */
export class FolderLocked extends StartError {
  override readonly name = "FolderLocked";
  /** `process 4711`, or `another process`. */
  readonly holder: string;

  constructor(holder: string) {
    super(`${holder} holds the lock`);
    this.holder = holder;
  }
}

/**
 * Takes the lock of a folder. The kernel releases it when the process ends, however it does.
 *
 * @returns null where there are no such locks: not on Linux, and on some file systems
 * @throws FolderLocked when another process holds it for too long
 * @throws StartError when its file cannot be written
 */
export async function takeFolderLock(options: FolderLockOptions): Promise<FolderLock | null> {
  const { folder, patience, clock, onWait } = options;
  const path = join(folder, FILE);
  const fd = openLock(path);
  let waited = 0;
  for (let taken = tryLock(fd); taken !== true; taken = tryLock(fd)) {
    const isMissing = taken === null || (waited === 0 && !hasLocks(folder));
    if (isMissing || waited >= patience) closeSync(fd);
    if (isMissing) return null;
    if (waited >= patience) throw new FolderLocked(holderOf(path));
    if (waited === 0) onWait?.(holderOf(path));
    await clock.sleep(POLL_MS);
    waited += POLL_MS;
  }
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`, 0);
  } catch {
    // On a full disk the lock holds too, and others only do not learn who has it.
  }
  return { release: () => closeSync(fd) };
}

function openLock(path: string): number {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry !== undefined && !entry.isFile())
    throw new StartError(`${path} is not a file: move it away`);
  try {
    return openSync(path, FLAGS, PRIVATE);
  } catch (cause) {
    throw new StartError(`cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Tells whether a file that nobody else knows can be locked there. */
function hasLocks(folder: string): boolean {
  const path = join(folder, `${process.pid}.${FILE}`);
  const fd = openLock(path);
  const taken = tryLock(fd);
  closeSync(fd);
  rmSync(path, { force: true });
  return taken === true;
}

function holderOf(path: string): string {
  const pid = /^\d+/.exec(readFileSync(path, "utf8"))?.[0];
  return pid === undefined ? "another process" : `process ${pid}`;
}
