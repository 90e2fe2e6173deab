import type { Environment } from "./environment.ts";

/** The most records that a table keeps in memory. */
const MOST = 1000;

/**
 * Records of a table that were found since the latest commit of any process, so that each is
 * decoded and unsealed once between two commits. Callers share a record, and must not change it.
 */
export class KeptReads<V extends object> {
  readonly #env;
  readonly #kept = new Map<string | number, V>();
  #state = -1;

  constructor(env: Environment) {
    this.#env = env;
  }

  /**
   * Returns the record of a key.
   *
   * @param load reads it, or null when there is none
   * @throws StoreError, as {@link Environment.read}
   */
  get(key: string | number, load: () => V | null): V | null {
    return this.#env.read(() => {
      const state = this.#env.state;
      if (state === null) return load();
      if (state !== this.#state || this.#kept.size >= MOST) {
        this.#kept.clear();
        this.#state = state;
      }
      const kept = this.#kept.get(key);
      if (kept !== undefined) return kept;
      const found = load();
      if (found !== null) this.#kept.set(key, found);
      return found;
    });
  }

  /** Returns the same; null also when it cannot be read. */
  getNow(key: string | number, load: () => V | null): V | null {
    try {
      return this.get(key, load);
    } catch {
      // `get` meets the same failure, and can say so.
      return null;
    }
  }
}
