/** Runs operations of one name one after another, and those of other names beside them. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs an operation once the one before it has ended, however that ended. */
  async take<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    const previous = this.#last.get(name) ?? Promise.resolve();
    const current = previous.then(run, run);
    this.#last.set(name, current);
    try {
      return await current;
    } finally {
      if (this.#last.get(name) === current) this.#last.delete(name);
    }
  }
}
