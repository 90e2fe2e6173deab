import type { AppService } from "../apps/app-service.ts";
import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import { inTurns } from "../in-turns.ts";
import type { Awaitable, Clock } from "../ports.ts";
import { readAll } from "../read-all.ts";
import type { ActivityTable } from "./activity-table.ts";
import { bucketExpiry, windowOf } from "./buckets.ts";
import { ALL_APPS } from "./call-count.ts";

/** The name under which the bucket of an hour keeps how many sessions there were. */
export const SESSIONS_NAME = "sessions";

export interface SessionTotalsDeps {
  tables: {
    activity: Pick<ActivityTable, "add" | "list">;
    sessions: { count(appid: string): Awaitable<number> };
  };
  clock: Pick<Clock, "now">;
  apps: Pick<AppService, "list">;
}

/** How many sessions there are in all apps together, and how many there were. */
export class SessionTotals {
  readonly #deps;
  /** The hour that has its total. */
  #notedWindow = "";

  constructor(deps: SessionTotalsDeps) {
    this.#deps = deps;
  }

  /** Returns the registered apps and the sessions of all, or a Failure storeFailed. */
  async read(): Promise<{ appids: string[]; sessions: number } | Failure> {
    const { apps, tables } = this.#deps;
    const registered = await readAll((page) => apps.list(page));
    if (registered instanceof Failure) return registered;
    const appids = registered.map(({ appid }) => appid);
    const counts = await attempt("storeFailed", () =>
      inTurns(appids, (appid) => tables.sessions.count(appid)),
    );
    if (counts instanceof Failure) return counts;
    return { appids, sessions: counts.reduce((sum, count) => sum + count, 0) };
  }

  /**
   * Keeps the present total with the hour, unless the hour has one. Only one process of all nodes
   * may do so at a time. A store that fails is asked again the next time.
   */
  async noteHour(): Promise<void> {
    const { activity } = this.#deps.tables;
    const now = this.#deps.clock.now();
    const window = windowOf("hour", now);
    if (window === this.#notedWindow) return;
    const known = await attempt("storeFailed", () => activity.list(ALL_APPS, "hour", [window]));
    if (known instanceof Failure) return;
    if (known[0]?.counts[SESSIONS_NAME] === undefined) {
      const total = await this.read();
      if (total instanceof Failure) return;
      const added = await attempt("storeFailed", async () => {
        if (total.sessions > 0)
          await activity.add([
            {
              ...{ subject: ALL_APPS, width: "hour", window, expiresAt: bucketExpiry("hour", now) },
              counts: { [SESSIONS_NAME]: total.sessions },
            },
          ]);
      });
      if (added instanceof Failure) return;
    }
    this.#notedWindow = window;
  }
}
