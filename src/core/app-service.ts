import {
  type App,
  DEFAULT_LOGIN_DURATION_DAYS,
  DEFAULT_SESSION_DURATION_SECONDS,
  isAppid,
  isAppSecret,
  isWeChatAppid,
} from "./app.ts";
import { attempt } from "./attempt.ts";
import { Failure } from "./errors.ts";
import type { Clock, Milliseconds } from "./ports.ts";
import type { Store } from "./store.ts";

/** How long another process's change of an app's durations may go unseen by checks of sessions. */
const FRESHNESS: Milliseconds = 60_000;

export interface AppServiceDeps {
  store: Store;
  clock: Clock;
  /** The option `default_appid`. */
  defaultAppid: string | null;
}

/** The apps that this server serves. */
export class AppService {
  readonly #store;
  readonly #clock;
  readonly #defaultAppid;
  readonly #recent = new Map<string, { app: App; until: Milliseconds }>();

  constructor({ store, clock, defaultAppid }: AppServiceDeps) {
    this.#store = store;
    this.#clock = clock;
    this.#defaultAppid = defaultAppid;
  }

  /**
   * The app of this appid as it stands in the store, or the default app when none is named.
   *
   * @returns a Failure: appNotFound, storeFailed
   */
  async find(appid: string | null): Promise<App | Failure> {
    const wanted = appid ?? this.#defaultAppid;
    const app = await attempt("storeFailed", () =>
      wanted === null ? this.#store.apps.first() : isAppid(wanted) ? this.#store.apps.get(wanted) : null,
    );
    if (app === null) return new Failure("appNotFound");
    if (!(app instanceof Failure)) this.#remember(app);
    return app;
  }

  /**
   * As find, but from memory when the app was read within the last minute: a check of a session shall cost one read,
   * its own.
   */
  findRecent(appid: string): App | Promise<App | Failure> {
    const recent = this.#recent.get(appid);
    if (recent !== undefined && this.#clock.now() < recent.until) return recent.app;
    this.#recent.delete(appid);
    return this.find(appid);
  }

  /** Whether any app is registered; a Failure storeFailed when the store cannot tell. */
  async isEmpty(): Promise<boolean | Failure> {
    const count = await attempt("storeFailed", () => this.#store.apps.count());
    return count instanceof Failure ? count : count === 0;
  }

  /**
   * Registers an app with the default durations.
   *
   * @param onlyAsFirst refuses with keyRequired when an app is registered already
   * @returns a Failure: badParameter, appExists, appNotSaved, keyRequired
   */
  async register(appid: string, appSecret: string, onlyAsFirst = false): Promise<App | Failure> {
    const bad = badMember(appid, appSecret);
    if (bad !== null) return bad;
    const now = this.#clock.now();
    const app = await attempt("appNotSaved", () =>
      this.#store.apps.create(
        {
          appid,
          title: "",
          appSecret,
          loginDurationDays: DEFAULT_LOGIN_DURATION_DAYS,
          sessionDurationSeconds: DEFAULT_SESSION_DURATION_SECONDS,
          sessionsPerUser: null,
          tokenEndpoint: "stable",
          createdAt: now,
          updatedAt: now,
        },
        onlyAsFirst,
      ),
    );
    if (app === "notFirst" || (app === "exists" && onlyAsFirst)) return new Failure("keyRequired");
    if (app === "exists") return new Failure("appExists");
    return app;
  }

  /**
   * Replaces an app's secret, or registers the app when there is none of this appid.
   *
   * @returns a Failure: badParameter, appNotSaved
   */
  async replaceSecret(appid: string, appSecret: string): Promise<App | Failure> {
    const bad = badMember(appid, appSecret);
    if (bad !== null) return bad;
    const updated = await attempt("appNotSaved", () =>
      this.#store.apps.update(appid, { appSecret, updatedAt: this.#clock.now() }),
    );
    if (updated === null) return await this.register(appid, appSecret);
    if (!(updated instanceof Failure)) this.#remember(updated);
    return updated;
  }

  #remember(app: App): void {
    this.#recent.set(app.appid, { app, until: this.#clock.now() + FRESHNESS });
  }
}

function badMember(appid: string, appSecret: string): Failure | null {
  if (!isAppid(appid)) return new Failure("badParameter", { reason: "appid" });
  // An appid in the secret's place: the two were swapped.
  if (!isAppSecret(appSecret) || isWeChatAppid(appSecret))
    return new Failure("badParameter", { reason: "secret" });
  return null;
}
