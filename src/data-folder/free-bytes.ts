import { statfsSync } from "node:fs";

/** Returns the room on a folder's disk, in bytes; null when it cannot be told. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
