import type { Milliseconds } from "../../core/ports.ts";
import type {
  ActivityBucket,
  ActivityEntry,
  ActivityTable,
} from "../../core/usage/activity-table.ts";
import type { BucketWidth } from "../../core/usage/buckets.ts";
import { bucketName } from "../bucket-name.ts";
import { ACTIVITY_ENDPOINTS } from "../upgrade.ts";
import type { Connection } from "./connection.ts";
import type { Database } from "./database.ts";

interface CountRow {
  period: string;
  name: string;
  amount: number | string;
}

export class MySqlActivity implements ActivityTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async add(entries: readonly ActivityEntry[]): Promise<void> {
    const rows = entries.flatMap(({ subject, width, window, counts, expiresAt }) =>
      Object.entries(counts).map(([name, amount]) => ({
        key: [subject, bucketName(width, window), name],
        values: [amount, expiresAt],
      })),
    );
    if (rows.length === 0) return;
    // Nodes that lock the same rows in one order do not lock each other out.
    rows.sort((one, other) => (one.key.join("\0") < other.key.join("\0") ? -1 : 1));
    // The server keeps each text that it has prepared: rows that add 0 make these few.
    const last = rows.at(-1) ?? rows[0];
    const filled = 2 ** Math.ceil(Math.log2(rows.length));
    while (last !== undefined && rows.length < filled)
      rows.push({ ...last, values: [0, ...last.values.slice(1)] });
    await this.#db.runOnce(
      `INSERT INTO waferd_activity_counts (subject, period, name, amount, expires_at)
        VALUES ${rows.map(() => "(?, ?, ?, ?, ?)").join(", ")}
        ON DUPLICATE KEY UPDATE amount = amount + VALUES(amount)`,
      rows.flatMap(({ key, values }) => [...key, ...values]),
    );
  }

  async list(
    subject: string,
    width: BucketWidth,
    windows: readonly string[],
  ): Promise<ActivityBucket[]> {
    if (windows.length === 0) return [];
    const names = windows.map((window) => bucketName(width, window));
    const marks = names.map(() => "?").join(", ");
    return this.#db.read(
      // The days that earlier versions counted have a table of their own.
      `SELECT period, name, amount FROM waferd_activity_counts
          WHERE subject = ? AND period IN (${marks})
        UNION ALL SELECT day, 'logins', logins FROM waferd_activity
          WHERE subject = ? AND day IN (${marks})
        UNION ALL SELECT day, 'verifications', verifications FROM waferd_activity
          WHERE subject = ? AND day IN (${marks})`,
      [subject, ...names, subject, ...names, subject, ...names],
      (rows: CountRow[]) =>
        windows.flatMap((window, index) => toBucket(window, names[index] ?? "", rows)),
    );
  }

  async sweep(now: Milliseconds, limit: number): Promise<number> {
    const { affectedRows: swept } = await this.#db.run(
      "DELETE FROM waferd_activity_counts WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
      [now, limit],
    );
    if (swept === limit) return swept;
    const { affectedRows: days } = await this.#db.run(
      "DELETE FROM waferd_activity WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
      [now, limit - swept],
    );
    return swept + days;
  }
}

function toBucket(window: string, of: string, rows: readonly CountRow[]): ActivityBucket[] {
  const counts: Record<string, number> = {};
  for (const { period, name, amount } of rows)
    if (period === of && Number(amount) > 0) counts[name] = (counts[name] ?? 0) + Number(amount);
  return Object.keys(counts).length === 0 ? [] : [{ window, counts }];
}

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
