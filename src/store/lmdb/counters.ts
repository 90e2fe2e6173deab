import type { Environment } from "./environment.ts";

/** Counts and numbers that are kept, not scanned. Call `add` and `set` only inside a write. */
export class Counters {
  readonly #table;

  constructor(env: Environment) {
    this.#table = env.table<number, string>("counters");
  }

  get(name: string): number {
    return this.#table.get(name) ?? 0;
  }

  set(name: string, value: number): void {
    this.#table.put(name, value);
  }

  /** Returns the new value. */
  add(name: string, amount: number): number {
    const value = this.get(name) + amount;
    this.#table.put(name, value);
    return value;
  }
}
