import type { Page, PageRequest } from "../../core/page.ts";
import { fromCursor, toCursor } from "../cursor.ts";
import type { Redis } from "./redis.ts";

/** Reads a page of a list of texts. Only inside `run`. */
export async function readList<T>(
  redis: Redis,
  list: string,
  page: PageRequest,
  read: (member: string) => Promise<T | null>,
): Promise<Page<T>> {
  const from = page.cursor === undefined ? "-" : `(${fromCursor(page.cursor, "")}`;
  const members = (await redis.send(
    "ZRANGEBYLEX",
    list,
    from,
    "+",
    "LIMIT",
    0,
    page.limit + 1,
  )) as string[];
  return readMembers(members, page.limit, read, (member) => member);
}

/**
 * Returns the page of these members. One more than the limit means that there is another page.
 *
 * @param keyOf returns the key in the cursor of a member
 */
export async function readMembers<T>(
  members: readonly string[],
  limit: number,
  read: (member: string) => Promise<T | null>,
  keyOf: (member: string) => unknown,
): Promise<Page<T>> {
  const shown = members.slice(0, limit);
  const items = await Promise.all(shown.map(read));
  const last = shown.at(-1);
  return {
    items: items.filter((item): item is Awaited<T> & NonNullable<T> => item !== null),
    next: members.length > limit && last !== undefined ? toCursor(keyOf(last)) : null,
  };
}
