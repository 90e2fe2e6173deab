/** Few enough for the memory, many enough for efficient writes. */
export const PORTION = 1000;

/** Regroups batches of any size into portions of at most {@link PORTION} things, in order. */
export async function* inPortions<T>(batches: AsyncIterable<readonly T[]>): AsyncGenerator<T[]> {
  let portion: T[] = [];
  for await (const batch of batches)
    for (const thing of batch) {
      portion.push(thing);
      if (portion.length < PORTION) continue;
      yield portion;
      portion = [];
    }
  if (portion.length > 0) yield portion;
}
