import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock, Log } from "../ports.ts";
import {
  type Actor,
  type AuditAction,
  type AuditEntry,
  type AuditFilter,
  isWanted,
} from "./audit.ts";
import type { AuditTable } from "./audit-table.ts";

/** The most entries that one page of a filtered list looks at. */
const MOST_SEARCHED = 5000;
/** Fewer entries in a row from before the wanted time may come from a wrong clock. */
const ENOUGH_PAST = 50;

/** Records who changed what. */
export class AuditTrail {
  readonly #tables;
  readonly #clock;
  readonly #log;

  constructor({ tables, clock, log }: { tables: { audit: AuditTable }; clock: Clock; log: Log }) {
    this.#tables = tables;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * Records a change that has been made. When the store refuses the record, writes it to the log:
   * the change stands, and its caller is told so.
   *
   * @param target the changed thing, such as an appid; never a secret
   * @param changed the names of the members that were set
   */
  async record(
    actor: Actor,
    action: AuditAction,
    target: string,
    changed: readonly string[] = [],
  ): Promise<void> {
    const entry: AuditEntry = { ...actor, at: this.#clock.now(), action, target, changed };
    const saved = await attempt("storeFailed", () => this.#tables.audit.append(entry));
    if (saved instanceof Failure)
      this.#log.error(
        { entry, err: saved.detail.cause },
        "a change could not be recorded in the audit",
      );
  }

  /**
   * Lists entries, latest first; a Failure: badParameter (cursor), storeFailed. A search is
   * bounded: a page of a filtered list may hold fewer entries than its limit, or none, and have a
   * next one.
   */
  async list(
    { limit, cursor }: PageRequest,
    filter: AuditFilter = {},
  ): Promise<Page<AuditEntry> | Failure> {
    const items: AuditEntry[] = [];
    const { since = 0 } = filter;
    let next = cursor ?? null;
    let past = 0;
    for (let searched = 0; ; ) {
      const after = next;
      const page: Page<AuditEntry> | Failure = await attempt("storeFailed", () =>
        this.#tables.audit.list({
          limit: limit - items.length,
          ...(after !== null && { cursor: after }),
        }),
      );
      if (page instanceof Failure) return page;
      searched += page.items.length;
      items.push(...page.items.filter((entry) => isWanted(entry, filter)));
      for (const { at } of page.items) past = at < since ? past + 1 : 0;
      next = past >= ENOUGH_PAST ? null : page.next;
      // Smaller and smaller steps would look for the last few entries one by one.
      if (next === null || items.length * 2 >= limit || searched >= MOST_SEARCHED)
        return { items, next };
    }
  }
}
