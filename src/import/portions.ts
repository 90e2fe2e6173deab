/** Few enough to lie in memory, many enough to be put in together. */
export const PORTION = 1000;

/** Cuts batches of whatever sizes anew, into portions of at most {@link PORTION} things; their order stays. */
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
