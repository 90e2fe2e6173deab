import { readFileSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";

/** Returns what a file of the data folder says; null without one, and for one that is damaged. */
export async function readNote(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}

/**
 * Writes a file of the data folder whole or not at all, for its owner only.
 *
 * @param value null removes it
 */
export async function writeNote(file: string, value: unknown): Promise<void> {
  if (value === null) return rm(file, { force: true });
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Tells whether a process of this machine has a number; none has 0. */
export function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return !isZombie(pid);
}

/** A container without an init keeps processes that have ended. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
