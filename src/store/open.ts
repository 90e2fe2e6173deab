import { tmpdir } from "node:os";
import { StartError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import type { LmdbOptions } from "./lmdb/driver.ts";

export type StoreOptions = LmdbOptions;

/**
 * Opens the configured store.
 *
 * @throws StartError with what the operator has to mend
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { openLmdbStore } = await loadLmdb();
  return openLmdbStore(options);
}

/** Only now: importing the driver loads lmdb's addon, which the executable has to unpack first. */
async function loadLmdb(): Promise<typeof import("./lmdb/driver.ts")> {
  try {
    return await import("./lmdb/driver.ts");
  } catch (cause) {
    throw new StartError(
      `cannot load the embedded database (${(cause as Error).message}): it is unpacked into the folder of BUN_TMPDIR, or else ${tmpdir()}, which must be writable and not mounted noexec`,
      { cause },
    );
  }
}
