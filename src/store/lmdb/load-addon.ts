import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Loads LMDB's addon, which the executable has inside: unpacks it into a new folder that nobody
 * else can write to, and removes it as soon as it is mapped. Bun's own way would take a name that
 * is known in advance, and where somebody else has that name it would leave another copy at each
 * start.
 *
 * @param embedded the addon's path inside the executable
 * @param temporary the folder for temporary files
 * @throws Error of the file system or the linker
 */
export function loadAddon(embedded: string, temporary: string): unknown {
  const folder = mkdtempSync(join(temporary, "waferd-"));
  try {
    const path = join(folder, "lmdb.node");
    writeFileSync(path, readFileSync(embedded), { mode: 0o600 });
    const addon = { exports: {} };
    process.dlopen(addon, path);
    return addon.exports;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
