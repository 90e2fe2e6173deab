import type { Page, PageRequest } from "../page.ts";
import type { Awaitable } from "../ports.ts";
import type { AuditEntry } from "./audit.ts";

export interface AuditTable {
  append(entry: AuditEntry): Promise<void>;
  /** Lists entries, latest first. */
  list(page: PageRequest): Awaitable<Page<AuditEntry>>;
}
