import type { Connection } from "./connection.ts";

/**
 * Adds the columns of addresses where an earlier version made the tables.
 *
 * @returns how many records it changed: none
 */
export async function addAddresses(connection: Connection): Promise<number> {
  for (const [table, column] of [
    ["waferd_audit", "address"],
    ["waferd_service_keys", "last_used_from"],
  ] as const) {
    const there = await connection.query(
      `SELECT 1 FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?`,
      [table, column],
    );
    if (there.length === 0)
      await connection.query(`ALTER TABLE ${table} ADD COLUMN ${column} VARCHAR(64) NULL`);
  }
  return 0;
}
