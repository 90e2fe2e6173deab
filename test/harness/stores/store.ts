import { DEFAULT_DRIVER, type DriverName } from "../../../src/config/drivers/drivers.ts";
import { lmdbStore } from "./lmdb.ts";
import { mysqlStore } from "./mysql.ts";
import { redisStore } from "./redis.ts";
import type { TestStore } from "./test-store.ts";

const STORES: Record<DriverName, TestStore> = {
  lmdb: lmdbStore,
  redis: redisStore,
  mysql: mysqlStore,
};

const isDriver = (name: string): name is DriverName => Object.hasOwn(STORES, name);

function chosenStore(): TestStore {
  const name = process.env["WAFERD_TEST_STORE"] ?? DEFAULT_DRIVER;
  if (isDriver(name)) return STORES[name];
  throw new Error(`WAFERD_TEST_STORE must be one of ${Object.keys(STORES)}`);
}

/** The store that the executable is tested on, by the variable WAFERD_TEST_STORE. */
export const testStore: TestStore = chosenStore();
