import type { Awaitable } from "./ports.ts";

/** Few, because a store that is asked serves others too. */
const AT_ONCE = 8;

/** Does something for each of many, a few at once, and returns the results in their order. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Awaitable<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE)
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(run))));
  return results;
}
