import type { AuditAction, AuditEntry } from "../../core/access/audit.ts";
import type { AuditTable } from "../../core/access/audit-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import { fromCursor } from "../cursor.ts";
import type { Database } from "./database.ts";
import { toPage } from "./paging.ts";

interface AuditRow {
  id: number | string;
  happened_at: number | string;
  actor: string;
  request_id: string | null;
  action: AuditAction;
  target: string;
  changed: string;
  address: string | null;
}

export class MySqlAudit implements AuditTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async append({ at, by, requestId, address, action, target, changed }: AuditEntry): Promise<void> {
    await this.#db.runOnce(
      "INSERT INTO waferd_audit (happened_at, actor, request_id, action, target, changed, address) VALUES (?, ?, ?, ?, ?, ?, ?)",
      [at, by, requestId, action, target, JSON.stringify(changed), address],
    );
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<AuditEntry>> {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : fromCursor(cursor, 0);
    return this.#db.read(
      "SELECT * FROM waferd_audit WHERE id < ? ORDER BY id DESC LIMIT ?",
      [before, limit + 1],
      (rows: AuditRow[]) => toPage(rows, limit, ({ id }) => Number(id), toEntry),
    );
  }
}

const toEntry = (row: AuditRow): AuditEntry => ({
  at: Number(row.happened_at),
  by: row.actor,
  requestId: row.request_id,
  address: row.address,
  action: row.action,
  target: row.target,
  changed: JSON.parse(row.changed) as string[],
});
