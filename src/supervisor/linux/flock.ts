import { libc } from "./libc.ts";

// From the headers of Linux.
const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes the exclusive lock of an open file, which lasts until the descriptor is closed or the
 * process ends. Bun's descriptors are closed in the processes that it starts.
 *
 * @returns false when it is held elsewhere or the file system has no locks; null when the system
 *   has no such call
 */
export function tryLock(fd: number): boolean | null {
  const c = libc();
  return c === null ? null : c.flock(fd, LOCK_EX | LOCK_NB) === 0;
}
