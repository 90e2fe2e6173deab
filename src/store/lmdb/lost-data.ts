import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { StartError } from "../../core/errors.ts";
import { LMDB_FILE } from "./environment.ts";

const LOCK_FILE = "lock.mdb";
/** The first member of LMDB's lock file. The number of the last commit is behind 4 more bytes. */
const MAGIC = 0xbeefc0de;
const HEAD_BYTES = 16;
const AND = new Intl.ListFormat("en");

/**
 * Refuses a folder whose data is lost, before it is opened: a new store would be without its apps,
 * and anyone on this machine could register the first one. A first start makes the data file before
 * `master.key`, and writes to it before `admin.key` is made; so a crash leaves no such folder.
 * Where both keys are configured, LMDB's lock file tells of data that was there.
 *
 * @returns whether the folder had an admin key: its data must then hold the facts of a store
 * @throws StartError
 */
export function refuseLostData(dataDir: string): boolean {
  // Looked for before the data, which another process may be making just now.
  const keys = ["admin.key", "master.key"].filter((name) => existsSync(join(dataDir, name)));
  const path = join(dataDir, LMDB_FILE);
  const isMissing = !existsSync(path);
  if (isMissing || statSync(path).size === 0) {
    const traces = [...keys, ...(hadCommits(join(dataDir, LOCK_FILE)) ? [LOCK_FILE] : [])];
    if (traces.length > 0) throw lostData(dataDir, isMissing ? "missing" : "empty", traces);
  }
  return keys.includes("admin.key");
}

/** Tells whether anything was committed to the data of a lock file, as far as it says. */
function hadCommits(path: string): boolean {
  if (!existsSync(path)) return false;
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(path, "r");
  try {
    readSync(file, head, 0, HEAD_BYTES, 0);
  } finally {
    closeSync(file);
  }
  return head.readUInt32LE(0) === MAGIC && head.readBigUInt64LE(8) > 0n;
}

/** Returns the error for a folder whose data is lost. */
export function lostData(
  dataDir: string,
  state: "missing" | "empty",
  traces: readonly string[],
): StartError {
  const files = [...(state === "empty" ? [LMDB_FILE] : []), ...traces];
  return new StartError(
    `${join(dataDir, LMDB_FILE)} is ${state}, and ${AND.format(traces)} beside it ${traces.length > 1 ? "belong" : "belongs"} to data that was there: move the folder away and restore a copy (waferd restore), or, to begin without the old apps and sessions, remove ${AND.format(files)} from it`,
  );
}
