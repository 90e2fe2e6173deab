import type { Database, Key } from "lmdb";
import type { Page, PageRequest } from "../../core/store.ts";

/**
 * One page of an index. The cursor is the Base64url of the last entry's key as JSON.
 *
 * @param range the part of the index that the list covers, end exclusive
 */
export function readPage<V, K extends Key, T>(
  index: Database<V, K>,
  range: { start: K; end: K },
  page: PageRequest,
  read: (key: K, value: V) => T | null,
): Page<T> {
  const after = page.cursor === undefined ? null : (JSON.parse(fromCursor(page.cursor)) as K);
  const entries = index.getRange({
    start: after ?? range.start,
    exclusiveStart: after !== null,
    end: range.end,
    limit: page.limit + 1,
  });
  const items: T[] = [];
  let met = 0;
  let last: K | null = null;
  for (const { key, value } of entries) {
    if (++met > page.limit) return { items, next: toCursor(JSON.stringify(last)) };
    const item = read(key, value);
    if (item !== null) items.push(item);
    last = key;
  }
  return { items, next: null };
}

const toCursor = (text: string): string => Buffer.from(text).toString("base64url");
const fromCursor = (cursor: string): string => Buffer.from(cursor, "base64url").toString();
