import { existsSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dir, "../../../dist/console");

/** Names of files, which lead to no other folder. */
const NAME = /^[\w-]+(\.[\w-]+)*$/;

/**
 * Returns the path of one of the console's files, compressed by gzip; null for an unknown name. The
 * build of the executable replaces this module by one that has the files inside
 * (scripts/console.ts); from the sources they lie in dist/console/.
 */
export function zippedFile(name: string): string | null {
  const path = join(FOLDER, `${name}.gz`);
  return NAME.test(name) && existsSync(path) ? path : null;
}
