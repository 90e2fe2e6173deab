import type { RenewalFailure } from "../../core/credentials/renewal-failure.ts";
import type { RenewalFailureTable } from "../../core/credentials/renewal-failure-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./paging.ts";

const AFTER_KEYS = "\u{10ffff}";

export class LmdbRenewalFailures implements RenewalFailureTable {
  readonly #env;
  readonly #failures;

  constructor(env: Environment) {
    this.#env = env;
    this.#failures = env.table<Omit<RenewalFailure, "key">, string>("renewal-failures");
  }

  put({ key, ...failure }: RenewalFailure): Promise<void> {
    return this.#env.writeUnflushed(() => void this.#failures.put(key, failure));
  }

  list(page: PageRequest): Page<RenewalFailure> {
    return this.#env.read(() =>
      readPage(this.#failures, { start: "", end: AFTER_KEYS }, page, (key, failure) => ({
        key,
        ...failure,
      })),
    );
  }

  /** Removes all whose keys begin so. Only inside a write. */
  removeByPrefix(prefix: string): void {
    const range = { start: prefix, end: `${prefix}${AFTER_KEYS}` };
    for (const key of [...this.#failures.getKeys(range)]) this.#failures.remove(key);
  }
}
