import type { Milliseconds } from "../../core/ports.ts";
import type {
  ActivityBucket,
  ActivityCounts,
  ActivityEntry,
  ActivityTable,
} from "../../core/usage/activity-table.ts";
import type { BucketWidth } from "../../core/usage/buckets.ts";
import { bucketName } from "../bucket-name.ts";
import type { Environment } from "./environment.ts";

/** A bucket by `bucketName`. */
type BucketKey = [subject: string, bucket: string];
type ExpiryKey = [expiresAt: Milliseconds, ...BucketKey];

const AFTER_TEXTS = "\u{10ffff}";

export class LmdbActivity implements ActivityTable {
  readonly #env;
  readonly #buckets;
  readonly #byExpiry;

  constructor(env: Environment) {
    this.#env = env;
    // Records of earlier versions always count logins and verifications, also 0 of them.
    this.#buckets = env.table<ActivityCounts, BucketKey>("activity");
    this.#byExpiry = env.table<true, ExpiryKey>("activity-by-expiry");
  }

  add(entries: readonly ActivityEntry[]): Promise<void> {
    return this.#env.writeUnflushed(() => {
      for (const entry of entries) this.addNow(entry);
    });
  }

  /** Adds one entry. Only inside a write. */
  addNow({ subject, width, window, counts, expiresAt }: ActivityEntry): void {
    const key: BucketKey = [subject, bucketName(width, window)];
    const known = this.#buckets.get(key);
    const sums: Record<string, number> = { ...known };
    for (const [name, amount] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + amount;
    this.#buckets.put(key, sums);
    if (known === undefined) this.#byExpiry.put([expiresAt, ...key], true);
  }

  list(subject: string, width: BucketWidth, windows: readonly string[]): ActivityBucket[] {
    return this.#env.read(() =>
      windows.flatMap((window) => {
        const counts = this.#buckets.get([subject, bucketName(width, window)]);
        if (counts === undefined) return [];
        const counted = Object.entries(counts).filter(([, amount]) => amount > 0);
        return [{ window, counts: Object.fromEntries(counted) }];
      }),
    );
  }

  sweep(now: Milliseconds, limit: number): Promise<number> {
    return this.#env.writeUnflushed(() => {
      const due = [...this.#byExpiry.getKeys({ end: [now, AFTER_TEXTS, ""], limit })];
      for (const [expiresAt, ...key] of due) {
        this.#byExpiry.remove([expiresAt, ...key]);
        this.#buckets.remove(key);
      }
      return due.length;
    });
  }
}
