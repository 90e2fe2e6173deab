import { tmpdir } from "node:os";
import { StartError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import type { ZoneMinutes } from "../core/zone.ts";
import { type MySqlOptions, openMySqlStore } from "./mysql/driver.ts";
import { openRedisStore } from "./redis/driver.ts";
import type { RedisOptions } from "./redis/options.ts";
import type { StoreSettings } from "./settings.ts";

/** The options of each driver. */
interface DriverOptions {
  lmdb: object;
  redis: RedisOptions;
  mysql: Omit<MySqlOptions, "onStatement"> & {
    /** The time zone of the database's datetimes. */
    zone: ZoneMinutes;
    logsStatements: boolean;
  };
}

type DriverName = keyof DriverOptions;
type TargetOf<Name extends DriverName> = {
  [One in Name]: { driver: One; options: DriverOptions[One] };
}[Name];

/** A driver with the options that it opens a store with. */
export type OpenTarget = TargetOf<DriverName>;

const OPEN: {
  [Name in DriverName]: (options: DriverOptions[Name], settings: StoreSettings) => Promise<Store>;
} = {
  async lmdb(_options, settings) {
    const { openLmdbStore } = await load(() => import("./lmdb/driver.ts"));
    return openLmdbStore(settings);
  },
  redis: (redis, settings) => openRedisStore({ ...settings, redis }),
  mysql: ({ zone, logsStatements, ...mysql }, { onStatement, ...settings }) =>
    openMySqlStore({
      ...settings,
      zone,
      mysql: { ...mysql, ...(logsStatements && onStatement && { onStatement }) },
    }),
};

/**
 * Opens a store.
 *
 * @throws StartError that says what the operator has to mend
 */
export const openStore = <Name extends DriverName>(
  { driver, options }: TargetOf<Name>,
  settings: StoreSettings,
): Promise<Store> => OPEN[driver](options, settings);

/** Loads what copies, restores, compacts and salvages the data folder of each embedded driver. */
export const loadFolderTools = {
  lmdb: () =>
    load(async () => ({
      ...(await import("./lmdb/copy.ts")),
      ...(await import("./lmdb/salvage.ts")),
    })),
};

/** Importing the driver loads LMDB's addon, which the executable has to unpack first. */
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
