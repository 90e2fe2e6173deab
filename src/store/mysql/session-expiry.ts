import type { Milliseconds } from "../../core/ports.ts";
import { forgetAt } from "../../core/sessions/session.ts";
import type { Sweep } from "../../core/sessions/session-table.ts";
import { addToCounter } from "./counters.ts";
import type { Database, Queries } from "./database.ts";
import type { Layout } from "./layout.ts";
import { observeZone } from "./neighbour-zone.ts";
import {
  clocksOf,
  count,
  countName,
  durationsOf,
  EXPIRY_COLUMNS,
  type ExpiryRow,
  removeRows,
} from "./session-rows.ts";

/** How often the counts are corrected by other servers' deletions. */
const RECOUNT_INTERVAL: Milliseconds = 3_600_000;
/** The rows of a backlog that tell the zone of a server that writes now. */
const NEWEST = 100;
/** Rows are certainly new if all were adopted this recently. */
const NEW_ROWS: Milliseconds = 300_000;
/** A count reads a whole index. */
const RECOUNT_TIMEOUT: Milliseconds = 60_000;

/** The expiry of sessions, and the adoption of those that other servers wrote. */
export class SessionExpiry {
  readonly #db;
  readonly #layout;
  readonly #table: string;
  #recountedAt = Number.NEGATIVE_INFINITY;
  /** When no row was left to adopt; null before the first attempt. */
  #caughtUpAt: Milliseconds | null = null;

  constructor(db: Database, layout: Layout) {
    this.#db = db;
    this.#layout = layout;
    this.#table = layout.tables.cSessionInfo;
  }

  /** Removes expired sessions (see SessionTable.sweep), and moves those that were visited since. */
  sweep(now: Milliseconds, limit: number): Promise<Sweep> {
    return this.#db.transaction(async (queries) => {
      const due = await queries.run<ExpiryRow>(
        `SELECT ${EXPIRY_COLUMNS} FROM ${this.#table} WHERE waferd_expires_at <= ?
          ORDER BY waferd_expires_at LIMIT ? FOR UPDATE`,
        [now, limit],
      );
      if (due.length === 0) return { removed: 0, moved: 0 };
      const expiries = await this.#expiriesOf(queries, due);
      const moved = due.filter(({ id }) => (expiries.get(id) ?? 0) > now);
      const removed = due.filter(({ id }) => (expiries.get(id) ?? 0) <= now);
      await this.#write(queries, moved, expiries);
      await removeRows(queries, this.#layout, removed);
      return { removed: removed.length, moved: moved.length };
    });
  }

  /**
   * Adopts sessions that other servers wrote into the index of expiries and the counts.
   *
   * @returns whether there may be more
   */
  async adopt(limit: number): Promise<boolean> {
    const isFirst = this.#caughtUpAt === null;
    const areNew = this.#caughtUpAt !== null && performance.now() - this.#caughtUpAt < NEW_ROWS;
    if (isFirst) this.#caughtUpAt = Number.NEGATIVE_INFINITY;
    const adopted = await this.#db.transaction(async (queries) => {
      const rows = await queries.run<ExpiryRow>(
        `SELECT ${EXPIRY_COLUMNS} FROM ${this.#table} WHERE waferd_expires_at IS NULL LIMIT ? FOR UPDATE`,
        [limit],
      );
      // In a backlog the last visit of most rows is hours ago in any zone.
      if (isFirst) await observeZone(queries, await this.#newestRows(queries), this.#layout.zone);
      else if (areNew) await observeZone(queries, rows, this.#layout.zone);
      await this.#write(queries, rows, await this.#expiriesOf(queries, rows));
      await count(queries, rows, 1);
      return rows.length;
    });
    if (adopted === limit) return true;
    this.#caughtUpAt = performance.now();
    if (performance.now() - this.#recountedAt >= RECOUNT_INTERVAL) {
      await this.#recount();
      this.#recountedAt = performance.now();
    }
    return false;
  }

  /** Reads the rows that other servers inserted last. */
  #newestRows(queries: Queries): Promise<ExpiryRow[]> {
    return queries.run<ExpiryRow>(
      `SELECT ${EXPIRY_COLUMNS} FROM ${this.#table} WHERE waferd_expires_at IS NULL ORDER BY id DESC LIMIT ?`,
      [NEWEST],
    );
  }

  /**
   * Corrects the counts by other servers' deletions. Counts and rows are read from one snapshot,
   * and the difference is added, so concurrent changes are counted correctly.
   */
  async #recount(): Promise<void> {
    const differences = await this.#db.transaction(
      async (queries) => {
        const counted = await queries.run<{ name: string; amount: number | string }>(
          "SELECT name, CAST(SUM(amount) AS SIGNED) AS amount FROM waferd_counters WHERE name LIKE 'sessions:%' GROUP BY name",
        );
        const there = await this.#countRows(queries, "");
        const notAdopted = await this.#countRows(queries, "WHERE waferd_expires_at IS NULL");
        const difference = new Map(counted.map(({ name, amount }) => [name, -Number(amount)]));
        const add = (appid: string, amount: number): void => {
          const name = countName(appid);
          difference.set(name, (difference.get(name) ?? 0) + amount);
        };
        for (const [appid, rows] of there) add(appid, rows);
        for (const [appid, rows] of notAdopted) add(appid, -rows);
        return difference;
      },
      { timeout: RECOUNT_TIMEOUT, snapshot: true },
    );
    await this.#db.transaction(async (queries) => {
      for (const [name, amount] of differences) await addToCounter(queries, name, amount, 0);
    });
  }

  async #countRows(queries: Queries, where: string): Promise<[appid: string, rows: number][]> {
    const rows = await queries.run<{ appid: string; amount: number | string }>(
      `SELECT COALESCE(appid, '') AS appid, COUNT(*) AS amount FROM ${this.#table} ${where} GROUP BY appid`,
    );
    return rows.map(({ appid, amount }) => [appid, Number(amount)]);
  }

  /** Returns the expiry of rows by their clocks, which other servers may have moved. */
  async #expiriesOf(
    queries: Queries,
    rows: readonly ExpiryRow[],
  ): Promise<Map<number, Milliseconds>> {
    const durations = await durationsOf(
      queries,
      this.#layout,
      rows.map(({ appid }) => appid),
    );
    return new Map(
      rows.map((row) => {
        const ofApp = durations.get(row.appid);
        const byClocks =
          ofApp === undefined ? 0 : forgetAt(clocksOf(row, this.#layout.zone), ofApp);
        return [row.id, byClocks];
      }),
    );
  }

  async #write(
    queries: Queries,
    rows: readonly ExpiryRow[],
    expiries: ReadonlyMap<number, Milliseconds>,
  ): Promise<void> {
    await Promise.all(
      rows.map(({ id }) =>
        queries.run(`UPDATE ${this.#table} SET waferd_expires_at = ? WHERE id = ?`, [
          expiries.get(id) ?? 0,
          id,
        ]),
      ),
    );
  }
}
