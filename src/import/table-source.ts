import { isAppid } from "../core/apps/app.ts";
import type { Moved, MoveSource, Unreadable } from "../core/transfer/transfer.ts";
import { AppOwners, type Owner } from "./app-owners.ts";
import type { OldTables, TableRow } from "./old-tables.ts";
import { inPortions } from "./portions.ts";
import { readOrTell } from "./row.ts";
import { nameOf, textIn } from "./row-names.ts";
import { agentFrom, appFrom, djangoAppFrom, type RowContext, sessionFrom } from "./rows.ts";

/** The apps, agents, tokens and sessions of a php, go, scf or django server, out of its tables. */
export class TableSource implements MoveSource {
  readonly #tables;
  readonly #context;
  readonly #owners;
  /** The appids of django's apps, by the ids of their rows. */
  readonly #djangoApps = new Map<string, string>();

  /** @param appid the app whose things only are wanted; null for all */
  constructor(tables: OldTables, appid: string | null, context: RowContext) {
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
    // Said before the first portion goes out, unless there are very many apps.
    this.#owners.demandWanted();
    for await (const batch of this.#tables.rows("sessions"))
      yield batch.flatMap((row) => this.#ofSession(row));
  }

  #ofApp(found: TableRow | Unreadable): (Moved | Unreadable)[] {
    if (found.kind === "unreadable") return [found];
    const { table, row } = found;
    const things = readOrTell(nameOf(found), () =>
      table === "cAppinfo_work"
        ? agentFrom(row, this.#context)
        : table === "cAppinfo"
          ? appFrom(row, this.#context)
          : djangoAppFrom(row, this.#context),
    );
    const app = things.find((thing) => thing.kind === "app");
    if (app !== undefined) {
      const { appid } = app.app;
      this.#owners.add(appid);
      if (table === "wafer_appinfo") this.#djangoApps.set(row.text("id"), appid);
    }
    // What is wrong with a row matters only to whom it may belong to.
    const named = table === "cAppinfo_work" ? null : textIn(row, "appid");
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
      return [sessionFrom(found.row, owner.appid, this.#context)];
    });
  }

  #ownerOf({ table, row }: TableRow): Owner {
    if (table === "wafer_sessioninfo") {
      const appid = this.#djangoApps.get(row.text("app_id"));
      if (appid !== undefined) return this.#owners.of(appid, "wafer_appinfo");
      return this.#owners.wants(null) ? { reason: "its app is not in wafer_appinfo" } : null;
    }
    // A table of php's, which has no such column; an empty one would be of a single row.
    if (!row.has("appid")) this.#owners.demandOnly();
    return this.#owners.of(row.text("appid"), "cAppinfo");
  }
}
