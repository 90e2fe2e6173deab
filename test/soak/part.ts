/** How a part of the soak is run. */
export interface Rounds {
  /** Rounds, states, files, requests, records or seconds: what the part counts. */
  rounds: number;
  seed: number;
  /** Told how far it is, after every round or more rarely, and what it sees. */
  report: (done: number, figures?: string) => void;
}

/** A test for a short form in the gate and a long one in `npm run soak`. */
export interface Part {
  name: string;
  /** The rounds of the long form. */
  rounds: number;
  /**
   * @returns the figures, in one line
   * @throws Error that says in which round what was wrong
   */
  run: (options: Rounds) => Promise<string>;
}

/** Returns the part's figures of a short form, with a seed of its own that a failure names. */
export async function short(part: Part, rounds: number, seed = newSeed()): Promise<string> {
  try {
    return await part.run({ rounds, seed, report: () => undefined });
  } catch (cause) {
    throw new Error(`seed ${seed}: ${(cause as Error).message}`, { cause });
  }
}

export const newSeed = (): number => Math.floor(Math.random() * 2 ** 31);
