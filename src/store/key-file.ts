import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { StartError } from "../core/errors.ts";

const PRIVATE = 0o600;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** The first line of a key file, or null when there is no such file. */
export function readKeyFile(path: string): string | null {
  try {
    return (readFileSync(path, "utf8").split("\n")[0] ?? "").trim();
  } catch (error) {
    if (isMissing(error)) return null;
    throw new StartError(`cannot read the key file ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Writes a new key file that only its owner can read, whole or not at all: a crash leaves no half key, and of two
 * processes that start at once one writes and both go on with its key.
 *
 * @returns the key that the file holds now, and whether this call made it
 */
export function createKeyFile(path: string, key: string): { key: string; created: boolean } {
  const draft = `${path}.${process.pid}.new`;
  try {
    const file = openSync(draft, "wx", PRIVATE);
    try {
      writeSync(file, `${key}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(draft, path);
    } catch (error) {
      const existing = readKeyFile(path);
      if (existing === null) throw error;
      return { key: existing, created: false };
    }
    const folder = openSync(dirname(path), "r");
    fsyncSync(folder);
    closeSync(folder);
    return { key, created: true };
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`cannot write the key file ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Whether others than the owner may read the file. */
export const isExposed = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;
