import type { Milliseconds } from "../ports.ts";
import { CHINA } from "./call-count.ts";

const MINUTE: Milliseconds = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Properties of the buckets of one width. */
interface Width {
  length: Milliseconds;
  /**
   * How long a bucket is kept, from its beginning. Minutes are for a chart of an hour beside the
   * hour before, hours for one of any day of the last month, days for a year beside the one before
   * its last month. So a subject has at most 1420 buckets.
   */
  kept: Milliseconds;
  /** The characters of a window's name: `2026-11-20T15:04`, `2026-11-20T15`, `2026-11-20`. */
  characters: number;
}

/** The widths of the buckets in which activity is counted. */
export const BUCKET_WIDTHS = {
  minute: { length: MINUTE, kept: 3 * HOUR, characters: 16 },
  hour: { length: HOUR, kept: 35 * DAY, characters: 13 },
  day: { length: DAY, kept: 400 * DAY, characters: 10 },
} as const satisfies Record<string, Width>;

export type BucketWidth = keyof typeof BUCKET_WIDTHS;

export const bucketWidths = Object.keys(BUCKET_WIDTHS) as readonly BucketWidth[];

/** Returns when the bucket of a time begins. Days begin as in China. */
export function bucketStart(width: BucketWidth, time: Milliseconds): Milliseconds {
  const { length } = BUCKET_WIDTHS[width];
  return Math.floor((time + CHINA) / length) * length - CHINA;
}

/** Returns the name of the bucket of a time, which is its time in China. */
export const windowOf = (width: BucketWidth, time: Milliseconds): string =>
  new Date(time + CHINA).toISOString().slice(0, BUCKET_WIDTHS[width].characters);

/** Returns when the bucket of a time may be forgotten. */
export const bucketExpiry = (width: BucketWidth, time: Milliseconds): Milliseconds =>
  bucketStart(width, time) + BUCKET_WIDTHS[width].kept;

/** Returns the beginnings of the last `count` buckets, oldest first; that of `now` is the last. */
export function lastBuckets(width: BucketWidth, count: number, now: Milliseconds): Milliseconds[] {
  const last = bucketStart(width, now);
  const { length } = BUCKET_WIDTHS[width];
  return Array.from({ length: count }, (_, index) => last - (count - 1 - index) * length);
}
