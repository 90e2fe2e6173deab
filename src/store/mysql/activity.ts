import type { Page, PageRequest } from "../../core/page.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { ActivityDay, ActivityEntry, ActivityTable } from "../../core/usage/activity-table.ts";
import { foreignCursor, fromCursor } from "../cursor.ts";
import { ACTIVITY_ENDPOINTS } from "../upgrade.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { toPage } from "./paging.ts";

interface DayRow {
  day: string;
  logins: number | string;
  verifications: number | string;
}

export class MySqlActivity implements ActivityTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async add({ subject, day, logins, verifications, expiresAt }: ActivityEntry): Promise<void> {
    await this.#db.runOnce(
      `INSERT INTO waferd_activity (subject, day, logins, verifications, expires_at) VALUES (?, ?, ?, ?, ?)
        ON DUPLICATE KEY UPDATE logins = logins + ?, verifications = verifications + ?`,
      [subject, day, logins, verifications, expiresAt, logins, verifications],
    );
  }

  async list(subject: string, { cursor, limit }: PageRequest): Promise<Page<ActivityDay>> {
    const first: [subject: string, day: string] = [subject, ""];
    const [of, after] = cursor === undefined ? first : fromCursor(cursor, first);
    if (of !== subject) throw foreignCursor();
    return this.#db.read(
      `SELECT day, logins, verifications FROM waferd_activity WHERE subject = ? AND day > ?
        ORDER BY day LIMIT ?`,
      [subject, after, limit + 1],
      (rows: DayRow[]) => toPage(rows, limit, ({ day }) => [subject, day], toDay),
    );
  }

  async sweep(now: Milliseconds, limit: number): Promise<number> {
    const { affectedRows } = await this.#db.run(
      "DELETE FROM waferd_activity WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
      [now, limit],
    );
    return affectedRows;
  }
}

const toDay = ({ day, logins, verifications }: DayRow): ActivityDay => ({
  day,
  logins: Number(logins),
  verifications: Number(verifications),
});

/**
 * Moves logins and verifications, which formats 1 and 2 counted among the calls of WeChat, to their
 * own table, in one transaction.
 *
 * @returns how many counts were moved
 */
export async function moveActivity(connection: Connection): Promise<number> {
  await connection.query("START TRANSACTION");
  // Locks the counts, to which nodes of the older version may still be adding.
  const [found] = await connection.query<{ counts: number | string }>(
    "SELECT COUNT(*) AS counts FROM waferd_call_counts WHERE endpoint IN (?, ?) FOR UPDATE",
    ACTIVITY_ENDPOINTS,
  );
  await connection.query(
    `INSERT INTO waferd_activity (subject, day, logins, verifications, expires_at)
      SELECT subject, period, SUM(IF(endpoint = ?, calls, 0)), SUM(IF(endpoint = ?, calls, 0)), MIN(expires_at)
      FROM waferd_call_counts WHERE endpoint IN (?, ?) GROUP BY subject, period
      ON DUPLICATE KEY UPDATE logins = waferd_activity.logins + VALUES(logins),
        verifications = waferd_activity.verifications + VALUES(verifications)`,
    [...ACTIVITY_ENDPOINTS, ...ACTIVITY_ENDPOINTS],
  );
  await connection.query(
    "DELETE FROM waferd_call_counts WHERE endpoint IN (?, ?)",
    ACTIVITY_ENDPOINTS,
  );
  await connection.query("COMMIT");
  return Number(found?.counts ?? 0);
}
