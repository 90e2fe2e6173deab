import type { Store } from "../core/store.ts";
import { type LmdbOptions, openLmdbStore } from "./lmdb/driver.ts";

export type StoreOptions = LmdbOptions;

/**
 * Opens the configured store.
 *
 * @throws StartError with what the operator has to mend
 */
export const openStore = (options: StoreOptions): Promise<Store> => openLmdbStore(options);
