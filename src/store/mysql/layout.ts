import type { ZoneMinutes } from "../../core/zone.ts";

/** How an old server's tables lie in this database. */
export interface Layout {
  /** The names as SQL, quoted: tables are met in several letter cases. */
  tables: Record<OldTable, string>;
  /** The zone of the datetimes. */
  zone: ZoneMinutes;
}

/** The old servers' tables, under the names that they gave them (PROTOCOL section 8). */
export type OldTable = "cAppinfo" | "cSessionInfo" | "cAppinfo_work";
export const OLD_TABLES: readonly OldTable[] = ["cAppinfo", "cSessionInfo", "cAppinfo_work"];
