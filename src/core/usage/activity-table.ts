import type { Awaitable, Milliseconds } from "../ports.ts";
import type { BucketWidth } from "./buckets.ts";

/** The events that are counted, beside failures and calls to WeChat. */
export const ACTIVITY_KINDS = ["logins", "verifications", "tokens"] as const;

export type ActivityKind = (typeof ACTIVITY_KINDS)[number];

/**
 * Counts by name: a kind of activity, a failure as `failureName` names it, the endpoint of a call
 * to WeChat, which begins with `/`, or `sessions`, the total that an hour began with.
 */
export type ActivityCounts = Readonly<Record<string, number>>;

/** The counts of one app or agent, or of all together, in one bucket of time. */
export interface ActivityBucket {
  /** As `windowOf` names it. */
  window: string;
  /** Those that are not 0. */
  counts: ActivityCounts;
}

export interface ActivityEntry extends ActivityBucket {
  width: BucketWidth;
  /** An appid, `corpid:agentid`, or `*` for all together. */
  subject: string;
  /** When the bucket may be forgotten. Only the first entry of a bucket sets it. */
  expiresAt: Milliseconds;
}

/** The most entries of one add. */
export const MOST_ENTRIES = 100;

/** The most counts of all entries of one add together; a single entry may have more. */
export const MOST_COUNTS = 2000;

/** Counts of what happens, by minutes, hours and days. */
export interface ActivityTable {
  /**
   * Adds up to {@link MOST_ENTRIES} entries, with up to {@link MOST_COUNTS} counts, to their
   * buckets, all of them or none, in one write. Need not survive a power cut.
   */
  add(entries: readonly ActivityEntry[]): Promise<void>;
  /** Those of a subject's buckets of these windows that count something, in their order. */
  list(
    subject: string,
    width: BucketWidth,
    windows: readonly string[],
  ): Awaitable<ActivityBucket[]>;
  /**
   * Removes up to `limit` records that are due, and returns how many. A bucket may be several
   * records.
   */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
