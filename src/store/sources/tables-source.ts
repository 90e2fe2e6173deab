import { StartError } from "../../core/errors.ts";
import type { Moved, MoveSource, Unreadable } from "../../core/transfer.ts";
import { inPortions } from "./portions.ts";
import { agentRow, appRow, djangoAppRow, type Row, type RowContext, sessionRow } from "./rows.ts";

/** The tables of the old servers, in lower case: they are met in several (PROTOCOL section 8). */
export type OldTable = "cappinfo" | "cappinfo_work" | "wafer_appinfo" | "csessioninfo" | "wafer_sessioninfo";

export const APP_TABLES: readonly OldTable[] = ["cappinfo", "cappinfo_work", "wafer_appinfo"];
export const SESSION_TABLES: readonly OldTable[] = ["csessioninfo", "wafer_sessioninfo"];
export const OLD_TABLES: readonly OldTable[] = [...APP_TABLES, ...SESSION_TABLES];

/** The tables as the old servers' own scripts spell them, for people. */
export const TABLE_NAMES: Record<OldTable, string> = {
  cappinfo: "cAppinfo",
  cappinfo_work: "cAppinfo_work",
  wafer_appinfo: "wafer_appinfo",
  csessioninfo: "cSessionInfo",
  wafer_sessioninfo: "wafer_sessioninfo",
};

/** A row of an old table. */
export interface TableRow {
  kind: "row";
  table: OldTable;
  row: Row;
}

/** Where old tables lie: a database, or a dump of one. */
export interface OldTables {
  /** For people; holds no password. */
  name: string;
  /** About how much was read by now, from 0 to 1. */
  fraction(): number;
  /** The rows of some tables, in whatever order they lie; those that cannot be made out among them. */
  rows(tables: readonly OldTable[]): AsyncIterable<TableRow | Unreadable>;
  close(): Promise<void>;
}

/** The apps, agents and sessions of the php, go, scf and Django servers, out of their tables. */
export class TablesSource implements MoveSource {
  readonly #tables;
  readonly #context;
  /** The app whose things are wanted; null for all. */
  readonly #appid;
  /** The apps that were met. */
  readonly #appids = new Set<string>();
  /** Django's apps by the ids of their rows. */
  readonly #djangoApps = new Map<string, string>();

  constructor(tables: OldTables, { context, appid }: { context: RowContext; appid: string | null }) {
    this.#tables = tables;
    this.#context = context;
    this.#appid = appid;
  }

  get name(): string {
    return this.#tables.name;
  }

  fraction(): number {
    return this.#tables.fraction();
  }

  portions(): AsyncIterable<(Moved | Unreadable)[]> {
    return inPortions(this.#things());
  }

  close(): Promise<void> {
    return this.#tables.close();
  }

  async *#things(): AsyncGenerator<Moved | Unreadable> {
    // Sessions can only be understood when the apps are known, which may lie behind them.
    for await (const found of this.#tables.rows(APP_TABLES)) {
      if (found.kind === "row") yield* this.#appThings(found);
      else yield found;
    }
    for await (const found of this.#tables.rows(SESSION_TABLES)) {
      const thing = found.kind === "row" ? this.#sessionThing(found) : found;
      if (thing !== null) yield thing;
    }
  }

  *#appThings({ table, row }: TableRow): Generator<Moved | Unreadable> {
    const read = { cappinfo: appRow, cappinfo_work: agentRow, wafer_appinfo: djangoAppRow }[
      table as "cappinfo" | "cappinfo_work" | "wafer_appinfo"
    ];
    for (const thing of read(row, this.#context)) {
      if (thing.kind === "app") {
        const { appid } = thing.app;
        this.#appids.add(appid);
        if (table === "wafer_appinfo") this.#djangoApps.set(String(row["id"]), appid);
      }
      if (thing.kind === "unreadable" || this.#appid === null || isOf(thing, this.#appid)) yield thing;
    }
  }

  /** Null when it is another app's than the one that is wanted. */
  #sessionThing({ table, row }: TableRow): Moved | Unreadable | null {
    const appid = this.#appOf(table, row);
    if (appid === null || !this.#appids.has(appid)) {
      const where = table === "wafer_sessioninfo" ? "wafer_appinfo" : "cAppinfo";
      return {
        kind: "unreadable",
        what: `${TABLE_NAMES[table]} row ${row["id"]}`,
        reason: `its app ${appid === null ? "" : `${appid} `}is not in ${where}`,
      };
    }
    if (this.#appid !== null && appid !== this.#appid) return null;
    return sessionRow(TABLE_NAMES[table], row, appid, this.#context);
  }

  #appOf(table: OldTable, row: Row): string | null {
    if (table === "wafer_sessioninfo") return this.#djangoApps.get(String(row["app_id"])) ?? null;
    const named = row["appid"];
    if (typeof named === "string" && named !== "") return named;
    // php has one app, and its sessions name none.
    if (this.#appid !== null) return this.#appid;
    if (this.#appids.size > 1)
      throw new StartError(
        `the sessions in ${this.name} name no app, and it has ${this.#appids.size}: say by --appid whose they are`,
      );
    return [...this.#appids][0] ?? null;
  }
}

function isOf(thing: Moved, appid: string): boolean {
  if (thing.kind === "app") return thing.app.appid === appid;
  return thing.kind === "credential" && thing.credential.key.startsWith(`app:${appid}:`);
}
