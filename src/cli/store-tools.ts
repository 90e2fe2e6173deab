import type { Config } from "../config/schema.ts";
import type { Store } from "../core/store.ts";
import type { Moved, MoveSource } from "../core/transfer/transfer.ts";
import type { ZoneMinutes } from "../core/zone.ts";

/** Writes the lines of an export. */
export interface ExportFormat {
  header(): string;
  line(thing: Moved): string;
  end(count: number): string;
}

/** A copy of the embedded store. */
export interface StoreCopy {
  path: string;
  bytes: number;
  /** The key files in it. */
  keys: string[];
}

/** The records of a source that are imported, and how they are read. */
export interface ImportScope {
  /** The only app; null imports all. */
  appid: string | null;
  /** The zone of the source's datetimes. */
  zone: ZoneMinutes;
}

/** A store, or a copy of what is whole in a damaged one. */
export interface WholeStore {
  store: Store;
  /** The damaged places, for people. */
  damages: readonly string[];
}

/** The port through which commands use stores. */
export interface StoreTools {
  /**
   * Opens the configured store; a StartError says what to fix.
   *
   * @param inspection how much of an embedded store is read for damage, "quick" by default
   */
  open(config: Config, inspection?: "quick" | "whole"): Promise<Store>;
  /** Opens what is whole of a store. Never creates an embedded one. */
  openWhole(config: Config): Promise<WholeStore>;
  /** Opens the store without making or changing anything; null when there is none. */
  openToRead(config: Config, inspection?: "quick" | "whole"): Promise<Store | null>;
  /** Opens the source of an import. */
  openSource(config: Config, from: string, how: ImportScope): Promise<MoveSource>;
  /** @param clear writes secrets in clear text, instead of sealed with the store's master key */
  exportFormat(config: Config, clear: boolean): ExportFormat;
  backup(config: Config, to: string, withKeys: boolean): Promise<StoreCopy>;
  restore(config: Config, from: string): Promise<StoreCopy>;
  compact(config: Config): Promise<{ before: number; after: number }>;
}
