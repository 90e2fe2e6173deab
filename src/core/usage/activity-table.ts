import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";

/** The events that are counted. */
export type ActivityKind = "logins" | "verifications";

/** The counts of one app, or of all together, on one day. */
export interface ActivityDay extends Record<ActivityKind, number> {
  /** A day in China, `2026-11-20`. */
  day: string;
}

export interface ActivityEntry extends ActivityDay {
  /** An appid, or `*` for all apps together. */
  subject: string;
  /** When the day may be forgotten. Only the first entry of a day sets it. */
  expiresAt: Milliseconds;
}

/** Logins and verified sessions by days. */
export interface ActivityTable {
  /** Adds to the counts of a day. Need not survive a power cut. */
  add(entry: ActivityEntry): Promise<void>;
  /** The days of a subject, oldest first. */
  list(subject: string, page: PageRequest): Awaitable<Page<ActivityDay>>;
  /** Removes up to `limit` days that are due, and returns how many. */
  sweep(now: Milliseconds, limit: number): Promise<number>;
}
