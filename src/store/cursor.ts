import { StoreError } from "../core/store-error.ts";

/** Returns the cursor of a list: the key of the last entry as JSON in Base64url. */
export const toCursor = (key: unknown): string =>
  Buffer.from(JSON.stringify(key)).toString("base64url");

/** Longer than any key of any driver. */
const MAX_CURSOR_LENGTH = 2048;

/**
 * Returns the key in a cursor. Cursors are untrusted: the caller must also check that the key is in
 * the range of its list.
 *
 * @param example a key of the list, with the types that the key in the cursor must have
 * @throws StoreError "cursor"
 */
export function fromCursor<K>(cursor: string, example: K): K {
  if (cursor.length > MAX_CURSOR_LENGTH) throw new StoreError("cursor", "the cursor is too long");
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    throw new StoreError("cursor", "the cursor is not JSON");
  }
  if (!hasShapeOf(key, example)) throw foreignCursor();
  return key;
}

/** Returns the error for a cursor whose key is outside the range of the list. */
export const foreignCursor = (): StoreError =>
  new StoreError("cursor", "the cursor is of another list");

/** Returns whether the members of a key have the types of the example's. */
function hasShapeOf<K>(key: unknown, example: K): key is K {
  if (!Array.isArray(example)) return typeof key === typeof example;
  return (
    Array.isArray(key) &&
    key.length === example.length &&
    key.every((member, index) => typeof member === typeof example[index])
  );
}
