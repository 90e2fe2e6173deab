import type { App, AppSettings, NewApp } from "../../core/apps/app.ts";
import { DEFAULT_SETTINGS } from "../../core/apps/app.ts";
import type { AppTable } from "../../core/apps/app-table.ts";
import { appKeyPrefix } from "../../core/credentials/kinds.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import { fromCursor } from "../cursor.ts";
import { readDurations } from "../layout/durations.ts";
import type { Value } from "./connection.ts";
import { addToCounter, readCounter } from "./counters.ts";
import { removeCredentials } from "./credentials.ts";
import type { Database, Queries } from "./database.ts";
import type { Layout } from "./layout.ts";
import { lock, WHOLE } from "./locks.ts";
import { toPage } from "./paging.ts";

interface AppRow {
  appid: string;
  secret: string | null;
  login_duration: number | null;
  session_duration: number | null;
  /** null without a row in `waferd_apps`: another server registered the app. */
  number: number | null;
  title: string;
  sessions_per_user: number | null;
  token_endpoint: App["tokenEndpoint"];
  created_at: number | string;
  updated_at: number | string;
  revision: number;
}

type AdoptedRow = AppRow & { number: number };

type AppChange = Partial<AppSettings & Pick<App, "updatedAt">>;

const NUMBERS = "app-numbers";

/**
 * Apps are rows of `cAppinfo`, with further columns in `waferd_apps`. A row of the latter without
 * one of the former is of a deleted app.
 */
export class MySqlApps implements AppTable {
  readonly #db;
  readonly #isReadOnly;
  readonly #table: string;
  readonly #select: string;
  readonly #withoutOwnPart: string;

  /** @param isReadOnly whether apps of other servers are read without being adopted */
  constructor(db: Database, { tables }: Layout, { isReadOnly }: { isReadOnly: boolean }) {
    this.#db = db;
    this.#isReadOnly = isReadOnly;
    this.#table = tables.cAppinfo;
    this.#select = `SELECT a.appid, a.secret, a.login_duration, a.session_duration, w.number, w.title,
      w.sessions_per_user, w.token_endpoint, w.created_at, w.updated_at, w.revision
      FROM ${this.#table} a LEFT JOIN waferd_apps w ON w.appid = a.appid`;
    this.#withoutOwnPart = `SELECT a.appid FROM ${this.#table} a LEFT JOIN waferd_apps w ON w.appid = a.appid
      WHERE w.appid IS NULL`;
  }

  async get(appid: string): Promise<App | null> {
    return this.#find("a.appid = ?", [appid]);
  }

  async getByNumber(number: number): Promise<App | null> {
    return (
      (await this.#find("w.number = ?", [number])) ?? this.#findAdopted("w.number = ?", [number])
    );
  }

  async first(): Promise<App | null> {
    const smallest = "w.number IS NOT NULL ORDER BY w.number LIMIT 1";
    return (await this.#find(smallest)) ?? this.#findAdopted(smallest);
  }

  async create(
    app: NewApp,
    onlyAsFirst = false,
    wanted: number | null = null,
  ): Promise<App | "exists" | "notFirst"> {
    return this.#db.transaction(async (queries) => {
      await lock(queries, WHOLE.apps);
      const [known, any, highest] = await Promise.all([
        queries.run(`SELECT appid FROM ${this.#table} WHERE appid = ?`, [app.appid]),
        queries.run(`SELECT appid FROM ${this.#table} LIMIT 1`),
        readCounter(queries, NUMBERS),
      ]);
      if (known.length > 0) return "exists";
      if (onlyAsFirst && any.length > 0) return "notFirst";
      // A number up to the highest may have belonged to another app.
      const number = wanted !== null && wanted > highest ? wanted : highest + 1;
      const registered: App = { ...app, number, revision: 1 };
      await queries.run(
        `INSERT INTO ${this.#table} (appid, secret, login_duration, session_duration, qcloud_appid, ip)
          VALUES (?, ?, ?, ?, 'appid_qcloud', '0.0.0.0')`,
        [app.appid, app.appSecret, app.loginDurationDays, app.sessionDurationSeconds],
      );
      await writeOwnPart(queries, registered);
      await addToCounter(queries, NUMBERS, number - highest, 0);
      return registered;
    });
  }

  async update(
    appid: string,
    change: AppChange,
    ifRevision: number | null = null,
  ): Promise<App | "changed" | null> {
    return this.#db.transaction(async (queries) => {
      const stored = await this.#lock(queries, appid);
      if (stored === null) return null;
      if (ifRevision !== null && stored.revision !== ifRevision) return "changed";
      const app = { ...stored, ...change, revision: stored.revision + 1 };
      await writeOwnPart(queries, app);
      // Other columns keep the values of other servers.
      await queries.run(
        `UPDATE ${this.#table} SET secret = COALESCE(?, secret), login_duration = COALESCE(?, login_duration),
          session_duration = COALESCE(?, session_duration) WHERE appid = ?`,
        [
          change.appSecret ?? null,
          change.loginDurationDays ?? null,
          change.sessionDurationSeconds ?? null,
          appid,
        ],
      );
      return app;
    });
  }

  async delete(
    appid: string,
    ifRevision: number | null = null,
  ): Promise<"deleted" | "changed" | null> {
    return this.#db.transaction(async (queries) => {
      const stored = await this.#lock(queries, appid);
      if (stored === null) return null;
      if (ifRevision !== null && stored.revision !== ifRevision) return "changed";
      await Promise.all([
        queries.run(`DELETE FROM ${this.#table} WHERE appid = ?`, [appid]),
        queries.run("DELETE FROM waferd_apps WHERE appid = ?", [appid]),
        removeCredentials(queries, appKeyPrefix(appid)),
      ]);
      return "deleted";
    });
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<App>> {
    const after = cursor === undefined ? 0 : fromCursor(cursor, 0);
    await this.adopt();
    return this.#db.read(
      `${this.#select} WHERE w.number > ? ORDER BY w.number LIMIT ?`,
      [after, limit + 1],
      (rows: AdoptedRow[]) => toPage(rows, limit, ({ number }) => number, toApp),
    );
  }

  /** Counts the rows, which are few and which other servers insert and delete. */
  async count(): Promise<number> {
    return this.#db.read(
      `SELECT COUNT(*) AS apps FROM ${this.#table}`,
      [],
      ([row]: { apps: number | string }[]) => Number(row?.apps),
    );
  }

  /** Adopts the apps that other servers registered. */
  async adopt(): Promise<void> {
    if (this.#isReadOnly) return;
    const missing = await this.#db.run(`${this.#withoutOwnPart} LIMIT 1`);
    if (missing.length > 0) await this.#db.transaction((queries) => this.#adoptAll(queries));
  }

  async #find(condition: string, values: readonly Value[] = []): Promise<App | null> {
    const row = await this.#read(condition, values);
    if (row === null || isAdopted(row)) return row && toApp(row);
    if (this.#isReadOnly) return { ...ownPartOf(row.appid, 0), ...sharedPart(row) };
    return this.#findAdopted(condition, values);
  }

  async #findAdopted(condition: string, values: readonly Value[] = []): Promise<App | null> {
    await this.adopt();
    const row = await this.#read(condition, values);
    return row !== null && isAdopted(row) ? toApp(row) : null;
  }

  async #read(condition: string, values: readonly Value[]): Promise<AppRow | null> {
    const [row] = await this.#db.run<AppRow>(`${this.#select} WHERE ${condition}`, values);
    return row ?? null;
  }

  /** Reads an app and locks it until the transaction ends. */
  async #lock(queries: Queries, appid: string): Promise<App | null> {
    await lock(queries, WHOLE.apps);
    const read = () => queries.run<AppRow>(`${this.#select} WHERE a.appid = ?`, [appid]);
    let [row] = await read();
    if (row !== undefined && !isAdopted(row)) {
      await this.#adoptAll(queries);
      [row] = await read();
    }
    return row !== undefined && isAdopted(row) ? toApp(row) : null;
  }

  /** Gives numbers to apps without a row in `waferd_apps`, in the order of their appids. */
  async #adoptAll(queries: Queries): Promise<void> {
    await lock(queries, WHOLE.apps);
    const rows = await queries.run<{ appid: string }>(`${this.#withoutOwnPart} ORDER BY a.appid`);
    const highest = await readCounter(queries, NUMBERS);
    for (const [index, { appid }] of rows.entries())
      await writeOwnPart(queries, ownPartOf(appid, highest + 1 + index));
    await addToCounter(queries, NUMBERS, rows.length, 0);
  }
}

const isAdopted = (row: AppRow): row is AdoptedRow => row.number !== null;

const sharedPart = (row: AppRow) => ({
  appSecret: row.secret ?? "",
  ...readDurations(row.login_duration, row.session_duration),
});

/** Returns what waferd keeps about an app that another server registered. */
function ownPartOf(appid: string, number: number) {
  const now = Date.now();
  return { ...DEFAULT_SETTINGS, appid, number, createdAt: now, updatedAt: now, revision: 1 };
}

const toApp = (row: AdoptedRow): App => ({
  appid: row.appid,
  number: row.number,
  title: row.title,
  ...sharedPart(row),
  sessionsPerUser: row.sessions_per_user,
  tokenEndpoint: row.token_endpoint,
  createdAt: Number(row.created_at),
  updatedAt: Number(row.updated_at),
  revision: row.revision,
});

/** Writes the columns that `cAppinfo` lacks. */
async function writeOwnPart(
  queries: Queries,
  app: Pick<
    App,
    | "appid"
    | "number"
    | "title"
    | "sessionsPerUser"
    | "tokenEndpoint"
    | "createdAt"
    | "updatedAt"
    | "revision"
  >,
): Promise<void> {
  await queries.run(
    `REPLACE INTO waferd_apps
      (appid, number, title, sessions_per_user, token_endpoint, created_at, updated_at, revision)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      app.appid,
      app.number,
      app.title,
      app.sessionsPerUser,
      app.tokenEndpoint,
      app.createdAt,
      app.updatedAt,
      app.revision,
    ],
  );
}
