import type { StoreError } from "../core/store-error.ts";
import type { OnUpgrade } from "./upgrade.ts";

/** How much of a file is read for damage: all of it, or what a start has time for. */
export type Inspection = "whole" | "quick" | "none";

/** Settings for every driver. */
export interface StoreSettings {
  /** The folder of the keys and of an embedded store. Created when missing. */
  dataDir: string;
  /** The option `master_key`; null uses the folder's own file. */
  masterKey: string | null;
  sandbox: boolean;
  /** The app of a php database's sessions, which name none; null means the only app. */
  defaultAppid: string | null;
  /** How much of an embedded store's file is read for damage at opening; "quick" by default. */
  inspection?: Inspection;
  /** Called when the disk failed and this process cannot use an embedded store any longer. */
  onBroken?: (error: StoreError) => void;
  /** Whether data of an older format is upgraded; else UpgradeNeeded is thrown. True by default. */
  mayUpgrade?: boolean;
  /**
   * Whether nothing is made or changed, not even what another server wrote is adopted. Then a
   * missing store is StoreMissing, and one that a start would change UpgradeNeeded.
   */
  isReadOnly?: boolean;
  /** Called when this start changed the format of the data. */
  onUpgrade?: OnUpgrade;
  /** Called with every statement, without its values, by a driver that is asked to log them. */
  onStatement?: (statement: string) => void;
}
