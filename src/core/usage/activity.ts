import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import { dayInChina } from "./call-count.ts";
import type { CallCountTable } from "./call-count-table.ts";

/** What is counted of an app's life, by days. */
export type ActivityKind = "logins" | "verifications";

/** The subject under which all apps together are counted. No app can have this name. */
export const ALL_APPS = "*";

/** What the calls of all endpoints of WeChat's together are counted as, for all apps together. */
export const ALL_CALLS = "calls";

/** Days are kept so long. */
const KEPT: Milliseconds = 31 * 86_400_000;

/** Counts logins and verifications in memory, so that a check of a session costs no write. */
export class Activity {
  readonly #tables;
  readonly #clock;
  #counts = new Map<string, Record<ActivityKind, number>>();

  constructor({ tables, clock }: { tables: { callCounts: CallCountTable }; clock: Clock }) {
    this.#tables = tables;
    this.#clock = clock;
  }

  note(appid: string, kind: ActivityKind, amount = 1): void {
    let counts = this.#counts.get(appid);
    if (counts === undefined) {
      counts = { logins: 0, verifications: 0 };
      this.#counts.set(appid, counts);
    }
    counts[kind] += amount;
  }

  /** Adds what was counted since the last time to the store's counts of today; what it refuses waits for the next. */
  async flush(): Promise<void> {
    const counted = this.#counts;
    this.#counts = new Map();
    for (const [appid, counts] of counted)
      for (const kind of ["logins", "verifications"] as const)
        if (counts[kind] > 0 && !(await this.#add(appid, kind, counts[kind])))
          this.note(appid, kind, counts[kind]);
  }

  async #add(appid: string, kind: ActivityKind, amount: number): Promise<boolean> {
    const now = this.#clock.now();
    const entry = { endpoint: kind, window: dayInChina(now), expiresAt: now + KEPT };
    const added = await attempt("storeFailed", () =>
      Promise.all([
        this.#tables.callCounts.add({ ...entry, subject: appid }, amount),
        this.#tables.callCounts.add({ ...entry, subject: ALL_APPS }, amount),
      ]),
    );
    return !(added instanceof Failure);
  }
}
