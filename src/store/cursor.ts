import { StoreError } from "../core/store-error.ts";

/** The cursor of a list: the Base64url of the last entry's key as JSON. */
export const toCursor = (key: unknown): string =>
  Buffer.from(JSON.stringify(key)).toString("base64url");

/** Longer than any key of any driver. */
const MAX_CURSOR_LENGTH = 2048;

/**
 * The key in a cursor. Whoever sends one of another list, or of their own make, must not see what lies elsewhere: the
 * caller still has to look whether the key lies in the range of its list.
 *
 * @param example a key of the list, whose types the cursor's must have
 * @throws StoreError "cursor"
 */
export function fromCursor<K>(cursor: string, example: K): K {
  if (cursor.length > MAX_CURSOR_LENGTH) throw new StoreError("cursor", "the cursor is too long");
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw new StoreError("cursor", "the cursor is no JSON");
  }
  if (!hasShapeOf(key, example)) throw foreignCursor();
  return key;
}

/** What to throw for a cursor whose key lies outside of the list's range. */
export const foreignCursor = (): StoreError =>
  new StoreError("cursor", "the cursor is of another list");

/** Whether a key has the types of another one's members. */
function hasShapeOf<K>(key: unknown, example: K): key is K {
  if (!Array.isArray(example)) return typeof key === typeof example;
  return (
    Array.isArray(key) &&
    key.length === example.length &&
    key.every((member, index) => typeof member === typeof example[index])
  );
}
