import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { CallCount, CallCountEntry } from "../../core/usage/call-count.ts";
import type { CallCountTable } from "../../core/usage/call-count-table.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./paging.ts";

type CountKey = [subject: string, window: string, endpoint: string];
type ExpiryKey = [expiresAt: Milliseconds, ...CountKey];

const AFTER_TEXTS = "\u{10ffff}";

export class LmdbCallCounts implements CallCountTable {
  readonly #env;
  readonly #counts;
  readonly #byExpiry;

  constructor(env: Environment) {
    this.#env = env;
    this.#counts = env.table<number, CountKey>("call-counts");
    this.#byExpiry = env.table<true, ExpiryKey>("call-counts-by-expiry");
  }

  add({ subject, window, endpoint, expiresAt }: CallCountEntry, amount = 1): Promise<number> {
    return this.#env.writeUnflushed(() => {
      const key: CountKey = [subject, window, endpoint];
      const before = this.#counts.get(key) ?? 0;
      const count = before + amount;
      this.#counts.put(key, count);
      if (before === 0) this.#byExpiry.put([expiresAt, ...key], true);
      return count;
    });
  }

  list(subject: string, page: PageRequest): Page<CallCount> {
    const range: { start: CountKey; end: CountKey } = {
      start: [subject, "", ""],
      end: [subject, AFTER_TEXTS, ""],
    };
    return this.#env.read(() =>
      readPage(this.#counts, range, page, ([, window, endpoint], count) => ({
        subject,
        window,
        endpoint,
        count,
      })),
    );
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#env.writeUnflushed(() => {
      const due = [...this.#byExpiry.getKeys({ end: [now, AFTER_TEXTS, "", ""], limit })];
      for (const key of due) {
        const [, subject, window, endpoint] = key;
        this.#byExpiry.remove(key);
        this.#counts.remove([subject, window, endpoint]);
      }
      return due.length;
    });
  }

  /** Removes the counts of these endpoints, and returns them. Only inside a write. */
  removeEndpoints(endpoints: readonly string[]): (CallCount & CallCountEntry)[] {
    const found = [...this.#byExpiry.getKeys()].filter(([, , , endpoint]) =>
      endpoints.includes(endpoint),
    );
    return found.map((key) => {
      const [expiresAt, subject, window, endpoint] = key;
      const count = this.#counts.get([subject, window, endpoint]) ?? 0;
      this.#byExpiry.remove(key);
      this.#counts.remove([subject, window, endpoint]);
      return { subject, window, endpoint, count, expiresAt };
    });
  }
}
