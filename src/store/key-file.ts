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
import { writtenText } from "../core/written-text.ts";

const PRIVATE = 0o600;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

/** Returns the first line of a key file, or null when the file is missing. */
export function readKeyFile(path: string): string | null {
  try {
    return (writtenText(readFileSync(path)).split("\n")[0] ?? "").trim();
  } catch (error) {
    if (isMissing(error)) return null;
    throw new StartError(`cannot read the key file ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Creates a key file that only its owner can read. It is complete or missing after a crash. Of two
 * processes that start at once one creates it, and both use its key.
 *
 * @returns the key in the file, and whether this call created it
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

/** Returns whether anyone but the owner may read the file. */
export const isExposed = (path: string): boolean => (statSync(path).mode & 0o077) !== 0;
