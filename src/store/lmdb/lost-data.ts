import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../../core/errors.ts";
import { LMDB_FILE } from "./environment.ts";

/**
 * Refuses a folder whose data is lost, before it is opened: a new store would be without its apps,
 * and anyone on this machine could register the first one. A first start makes the data file before
 * `master.key`, and writes to it before `admin.key` is made; so a crash leaves no such folder.
 *
 * @returns whether the folder had an admin key: its data must then hold the facts of a store
 * @throws StartError
 */
export function refuseLostData(dataDir: string): boolean {
  // Looked for before the data, which another process may be making just now.
  const keys = ["admin.key", "master.key"].filter((name) => existsSync(join(dataDir, name)));
  const path = join(dataDir, LMDB_FILE);
  const isMissing = !existsSync(path);
  if (keys.length > 0 && (isMissing || statSync(path).size === 0))
    throw lostData(dataDir, isMissing ? "missing" : "empty", keys);
  return keys.includes("admin.key");
}

/** Returns the error for a folder whose data is lost. */
export function lostData(
  dataDir: string,
  state: "missing" | "empty",
  keys: readonly string[],
): StartError {
  const files = [...(state === "empty" ? [LMDB_FILE] : []), ...keys];
  return new StartError(
    `${join(dataDir, LMDB_FILE)} is ${state}, and ${keys.join(" and ")} beside it ${keys.length > 1 ? "belong" : "belongs"} to data that was there: move the folder away and restore a copy (waferd restore), or, to begin without the old apps and sessions, remove ${files.join(" and ")} from it`,
  );
}
