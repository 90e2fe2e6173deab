import type { App, NewApp } from "../../core/app.ts";
import type { AppTable, Page, PageRequest } from "../../core/store.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Counters } from "./counters.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./paging.ts";

type AppRecord = Omit<App, "appSecret"> & { appSecret: Uint8Array };

const secretPlace = (appid: string): string => `apps:${appid}:appSecret`;

export class LmdbApps implements AppTable {
  readonly #env;
  readonly #counters;
  readonly #sealer;
  readonly #apps;
  readonly #byNumber;

  constructor(env: Environment, counters: Counters, sealer: Sealer) {
    this.#env = env;
    this.#counters = counters;
    this.#sealer = sealer;
    this.#apps = env.table<AppRecord, string>("apps");
    this.#byNumber = env.table<string, number>("apps-by-number");
  }

  get(appid: string): App | null {
    return this.#env.read(() => this.#load(appid));
  }

  first(): App | null {
    return this.#env.read(() => {
      for (const { value } of this.#byNumber.getRange({ limit: 1 })) return this.#load(value);
      return null;
    });
  }

  create(app: NewApp, onlyAsFirst = false): Promise<App | "exists" | "notFirst"> {
    const appSecret = this.#sealer.seal(app.appSecret, secretPlace(app.appid));
    return this.#env.write(() => {
      if (this.#apps.get(app.appid) !== undefined) return "exists";
      if (onlyAsFirst && this.#counters.get("apps") > 0) return "notFirst";
      const number = this.#counters.add("app-numbers", 1);
      this.#counters.add("apps", 1);
      this.#apps.put(app.appid, { ...app, number, appSecret });
      this.#byNumber.put(number, app.appid);
      return { ...app, number };
    });
  }

  update(appid: string, change: Partial<Omit<App, "appid" | "number" | "createdAt">>): Promise<App | null> {
    return this.#env.write(() => {
      const stored = this.#load(appid);
      if (stored === null) return null;
      const app = { ...stored, ...change };
      this.#apps.put(appid, { ...app, appSecret: this.#sealer.seal(app.appSecret, secretPlace(appid)) });
      return app;
    });
  }

  list(page: PageRequest): Page<App> {
    return this.#env.read(() =>
      readPage(this.#byNumber, { start: 0, end: Number.MAX_SAFE_INTEGER }, page, (_number, appid) =>
        this.#load(appid),
      ),
    );
  }

  count(): number {
    return this.#env.read(() => this.#counters.get("apps"));
  }

  #load(appid: string): App | null {
    const record = this.#apps.get(appid);
    if (record === undefined) return null;
    return { ...record, appSecret: this.#sealer.open(record.appSecret, secretPlace(appid)) };
  }
}
