import type { Config } from "../config/schema.ts";
import type { Store } from "../core/store.ts";
import type { Moved, MoveSource } from "../core/transfer/transfer.ts";

/** How things are written into an export, a line each. */
export interface ExportFormat {
  header(): string;
  line(thing: Moved): string;
  end(count: number): string;
}

/** A copy of the embedded store. */
export interface StoreCopy {
  path: string;
  bytes: number;
  /** The key files that lie in it. */
  keys: string[];
}

/** What the commands need of the stores, and know nothing more of. */
export interface StoreTools {
  /** Opens the configured store; a StartError says what to mend. */
  open(config: Config): Promise<Store>;
  /** As open, but an embedded store has to be there already. */
  openExisting(config: Config): Promise<Store>;
  /** Opens what is to be imported. */
  openSource(config: Config, from: string, appid: string | null): Promise<MoveSource>;
  /** @param clear writes secrets as they are, instead of sealed with the store's master key */
  exportFormat(config: Config, clear: boolean): ExportFormat;
  backup(config: Config, to: string, withKeys: boolean): Promise<StoreCopy>;
  restore(config: Config, from: string): Promise<StoreCopy>;
  compact(config: Config): Promise<{ before: number; after: number }>;
}
