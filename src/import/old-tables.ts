import type { Unreadable } from "../core/transfer/transfer.ts";
import type { Row } from "./row.ts";

/** The tables of the php, go, scf and django servers (PROTOCOL section 8), as they were first spelled. */
const APP_TABLES = ["cAppinfo", "cAppinfo_work", "wafer_appinfo"] as const;
const SESSION_TABLES = ["cSessionInfo", "wafer_sessioninfo"] as const;

export type AppTable = (typeof APP_TABLES)[number];
export type SessionTable = (typeof SESSION_TABLES)[number];
export type OldTable = AppTable | SessionTable;

export const OLD_TABLES: readonly OldTable[] = [...APP_TABLES, ...SESSION_TABLES];

/** What sessions have to be read after: apps and agents first. */
export type Stage = "apps" | "sessions";

export const tablesOf = (stage: Stage): readonly OldTable[] =>
  stage === "apps" ? APP_TABLES : SESSION_TABLES;

const BY_LOWER_CASE = new Map(OLD_TABLES.map((table) => [table.toLowerCase(), table]));

/** The old table of this name, which is met in several letter cases; null when it is none. */
export const oldTable = (name: string): OldTable | null =>
  BY_LOWER_CASE.get(name.toLowerCase()) ?? null;

/** A row of an old table, as it was met. */
export interface TableRow {
  kind: "row";
  table: OldTable;
  /** Counted from 1 in each table, in the order of reading. */
  number: number;
  row: Row;
}

/** Where old tables lie: in a database, or in a dump of one. */
export interface OldTables {
  /** For people; holds no password. */
  readonly name: string;
  estimate(): Promise<number | null>;
  /**
   * The rows of one stage's tables, in batches of whatever size.
   *
   * @throws StartError when they cannot be read, or there is none of the old tables
   */
  rows(stage: Stage): AsyncIterable<(TableRow | Unreadable)[]>;
  close(): Promise<void>;
}

/** What is said of a source without any of the tables. */
export const noTables = (name: string): string =>
  `${name} has none of the tables ${OLD_TABLES.join(", ")}`;
