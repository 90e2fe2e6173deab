import { type LeaseTable, LONGEST_LEASE } from "../../core/coordination/lease-table.ts";
import type { Milliseconds } from "../../core/ports.ts";
import { CLOCK_TOLERANCE } from "../../core/stored-time.ts";
import type { Database } from "./database.ts";

export class MySqlLeases implements LeaseTable {
  readonly #db;

  constructor(db: Database) {
    this.#db = db;
  }

  async acquire(
    name: string,
    holder: string,
    until: Milliseconds,
    now: Milliseconds,
  ): Promise<boolean> {
    // MySQL assigns from left to right, so the second assignment sees the new holder.
    await this.#db.run(
      `INSERT INTO waferd_leases (name, holder, until_at) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE
        holder = IF(until_at <= ? OR until_at > ?, ?, holder), until_at = IF(holder = ?, ?, until_at)`,
      [name, holder, until, now, now + LONGEST_LEASE + CLOCK_TOLERANCE, holder, holder, until],
    );
    const [lease] = await this.#db.run<{ holder: string }>(
      "SELECT holder FROM waferd_leases WHERE name = ?",
      [name],
    );
    return lease?.holder === holder;
  }

  async release(name: string, holder: string): Promise<void> {
    await this.#db.run("DELETE FROM waferd_leases WHERE name = ? AND holder = ?", [name, holder]);
  }

  async sweep(now: Milliseconds, limit: number): Promise<number> {
    // By name, which the primary key orders: the few rows need no index by time.
    const { affectedRows } = await this.#db.run(
      "DELETE FROM waferd_leases WHERE until_at <= ? ORDER BY name LIMIT ?",
      [now, limit],
    );
    return affectedRows;
  }
}
