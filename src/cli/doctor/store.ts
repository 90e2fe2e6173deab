import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import { addressOf, storeTarget } from "../../config/store-target.ts";
import { StartError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { type Check, checksOf } from "./check.ts";

const { ok, fail } = checksOf("store");

/** Tells whether a start has made the keys: before it, opening the store would create it. */
function wasStarted(config: Config): boolean {
  if (storeTarget(config).driver === "lmdb") return existsSync(join(config.data_dir, "data.mdb"));
  return config.master_key !== "" || existsSync(join(config.data_dir, "master.key"));
}

/** Checks that the store opens with this master key; returns the opened store, or null. */
export async function checkStore(
  config: Config,
  openStore: (config: Config) => Promise<Store>,
): Promise<{ check: Check; store: Store | null }> {
  const target = storeTarget(config);
  const place = target.driver === "lmdb" ? resolve(config.data_dir) : addressOf(target);
  if (!wasStarted(config))
    return {
      check: ok(`there is no data yet at ${place}: the first start creates it`),
      store: null,
    };
  try {
    const store = await openStore(config);
    return { check: ok(`the data at ${place} opens with this master key`), store };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { check: fail(error.message, "fix it: waferd cannot start until then"), store: null };
  }
}
