import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../../config/schema.ts";
import { dataPlace, embeddedData } from "../../config/store-target.ts";
import { StartError, UpgradeNeeded } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { type Check, checksOf, type DoctorPorts } from "./check.ts";

const { ok, warn, fail } = checksOf("store");

/** Tells whether a server was started on the store: earlier, opening the store would create it. */
function wasStarted(config: Config): boolean {
  const embedded = embeddedData(config);
  if (embedded !== null) return existsSync(embedded.file);
  return config.master_key !== "" || existsSync(join(config.data_dir, "master.key"));
}

/** Opens the store with the configured master key; the store is null when it does not open. */
export async function checkStore(
  config: Config,
  openStore: DoctorPorts["openStore"],
): Promise<{ check: Check; store: Store | null }> {
  const place = dataPlace(config);
  const noData = {
    check: ok(`there is no data yet at ${place}: the first start creates it`),
    store: null,
  };
  if (!wasStarted(config)) return noData;
  try {
    const store = await openStore(config);
    if (store === null) return noData;
    return { check: ok(`the data at ${place} opens with this master key`), store };
  } catch (error) {
    if (error instanceof UpgradeNeeded)
      return {
        check: warn(error.message, "see docs/upgrades.md for the way back"),
        store: null,
      };
    if (!(error instanceof StartError)) throw error;
    return { check: fail(error.message, "fix it: waferd cannot start until then"), store: null };
  }
}
