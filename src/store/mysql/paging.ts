import type { Page } from "../../core/page.ts";
import { toCursor } from "../cursor.ts";

/**
 * Returns the page of these rows, which are in the order of their keys. One more than the limit
 * means that there is another page.
 *
 * @param keyOf returns the key in the cursor of a row
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
