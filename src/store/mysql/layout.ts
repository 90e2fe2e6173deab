import type { ZoneMinutes } from "../../core/zone.ts";

/** The old servers' tables in this database. */
export interface Layout {
  /** The quoted names, whose letter case differs between databases. */
  tables: Record<OldTable, string>;
  /** The time zone of the datetimes. */
  zone: ZoneMinutes;
}

/**
 * The old servers' tables that waferd shares, in their original spelling
 * (docs/protocol-reference.md#stored-layouts-mysql).
 */
export type OldTable = "cAppinfo" | "cSessionInfo" | "cAppinfo_work";
export const OLD_TABLES: readonly OldTable[] = ["cAppinfo", "cSessionInfo", "cAppinfo_work"];
