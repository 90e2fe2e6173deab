import { tmpdir } from "node:os";
import { StartError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import type { LmdbOptions } from "./lmdb/driver.ts";
import { type MySqlStoreOptions, openMySqlStore } from "./mysql/driver.ts";
import type { RedisConnection } from "./redis/connection.ts";
import { openRedisStore } from "./redis/driver.ts";
import type { OnUpgrade } from "./upgrade.ts";

/** What every driver needs, and which one it is. */
export type StoreOptions = {
  /** Where the keys lie, and the embedded store. Made when missing. */
  dataDir: string;
  /** The option `master_key`; null uses the folder's own file. */
  masterKey: string | null;
  sandbox: boolean;
  /** Whose the sessions of a php database are, which name no app; null means the only app's. */
  defaultAppid: string | null;
  /** Called when this start changed the format of the data. */
  onUpgrade?: OnUpgrade;
} & (
  | ({ driver: "lmdb" } & Pick<LmdbOptions, "onBroken">)
  | { driver: "redis"; redis: RedisConnection }
  | ({ driver: "mysql" } & Pick<MySqlStoreOptions, "mysql" | "zone">)
);

/**
 * Opens the configured store.
 *
 * @throws StartError with what the operator has to mend
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  switch (options.driver) {
    case "lmdb": {
      const { openLmdbStore } = await load(() => import("./lmdb/driver.ts"));
      return openLmdbStore(options);
    }
    case "redis":
      return openRedisStore(options);
    case "mysql":
      return openMySqlStore(options);
  }
}

/** {@link import("./lmdb/copy.ts")}, which loads the embedded database. */
export const loadCopying = (): Promise<typeof import("./lmdb/copy.ts")> =>
  load(() => import("./lmdb/copy.ts"));

/** Only now: importing the driver loads lmdb's addon, which the executable has to unpack first. */
async function load<T>(module: () => Promise<T>): Promise<T> {
  try {
    return await module();
  } catch (cause) {
    throw new StartError(
      `cannot load the embedded database (${(cause as Error).message}): it is unpacked into the folder of BUN_TMPDIR, or else ${tmpdir()}, which must be writable and not mounted noexec`,
      { cause },
    );
  }
}
