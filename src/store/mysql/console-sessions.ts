import type { ConsoleSession } from "../../core/access/console-session.ts";
import type { ConsoleSessionTable } from "../../core/access/console-session-table.ts";
import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import { fromCursor } from "../cursor.ts";
import type { Database } from "./database.ts";
import { toPage } from "./paging.ts";

interface ConsoleSessionRow {
  id: string;
  proof: string;
  started_at: number | string;
  last_used_at: number | string;
}

export class MySqlConsoleSessions implements ConsoleSessionTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async get(id: string): Promise<ConsoleSession | null> {
    return this.#db.read(
      "SELECT * FROM waferd_console_sessions WHERE id = ?",
      [id],
      ([row]: ConsoleSessionRow[]) => (row === undefined ? null : toSession(row)),
    );
  }

  async create({ id, proof, startedAt, lastUsedAt }: ConsoleSession): Promise<void> {
    await this.#db.run(
      `REPLACE INTO waferd_console_sessions (id, proof, started_at, last_used_at)
        VALUES (?, ?, ?, ?)`,
      [id, proof, startedAt, lastUsedAt],
    );
  }

  async touch(id: string, lastUsedAt: Milliseconds): Promise<void> {
    await this.#db.run(
      `UPDATE waferd_console_sessions SET last_used_at = ?
        WHERE id = ? AND (last_used_at < ? OR last_used_at > ?)`,
      [lastUsedAt, id, lastUsedAt, lastUsedAt + CLOCK_TOLERANCE],
    );
  }

  async remove(id: string): Promise<boolean> {
    return this.#db.transaction(async (queries) => {
      const { affectedRows } = await queries.run(
        "DELETE FROM waferd_console_sessions WHERE id = ?",
        [id],
      );
      return affectedRows > 0;
    });
  }

  async list({ cursor, limit }: PageRequest): Promise<Page<ConsoleSession>> {
    const after = cursor === undefined ? "" : fromCursor(cursor, "");
    return this.#db.read(
      "SELECT * FROM waferd_console_sessions WHERE id > ? ORDER BY id LIMIT ?",
      [after, limit + 1],
      (rows: ConsoleSessionRow[]) => toPage(rows, limit, ({ id }) => id, toSession),
    );
  }
}

const toSession = (row: ConsoleSessionRow): ConsoleSession => ({
  id: row.id,
  proof: row.proof,
  startedAt: Number(row.started_at),
  lastUsedAt: Number(row.last_used_at),
});
