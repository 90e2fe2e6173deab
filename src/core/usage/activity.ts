import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Clock, Milliseconds } from "../ports.ts";
import type { ActivityKind, ActivityTable } from "./activity-table.ts";
import { ALL_APPS, dayInChina } from "./call-count.ts";

type Counts = Record<ActivityKind, number>;

/** How long days are kept. */
const KEPT: Milliseconds = 31 * 86_400_000;

/** Counts logins and verifications in memory, so that a check of a session costs no write. */
export class Activity {
  readonly #tables;
  readonly #clock;
  #counts = new Map<string, Counts>();

  constructor({ tables, clock }: { tables: { activity: ActivityTable }; clock: Clock }) {
    this.#tables = tables;
    this.#clock = clock;
  }

  note(appid: string, kind: ActivityKind, amount = 1): void {
    this.#countsOf(appid)[kind] += amount;
  }

  /**
   * Adds the counts since the last flush to today's in the store. Counts that the store refuses are
   * part of the next flush.
   */
  async flush(): Promise<void> {
    const counted = this.#counts;
    this.#counts = new Map();
    for (const [appid, counts] of counted) {
      if (await this.#add(appid, counts)) continue;
      const waiting = this.#countsOf(appid);
      waiting.logins += counts.logins;
      waiting.verifications += counts.verifications;
    }
  }

  #countsOf(appid: string): Counts {
    let counts = this.#counts.get(appid);
    if (counts === undefined) {
      counts = { logins: 0, verifications: 0 };
      this.#counts.set(appid, counts);
    }
    return counts;
  }

  async #add(appid: string, counts: Counts): Promise<boolean> {
    const now = this.#clock.now();
    const entry = { ...counts, day: dayInChina(now), expiresAt: now + KEPT };
    const added = await attempt("storeFailed", () =>
      Promise.all([
        this.#tables.activity.add({ ...entry, subject: appid }),
        this.#tables.activity.add({ ...entry, subject: ALL_APPS }),
      ]),
    );
    return !(added instanceof Failure);
  }
}
