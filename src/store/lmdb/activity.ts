import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type {
  ActivityDay,
  ActivityEntry,
  ActivityKind,
  ActivityTable,
} from "../../core/usage/activity-table.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./paging.ts";

type DayKey = [subject: string, day: string];
type ExpiryKey = [expiresAt: Milliseconds, ...DayKey];

const AFTER_TEXTS = "\u{10ffff}";

export class LmdbActivity implements ActivityTable {
  readonly #env;
  readonly #days;
  readonly #byExpiry;

  constructor(env: Environment) {
    this.#env = env;
    this.#days = env.table<Record<ActivityKind, number>, DayKey>("activity");
    this.#byExpiry = env.table<true, ExpiryKey>("activity-by-expiry");
  }

  add(entry: ActivityEntry): Promise<void> {
    return this.#env.writeUnflushed(() => this.addNow(entry));
  }

  /** As add(), inside a write. */
  addNow({ subject, day, logins, verifications, expiresAt }: ActivityEntry): void {
    const known = this.#days.get([subject, day]);
    this.#days.put([subject, day], {
      logins: (known?.logins ?? 0) + logins,
      verifications: (known?.verifications ?? 0) + verifications,
    });
    if (known === undefined) this.#byExpiry.put([expiresAt, subject, day], true);
  }

  list(subject: string, page: PageRequest): Page<ActivityDay> {
    const range: { start: DayKey; end: DayKey } = {
      start: [subject, ""],
      end: [subject, AFTER_TEXTS],
    };
    return this.#env.read(() =>
      readPage(this.#days, range, page, ([, day], counts) => ({ day, ...counts })),
    );
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#env.writeUnflushed(() => {
      const due = [...this.#byExpiry.getKeys({ end: [now, AFTER_TEXTS, ""], limit })];
      for (const [expiresAt, subject, day] of due) {
        this.#byExpiry.remove([expiresAt, subject, day]);
        this.#days.remove([subject, day]);
      }
      return due.length;
    });
  }
}
