import { attempt } from "./attempt.ts";
import { Failure } from "./errors.ts";
import type { Page, PageRequest } from "./page.ts";
import type { Awaitable } from "./ports.ts";

const PAGE = 500;

/** Reads every page of a list, or returns a Failure storeFailed. */
export async function readAll<T>(
  list: (page: PageRequest) => Awaitable<Page<T> | Failure>,
): Promise<T[] | Failure> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const after: string | null = cursor;
    const page: Page<T> | Failure = await attempt<Page<T> | Failure>("storeFailed", () =>
      list({ limit: PAGE, ...(after !== null && { cursor: after }) }),
    );
    if (page instanceof Failure) return page;
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== null);
  return items;
}
