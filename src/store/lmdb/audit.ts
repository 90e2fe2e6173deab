import {
  type AuditEntry,
  fromStoredEntry,
  type StoredAuditEntry,
} from "../../core/access/audit.ts";
import type { AuditTable } from "../../core/access/audit-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Counters } from "./counters.ts";
import type { Environment } from "./environment.ts";
import { readPage } from "./paging.ts";

export class LmdbAudit implements AuditTable {
  readonly #env;
  readonly #counters;
  readonly #entries;

  constructor(env: Environment, counters: Counters) {
    this.#env = env;
    this.#counters = counters;
    this.#entries = env.table<StoredAuditEntry, number>("audit");
  }

  append(entry: AuditEntry): Promise<void> {
    return this.#env.write(() => {
      this.#entries.put(this.#counters.add("audit", 1), entry);
    });
  }

  list(page: PageRequest): Page<AuditEntry> {
    // Latest first: descending numbers.
    const range = { start: Number.MAX_SAFE_INTEGER, end: 0 };
    return this.#env.read(() =>
      readPage(this.#entries, range, page, (_number, entry) => fromStoredEntry(entry)),
    );
  }
}
