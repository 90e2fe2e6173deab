import type { Page } from "../../core/page.ts";
import { toCursor } from "../cursor.ts";

/**
 * One page of rows that were read in the order of their keys, one more than the page has room for.
 *
 * @param keyOf the cursor's key of a row
 */
export function toPage<R, T>(
  rows: readonly R[],
  limit: number,
  keyOf: (row: R) => unknown,
  read: (row: R) => T,
): Page<T> {
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    items: rows.slice(0, limit).map(read),
    next: last === undefined ? null : toCursor(keyOf(last)),
  };
}
