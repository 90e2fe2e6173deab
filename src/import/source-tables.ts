import type { Unreadable } from "../core/transfer/transfer.ts";
import type { Row } from "./row.ts";

/** Apps and agents are read before sessions, which refer to them. */
export type Stage = "apps" | "sessions";

/**
 * Every table of the php, go, scf and Django servers, as they first spelled it
 * (docs/protocol-reference.md#stored-layouts-mysql): when it is read, and its rows' order.
 */
const TABLES = {
  cAppinfo: { stage: "apps", order: "appid" },
  cAppinfo_work: { stage: "apps", order: "corpid, agentid" },
  wafer_appinfo: { stage: "apps", order: "appid" },
  cSessionInfo: { stage: "sessions", order: "id" },
  wafer_sessioninfo: { stage: "sessions", order: "id" },
} as const satisfies Record<string, { stage: Stage; order: string }>;

export type SourceTable = keyof typeof TABLES;
type TablesOf<Wanted extends Stage> = {
  [Table in SourceTable]: (typeof TABLES)[Table]["stage"] extends Wanted ? Table : never;
}[SourceTable];
export type SourceAppTable = TablesOf<"apps">;
export type SourceSessionTable = TablesOf<"sessions">;

export const SOURCE_TABLES = Object.keys(TABLES) as SourceTable[];

export const isAppTable = (table: SourceTable): table is SourceAppTable =>
  TABLES[table].stage === "apps";

/** Returns the tables of a stage. */
export const tablesOf = (stage: Stage): readonly SourceTable[] =>
  SOURCE_TABLES.filter((table) => TABLES[table].stage === stage);

/** Returns the columns that order a table's rows. */
export const orderOf = (table: SourceTable): string => TABLES[table].order;

const BY_LOWER_CASE = new Map(SOURCE_TABLES.map((table) => [table.toLowerCase(), table]));

/** Returns the table of this name, in any letter case; null when it is unknown. */
export const sourceTable = (name: string): SourceTable | null =>
  BY_LOWER_CASE.get(name.toLowerCase()) ?? null;

/** A row of a table. */
export interface TableRow {
  kind: "row";
  table: SourceTable;
  /** Counted from 1 in each table, in the order of reading. */
  number: number;
  row: Row;
}

/** Reads the tables of a database or of a dump. */
export interface TableReader {
  /** For messages; contains no password. */
  readonly name: string;
  /** Returns about how many rows there are; null when that is unknown. */
  estimate(): Promise<number | null>;
  /**
   * Reads the rows of a stage's tables, in batches of any size.
   *
   * @throws StartError when they cannot be read, or none of the tables exists
   */
  rows(stage: Stage): AsyncIterable<(TableRow | Unreadable)[]>;
  close(): Promise<void>;
}

/** Returns the message for a source without any of the tables. */
export const noTables = (name: string): string =>
  `${name} has none of the tables ${SOURCE_TABLES.join(", ")}`;
