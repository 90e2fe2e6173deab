import { lmdbStore } from "./lmdb.ts";
import { mysqlStore } from "./mysql.ts";
import { redisStore } from "./redis.ts";
import type { TestStore } from "./test-store.ts";

const stores: readonly TestStore[] = [lmdbStore, redisStore, mysqlStore];
const name = process.env["WAFERD_TEST_STORE"] ?? "lmdb";
const chosen = stores.find((store) => store.name === name);
if (chosen === undefined)
  throw new Error(`WAFERD_TEST_STORE must be one of ${stores.map((one) => one.name)}`);

/** The store under the tested executable, chosen by WAFERD_TEST_STORE; lmdb by default. */
export const testStore: TestStore = chosen;
