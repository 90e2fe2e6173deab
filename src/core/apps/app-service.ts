import type { Actor } from "../access/audit.ts";
import type { AuditTrail } from "../access/audit-trail.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Clock, Milliseconds } from "../ports.ts";
import { type App, type AppSettings, badSetting, DEFAULT_SETTINGS, isAppid } from "./app.ts";
import type { AppTable } from "./app-table.ts";

/** Time for which checks of sessions may miss another process's change of an app's durations. */
const FRESHNESS: Milliseconds = 60_000;
/** Sessions per transaction: few enough not to delay other writers. */
const BATCH = 500;

export type NewAppRequest = Pick<App, "appid" | "appSecret"> & Partial<AppSettings>;

/** The part of the sessions' table that the removal of an app needs. */
export interface AppSessions {
  count(appid: string): Awaitable<number>;
  /** Removes up to `limit` sessions of an app, and returns how many. */
  revokeByApp(appid: string, limit: number): Promise<number>;
}

export interface AppServiceDeps {
  tables: { apps: AppTable; sessions: AppSessions };
  clock: Clock;
  audit: AuditTrail;
  /** The option `default_appid`. */
  defaultAppid: string | null;
}

/** The apps that this server serves. */
export class AppService {
  readonly #tables;
  readonly #clock;
  readonly #audit;
  readonly #defaultAppid;
  readonly #recent = new Map<string, { app: App; until: Milliseconds }>();

  constructor({ tables, clock, audit, defaultAppid }: AppServiceDeps) {
    this.#tables = tables;
    this.#clock = clock;
    this.#audit = audit;
    this.#defaultAppid = defaultAppid;
  }

  /**
   * Returns the app of this appid from the store, or the default app for null.
   *
   * @returns a Failure: appNotFound, storeFailed
   */
  async find(appid: string | null): Promise<App | Failure> {
    const wanted = appid ?? this.#defaultAppid;
    const app = await attempt("storeFailed", () =>
      wanted === null
        ? this.#tables.apps.first()
        : isAppid(wanted)
          ? this.#tables.apps.get(wanted)
          : null,
    );
    if (app === null) return new Failure("appNotFound");
    if (!(app instanceof Failure)) this.#remember(app);
    return app;
  }

  /** Whether the store has the app, when it can say so at once; otherwise false: ask find. */
  isThereNow(appid: string): boolean {
    const app = isAppid(appid) ? this.#tables.apps.getNow?.(appid) : null;
    if (app == null) return false;
    this.#remember(app);
    return true;
  }

  /** Returns the app of this number; a Failure: appNotFound, storeFailed. */
  async findByNumber(number: number): Promise<App | Failure> {
    const app = await attempt("storeFailed", () => this.#tables.apps.getByNumber(number));
    return app ?? new Failure("appNotFound");
  }

  /** Returns the app if it was read within the last minute, without asking the store; else null. */
  recent(appid: string): App | null {
    const recent = this.#recent.get(appid);
    if (recent === undefined) return null;
    const left = recent.until - this.#clock.now();
    // More is left only if the clock was set back.
    return left > 0 && left <= FRESHNESS ? recent.app : null;
  }

  /**
   * Returns the same as find, from memory if the app was read within the last minute, so that a
   * check of a session costs one read.
   */
  async findRecent(appid: string): Promise<App | Failure> {
    const recent = this.recent(appid);
    if (recent !== null) return recent;
    this.#recent.delete(appid);
    return await this.find(appid);
  }

  /** Tells whether no app is registered; a Failure storeFailed when the store cannot tell. */
  async isEmpty(): Promise<boolean | Failure> {
    const count = await attempt("storeFailed", () => this.#tables.apps.count());
    return count instanceof Failure ? count : count === 0;
  }

  /**
   * Lists apps in the order of their registration; a Failure: badParameter (cursor), storeFailed.
   */
  list(page: PageRequest): Promise<Page<App> | Failure> {
    return attempt("storeFailed", () => this.#tables.apps.list(page));
  }

  /**
   * Registers an app, with defaults for settings that are not given.
   *
   * @param onlyAsFirst refuses with keyRequired when an app is registered already
   * @returns a Failure: badParameter, appExists, appNotSaved, keyRequired
   */
  async register(
    { appid, appSecret, ...settings }: NewAppRequest,
    actor: Actor,
    onlyAsFirst = false,
  ): Promise<App | Failure> {
    const bad = isAppid(appid) ? badSetting({ appSecret, ...settings }) : "appid";
    if (bad !== null) return new Failure("badParameter", { reason: bad });
    const left = await attempt("appNotSaved", () => this.#removeLeftovers(appid));
    if (left instanceof Failure) return left;
    const now = this.#clock.now();
    const app = await attempt("appNotSaved", () =>
      this.#tables.apps.create(
        { ...DEFAULT_SETTINGS, ...settings, appid, appSecret, createdAt: now, updatedAt: now },
        onlyAsFirst,
      ),
    );
    if (app instanceof Failure) return app;
    if (app === "notFirst" || (app === "exists" && onlyAsFirst)) return new Failure("keyRequired");
    if (app === "exists") return new Failure("appExists");
    await this.#audit.record(actor, "app.created", appid, ["secret", ...Object.keys(settings)]);
    return app;
  }

  /**
   * Replaces an app's secret, or registers the app when its appid is unknown.
   *
   * @returns a Failure: badParameter, appNotSaved
   */
  async replaceSecret(appid: string, appSecret: string, actor: Actor): Promise<App | Failure> {
    const updated = await this.update(appid, { appSecret }, actor);
    return updated instanceof Failure && updated.code === "appNotFound"
      ? await this.register({ appid, appSecret }, actor)
      : updated;
  }

  /**
   * Changes some of an app's settings.
   *
   * @param ifRevision refuses with appChanged when the app has another revision; null changes it
   * anyway
   * @returns the changed app, or a Failure: badParameter, appNotFound, appChanged, appNotSaved
   */
  async update(
    appid: string,
    change: Partial<AppSettings>,
    actor: Actor,
    ifRevision: number | null = null,
  ): Promise<App | Failure> {
    const bad = isAppid(appid) ? badSetting(change) : "appid";
    if (bad !== null) return new Failure("badParameter", { reason: bad });
    const app = await attempt("appNotSaved", () =>
      this.#tables.apps.update(appid, { ...change, updatedAt: this.#clock.now() }, ifRevision),
    );
    if (app === null) return new Failure("appNotFound");
    if (app === "changed") return new Failure("appChanged");
    if (app instanceof Failure) return app;
    this.#remember(app);
    const changed = Object.keys(change).map((member) =>
      member === "appSecret" ? "secret" : member,
    );
    await this.#audit.record(actor, "app.updated", appid, changed);
    return app;
  }

  /**
   * Removes an app with its credentials and sessions. Its sessions end at once, and are then
   * removed in batches; if that is interrupted, the next registration of the appid finishes it.
   *
   * @param ifRevision as {@link AppService.update}
   * @returns a Failure: appNotFound, appChanged, appNotSaved
   */
  async remove(
    appid: string,
    actor: Actor,
    ifRevision: number | null = null,
  ): Promise<null | Failure> {
    const removed = await attempt("appNotSaved", () =>
      isAppid(appid) ? this.#tables.apps.delete(appid, ifRevision) : null,
    );
    if (removed === null) return new Failure("appNotFound");
    if (removed === "changed") return new Failure("appChanged");
    if (removed instanceof Failure) return removed;
    this.#recent.delete(appid);
    await this.#audit.record(actor, "app.deleted", appid);
    await attempt("storeFailed", () => this.#removeSessions(appid));
    return null;
  }

  /**
   * Removes sessions that outlived their app: the process died during the removal, or a login was
   * in progress.
   */
  async #removeLeftovers(appid: string): Promise<void> {
    const { apps, sessions } = this.#tables;
    if ((await sessions.count(appid)) > 0 && (await apps.get(appid)) === null)
      await this.#removeSessions(appid);
  }

  async #removeSessions(appid: string): Promise<void> {
    while ((await this.#tables.sessions.revokeByApp(appid, BATCH)) === BATCH);
  }

  #remember(app: App): void {
    this.#recent.set(app.appid, { app, until: this.#clock.now() + FRESHNESS });
  }
}
