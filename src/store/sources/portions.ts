import type { Moved, Unreadable } from "../../core/transfer.ts";

/** Few enough to lie in memory, many enough to be put in together. */
export const PORTION = 500;

/** Gathers things into portions. */
export async function* inPortions(
  things: AsyncIterable<Moved | Unreadable>,
): AsyncGenerator<(Moved | Unreadable)[]> {
  let portion: (Moved | Unreadable)[] = [];
  for await (const thing of things) {
    portion.push(thing);
    if (portion.length === PORTION) {
      yield portion;
      portion = [];
    }
  }
  if (portion.length > 0) yield portion;
}
