import { compareKeys, type Database, type Key } from "lmdb";
import { type Page, type PageRequest, StoreError } from "../../core/store.ts";

/**
 * One page of an index. The cursor is the Base64url of the last entry's key as JSON.
 *
 * @param range the part of the index that the list covers, end exclusive; from the end when it lies before the start
 * @throws StoreError "cursor" when the cursor is no key of the range
 */
export function readPage<V, K extends Key, T>(
  index: Database<V, K>,
  range: { start: K; end: K },
  page: PageRequest,
  read: (key: K, value: V) => T | null,
): Page<T> {
  const after = page.cursor === undefined ? null : keyOf(page.cursor, range);
  const entries = index.getRange({
    start: after ?? range.start,
    exclusiveStart: after !== null,
    end: range.end,
    reverse: isReverse(range),
    limit: page.limit + 1,
  });
  const items: T[] = [];
  let met = 0;
  let last: K | null = null;
  for (const { key, value } of entries) {
    if (++met > page.limit) return { items, next: toCursor(last) };
    const item = read(key, value);
    if (item !== null) items.push(item);
    last = key;
  }
  return { items, next: null };
}

interface Range<K extends Key> {
  start: K;
  end: K;
}

const isReverse = <K extends Key>({ start, end }: Range<K>): boolean => compareKeys(start, end) > 0;

const toCursor = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString("base64url");

/** LMDB takes keys of up to 1978 bytes. */
const MAX_CURSOR_LENGTH = 2048;

/** The key in a cursor. Whoever sends one of another list, or of their own make, must not see what lies elsewhere. */
function keyOf<K extends Key>(cursor: string, range: Range<K>): K {
  if (cursor.length > MAX_CURSOR_LENGTH) throw new StoreError("cursor", "the cursor is too long");
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw new StoreError("cursor", "the cursor is no JSON");
  }
  if (!hasShapeOf(key, range.start)) throw new StoreError("cursor", "the cursor is of another list");
  const [least, most] = isReverse(range) ? [range.end, range.start] : [range.start, range.end];
  if (compareKeys(key, least) < 0 || compareKeys(key, most) > 0)
    throw new StoreError("cursor", "the cursor is of another list");
  return key;
}

/** Whether a key has the types of another one's members. */
function hasShapeOf<K extends Key>(key: unknown, example: K): key is K {
  if (!Array.isArray(example)) return typeof key === typeof example;
  return (
    Array.isArray(key) &&
    key.length === example.length &&
    key.every((member, index) => typeof member === typeof example[index])
  );
}
