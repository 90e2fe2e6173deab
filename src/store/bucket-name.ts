import type { BucketWidth } from "../core/usage/buckets.ts";

/**
 * Returns the name under which a driver keeps a bucket. Those of days have the names that earlier
 * versions gave them.
 */
export const bucketName = (width: BucketWidth, window: string): string =>
  width === "day" ? window : `${width} ${window}`;
