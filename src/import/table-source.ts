import { isAppid } from "../core/apps/app.ts";
import type { Moved, MoveSource, Unreadable } from "../core/transfer/transfer.ts";
import { AppOwners, type Owner } from "./app-owners.ts";
import { inPortions } from "./portions.ts";
import { type Row, readOrTell } from "./row.ts";
import { nameOf, textIn } from "./row-names.ts";
import { agentFrom, appFrom, djangoAppFrom, type RowContext, sessionFrom } from "./row-records.ts";
import {
  isAppTable,
  type SourceAppTable,
  type SourceSessionTable,
  type TableReader,
  type TableRow,
} from "./source-tables.ts";

/** How the rows of each table of apps and agents are read. */
const APP_TABLES: Record<
  SourceAppTable,
  {
    read: (row: Row, context: RowContext) => Moved[];
    /** Whether its rows name an app. */
    namesApp: boolean;
    /** Whether sessions refer to its rows by their ids instead of the appid. */
    hasIds: boolean;
  }
> = {
  cAppinfo: { read: appFrom, namesApp: true, hasIds: false },
  cAppinfo_work: { read: agentFrom, namesApp: false, hasIds: false },
  wafer_appinfo: { read: djangoAppFrom, namesApp: true, hasIds: true },
};

/** The apps, agents, tokens and sessions in the tables of a php, go, scf or Django server. */
export class TableSource implements MoveSource {
  readonly #tables;
  readonly #context;
  readonly #owners;
  /** Django's apps: the appids by the ids of their rows. */
  readonly #djangoApps = new Map<string, string>();

  /** @param appid the app to import; null imports all apps */
  constructor(tables: TableReader, appid: string | null, context: RowContext) {
    this.#tables = tables;
    this.#context = context;
    this.#owners = new AppOwners(tables.name, appid);
  }

  get name(): string {
    return this.#tables.name;
  }

  estimate(): Promise<number | null> {
    return this.#tables.estimate();
  }

  portions(): AsyncIterable<(Moved | Unreadable)[]> {
    return inPortions(this.#batches());
  }

  close(): Promise<void> {
    return this.#tables.close();
  }

  async *#batches(): AsyncGenerator<(Moved | Unreadable)[]> {
    for await (const batch of this.#tables.rows("apps"))
      yield batch.flatMap((row) => this.#ofApp(row));
    this.#owners.demandWanted();
    for await (const batch of this.#tables.rows("sessions"))
      yield batch.flatMap((row) => this.#ofSession(row));
  }

  #ofApp(found: TableRow | Unreadable): (Moved | Unreadable)[] {
    if (found.kind === "unreadable") return [found];
    const { table, row } = found;
    if (!isAppTable(table)) throw new TypeError(`${table} holds no apps`);
    const { read, namesApp, hasIds } = APP_TABLES[table];
    const things = readOrTell(nameOf(found), () => read(row, this.#context));
    const app = things.find((thing) => thing.kind === "app");
    if (app !== undefined) {
      const { appid } = app.app;
      this.#owners.add(appid);
      if (hasIds) this.#djangoApps.set(row.text("id"), appid);
    }
    // An unreadable row is reported only if it may belong to the wanted app.
    const named = namesApp ? textIn(row, "appid") : null;
    const isWanted = this.#owners.wants(named) || (named !== null && !isAppid(named));
    return isWanted ? things : [];
  }

  #ofSession(found: TableRow | Unreadable): (Moved | Unreadable)[] {
    if (found.kind === "unreadable") return [found];
    const what = nameOf(found);
    return readOrTell<Moved | Unreadable>(what, () => {
      const owner = this.#ownerOf(found);
      if (owner === null) return [];
      if ("reason" in owner) return [{ kind: "unreadable", what, reason: owner.reason }];
      return sessionFrom(what, found.row, owner.appid, this.#context);
    });
  }

  #ownerOf({ table, row }: TableRow): Owner {
    const owners: Record<SourceSessionTable, () => Owner> = {
      cSessionInfo: () => this.#namedOwner(row),
      wafer_sessioninfo: () => this.#djangoOwner(row),
    };
    if (isAppTable(table)) throw new TypeError(`${table} holds no sessions`);
    return owners[table]();
  }

  #namedOwner(row: Row): Owner {
    // php's table has no such column. An empty value concerns a single row only.
    if (!row.has("appid")) this.#owners.demandOnly();
    return this.#owners.of(row.text("appid"), "cAppinfo");
  }

  #djangoOwner(row: Row): Owner {
    // Its first versions had no such column.
    if (!row.has("app_id")) {
      this.#owners.demandOnly();
      return this.#owners.of("", "wafer_appinfo");
    }
    const id = row.text("app_id");
    if (id === "" || id === "0") return this.#owners.of("", "wafer_appinfo");
    const appid = this.#djangoApps.get(id);
    if (appid !== undefined) return this.#owners.of(appid, "wafer_appinfo");
    return this.#owners.wants(null) ? { reason: "its app is not in wafer_appinfo" } : null;
  }
}
