import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { CallCount, CallCountEntry } from "../../core/usage/call-count.ts";
import type { CallCountTable } from "../../core/usage/call-count-table.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import type { Database } from "./database.ts";
import { toPage } from "./paging.ts";

interface CountRow {
  subject: string;
  period: string;
  endpoint: string;
  calls: number | string;
}

type CountKey = [subject: string, window: string, endpoint: string];

export class MySqlCallCounts implements CallCountTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async add({ subject, window, endpoint, expiresAt }: CallCountEntry, amount = 1): Promise<number> {
    // LAST_INSERT_ID of a value is what the answer to the statement carries back.
    const { lastInsertRowid } = await this.#db.runOnce(
      `INSERT INTO waferd_call_counts (subject, period, endpoint, calls, expires_at)
        VALUES (?, ?, ?, LAST_INSERT_ID(?), ?) ON DUPLICATE KEY UPDATE calls = LAST_INSERT_ID(calls + ?)`,
      [subject, window, endpoint, amount, expiresAt, amount],
    );
    return Number(lastInsertRowid);
  }

  async list(subject: string, { cursor, limit }: PageRequest): Promise<Page<CallCount>> {
    const first: CountKey = [subject, "", ""];
    const [of, window, endpoint] = cursor === undefined ? first : fromCursor(cursor, first);
    if (of !== subject) throw foreignCursor();
    return this.#db.read(
      `SELECT subject, period, endpoint, calls FROM waferd_call_counts
        WHERE subject = ? AND (period > ? OR (period = ? AND endpoint > ?)) ORDER BY period, endpoint LIMIT ?`,
      [subject, window, window, endpoint, limit + 1],
      (rows: CountRow[]) => toPage(rows, limit, keyOf, toCount),
    );
  }

  async sweep(now: Milliseconds, limit: number): Promise<number> {
    const { affectedRows } = await this.#db.run(
      "DELETE FROM waferd_call_counts WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
      [now, limit],
    );
    return affectedRows;
  }
}

const keyOf = ({ subject, period, endpoint }: CountRow): CountKey => [subject, period, endpoint];

const toCount = ({ subject, period, endpoint, calls }: CountRow): CallCount => ({
  subject,
  window: period,
  endpoint,
  count: Number(calls),
});
