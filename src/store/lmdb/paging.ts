import { compareKeys, type Database, type Key } from "lmdb";
import type { Page, PageRequest } from "../../core/page.ts";
import { foreignCursor, fromCursor, toCursor } from "../cursor.ts";

/**
 * Reads one page of an index.
 *
 * @param range the part of the index that the list covers, end exclusive; descending when the end
 *   sorts before the start
 * @param nameOf returns the name of a record that cannot be read, for people
 * @throws StoreError "cursor" when the cursor is not a key of the range
 */
export function readPage<V, K extends Key, T>(
  index: Database<V, K>,
  range: { start: K; end: K },
  page: PageRequest,
  read: (key: K, value: V) => T | null,
  nameOf: (key: K, value: V | undefined) => string = (key) =>
    Array.isArray(key) ? key.join(":") : String(key),
): Page<T> {
  const after = page.cursor === undefined ? null : keyOf(page.cursor, range);
  const keys = index.getKeys({
    start: after ?? range.start,
    exclusiveStart: after !== null,
    end: range.end,
    reverse: isReverse(range),
    limit: page.limit + 1,
  });
  let value: V | undefined;
  return collectPage(
    keys,
    page,
    (key) => {
      value = undefined;
      value = index.get(key) as V;
      return read(key, value);
    },
    (key) => nameOf(key, value),
  );
}

/**
 * Makes a page of the entries behind its cursor.
 *
 * @param keys of the entries, one more than the page has if there are more
 * @param read returns the item of an entry; null leaves it out
 * @param nameOf returns the name of a record that cannot be read, for people
 */
export function collectPage<K extends Key, T>(
  keys: Iterable<K>,
  page: PageRequest,
  read: (key: K) => T | null,
  nameOf: (key: K) => string,
): Page<T> {
  const items: T[] = [];
  let met = 0;
  let last: K | null = null;
  for (const key of keys) {
    if (++met > page.limit) return { items, next: toCursor(last) };
    try {
      const item = read(key);
      if (item !== null) items.push(item);
    } catch (cause) {
      if (page.onUnreadable === undefined) throw cause;
      page.onUnreadable(nameOf(key), cause as Error);
    }
    last = key;
  }
  return { items, next: null };
}

interface Range<K extends Key> {
  start: K;
  end: K;
}

const isReverse = <K extends Key>({ start, end }: Range<K>): boolean => compareKeys(start, end) > 0;

/** Returns the key in a cursor, and checks that it is in the range. */
function keyOf<K extends Key>(cursor: string, range: Range<K>): K {
  const key = fromCursor(cursor, range.start);
  const [least, most] = isReverse(range) ? [range.end, range.start] : [range.start, range.end];
  if (compareKeys(key, least) < 0 || compareKeys(key, most) > 0) throw foreignCursor();
  return key;
}
