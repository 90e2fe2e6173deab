import type { App, AppSettings, NewApp } from "../../core/apps/app.ts";
import type { AppTable } from "../../core/apps/app-table.ts";
import { appKeyPrefix } from "../../core/credentials/kinds.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Counters } from "./counters.ts";
import type { LmdbCredentials } from "./credentials.ts";
import type { Environment } from "./environment.ts";
import { KeptReads } from "./kept-reads.ts";
import { readPage } from "./paging.ts";

type AppRecord = Omit<App, "appSecret" | "revision"> & { appSecret: Uint8Array; revision?: number };

/** In place of a number, for the app with the lowest. */
const FIRST = 0;

/** Records of the first builds have no revision. */
const revisionOf = ({ revision = 1 }: AppRecord): number => revision;

const secretPlace = (appid: string): string => `apps:${appid}:appSecret`;

export class LmdbApps implements AppTable {
  readonly #env;
  readonly #counters;
  readonly #sealer;
  readonly #credentials;
  readonly #apps;
  readonly #byNumber;
  /** By appid and by number. */
  readonly #kept;

  constructor(env: Environment, counters: Counters, sealer: Sealer, credentials: LmdbCredentials) {
    this.#env = env;
    this.#counters = counters;
    this.#sealer = sealer;
    this.#credentials = credentials;
    this.#apps = env.table<AppRecord, string>("apps");
    this.#byNumber = env.table<string, number>("apps-by-number");
    this.#kept = new KeptReads<App>(env);
  }

  get(appid: string): App | null {
    return this.#kept.get(appid, () => this.#load(appid));
  }

  getNow(appid: string): App | null {
    return this.#kept.getNow(appid, () => this.#load(appid));
  }

  getByNumber(number: number): App | null {
    return this.#kept.get(number, () => {
      const appid = this.#byNumber.get(number);
      return appid === undefined ? null : this.#load(appid);
    });
  }

  first(): App | null {
    return this.#kept.get(FIRST, () => {
      for (const { value } of this.#byNumber.getRange({ limit: 1 })) return this.#listed(value);
      return null;
    });
  }

  create(
    app: NewApp,
    onlyAsFirst = false,
    wanted: number | null = null,
  ): Promise<App | "exists" | "notFirst"> {
    const appSecret = this.#sealer.seal(app.appSecret, secretPlace(app.appid));
    return this.#env.write(() => {
      if (this.#apps.get(app.appid) !== undefined) return "exists";
      if (onlyAsFirst && this.#counters.get("apps") > 0) return "notFirst";
      const highest = this.#counters.get("app-numbers");
      // A number at or below the highest may have been another app's.
      const number = wanted !== null && wanted > highest ? wanted : highest + 1;
      this.#counters.add("app-numbers", number - highest);
      this.#counters.add("apps", 1);
      this.#apps.put(app.appid, { ...app, number, revision: 1, appSecret });
      this.#byNumber.put(number, app.appid);
      return { ...app, number, revision: 1 };
    });
  }

  update(
    appid: string,
    change: Partial<AppSettings & Pick<App, "updatedAt">>,
    ifRevision: number | null = null,
  ): Promise<App | "changed" | null> {
    return this.#env.write(() => {
      const stored = this.#load(appid);
      if (stored === null) return null;
      if (ifRevision !== null && stored.revision !== ifRevision) return "changed";
      const app = { ...stored, ...change, revision: stored.revision + 1 };
      this.#apps.put(appid, {
        ...app,
        appSecret: this.#sealer.seal(app.appSecret, secretPlace(appid)),
      });
      return app;
    });
  }

  delete(appid: string, ifRevision: number | null = null): Promise<"deleted" | "changed" | null> {
    return this.#env.write(() => {
      const record = this.#apps.get(appid);
      if (record === undefined) return null;
      if (ifRevision !== null && revisionOf(record) !== ifRevision) return "changed";
      this.#apps.remove(appid);
      this.#byNumber.remove(record.number);
      this.#counters.add("apps", -1);
      this.#credentials.removeByPrefix(appKeyPrefix(appid));
      return "deleted";
    });
  }

  list(page: PageRequest): Page<App> {
    return this.#env.read(() =>
      readPage(
        this.#byNumber,
        { start: 0, end: Number.MAX_SAFE_INTEGER },
        page,
        (_number, appid) => this.#listed(appid),
        (number, appid) => appid ?? `number ${number}`,
      ),
    );
  }

  count(): number {
    return this.#env.read(() => this.#counters.get("apps"));
  }

  #listed(appid: string): App {
    const app = this.#load(appid);
    if (app === null) throw new Error(`the app ${appid} is listed, and its record is missing`);
    return app;
  }

  #load(appid: string): App | null {
    const record = this.#apps.get(appid);
    if (record === undefined) return null;
    const appSecret = this.#sealer.open(record.appSecret, secretPlace(appid));
    return { ...record, appSecret, revision: revisionOf(record) };
  }
}
