import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../../config/schema.ts";
import { addressOf, storeTarget } from "../../config/store-target.ts";
import { StartError } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { type Check, checksOf } from "./check.ts";

const { ok, fail } = checksOf("store");

/** Whether a start has been here: before it, opening the store would begin one. */
function wasStarted(config: Config): boolean {
  if (storeTarget(config).driver === "lmdb") return existsSync(join(config.data_dir, "data.mdb"));
  return config.master_key !== "" || existsSync(join(config.data_dir, "master.key"));
}

/** Whether the store opens, with this master key; and the store when it does. */
export async function checkStore(
  config: Config,
  openStore: (config: Config) => Promise<Store>,
): Promise<{ check: Check; store: Store | null }> {
  const target = storeTarget(config);
  const place = target.driver === "lmdb" ? resolve(config.data_dir) : addressOf(target);
  if (!wasStarted(config))
    return {
      check: ok(`there is no data yet at ${place}: the first start begins it`),
      store: null,
    };
  try {
    const store = await openStore(config);
    return { check: ok(`the data at ${place} opens with this master key`), store };
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return { check: fail(error.message, "mend it: waferd cannot start like this"), store: null };
  }
}
