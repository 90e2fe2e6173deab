import { attempt } from "../attempt.ts";
import { Failure } from "../errors.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Clock, Log } from "../ports.ts";
import type { Actor, AuditAction, AuditEntry } from "./audit.ts";
import type { AuditTable } from "./audit-table.ts";

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

  /** Lists entries, latest first; a Failure: badParameter (cursor), storeFailed. */
  list(page: PageRequest): Promise<Page<AuditEntry> | Failure> {
    return attempt("storeFailed", () => this.#tables.audit.list(page));
  }
}
