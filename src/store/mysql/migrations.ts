import { StartError } from "../../core/errors.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import type { Sealer } from "../../crypto/seal.ts";
import { moveActivity } from "./activity.ts";
import { addAddresses } from "./address-columns.ts";
import type { Connection } from "./connection.ts";
import { adoptCredentials } from "./credential-adoption.ts";
import type { Queries } from "./database.ts";
import { type FitPlan, fitOldTables } from "./fit.ts";
import type { Layout } from "./layout.ts";
import { fillLocks } from "./locks.ts";
import { ownTableStatements, TABLE_OPTIONS } from "./own-tables.ts";

export interface MigrationOptions {
  zone: ZoneMinutes;
  plan: FitPlan;
  sealer: Sealer;
  /** The database, for people. */
  place: string;
}

interface Migration {
  number: number;
  /** Returns how many records it changed. */
  run(connection: Connection, layout: Layout, options: MigrationOptions): Promise<number>;
}

/**
 * In the order of their numbers, which are never reused. One that is added for stores of an earlier
 * version also raises FORMAT. A statement that alters a table ends its transaction, so a migration
 * must work when it was interrupted and runs again.
 */
const MIGRATIONS: readonly Migration[] = [
  { number: 1, run: createOwnTables },
  {
    number: 2,
    async run(connection, layout, { sealer }) {
      await adoptCredentials(queriesOf(connection), layout, sealer, Date.now());
      return 0;
    },
  },
  {
    number: 3,
    async run(connection) {
      await createOwnTables(connection);
      return moveActivity(connection);
    },
  },
  { number: 6, run: addAddresses },
];

const LATEST = MIGRATIONS.at(-1)?.number ?? 0;

/** The tables that tell the version and the key of a database. */
const BASE: Readonly<Record<string, string>> = {
  waferd_migrations: "number INT NOT NULL PRIMARY KEY",
  waferd_meta: `name VARCHAR(32) NOT NULL PRIMARY KEY, format INT NOT NULL, proof VARBINARY(255) NOT NULL,
    sandbox TINYINT NOT NULL`,
};

/** Creates those that are missing; once they exist, a user who may not create tables will do. */
export async function createBase(connection: Connection): Promise<void> {
  const names = Object.keys(BASE);
  const there = await connection.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (?, ?)`,
    names,
  );
  for (const name of names)
    if (!there.some((table) => table.name === name))
      await connection.query(`CREATE TABLE IF NOT EXISTS ${name} (${BASE[name]}) ${TABLE_OPTIONS}`);
}

/**
 * Brings the database up to date. The locks are checked at every start, because a dump may have
 * been restored.
 *
 * @returns the layout, and how many records the migrations changed
 * @throws StartError when a newer version was here
 */
export async function migrate(
  connection: Connection,
  options: MigrationOptions,
): Promise<{ layout: Layout; records: number }> {
  const rows = await connection.query<{ number: number }>("SELECT number FROM waferd_migrations");
  const done = new Set(rows.map(({ number }) => number));
  const newest = Math.max(0, ...done);
  if (newest > LATEST)
    throw new StartError(
      `the database ${options.place} is at migration ${newest}, and this version of waferd knows ${LATEST}: use the version that was here before, or a newer one`,
    );
  await fitOldTables(connection, options.plan);
  const layout: Layout = { tables: options.plan.tables, zone: options.zone };
  let records = 0;
  for (const { number, run } of MIGRATIONS) {
    if (done.has(number)) continue;
    records += await run(connection, layout, options);
    await connection.query("INSERT INTO waferd_migrations (number) VALUES (?)", [number]);
  }
  // A table that only newer versions have needs no migration: older nodes can go on without it.
  await createOwnTables(connection);
  await fillLocks(queriesOf(connection));
  return { layout, records };
}

/** Returns whether a start would migrate the database. */
export async function isBehind(connection: Connection): Promise<boolean> {
  const [row] = await connection.query<{ newest: number | null }>(
    "SELECT MAX(number) AS newest FROM waferd_migrations",
  );
  return Number(row?.newest ?? 0) < LATEST || (await missingTables(connection)).length > 0;
}

/** Creates those that are missing; once they exist, a user who may not create tables will do. */
async function createOwnTables(connection: Connection): Promise<number> {
  for (const { statement } of await missingTables(connection)) await connection.query(statement);
  return 0;
}

async function missingTables(connection: Connection) {
  const there = await connection.query<{ name: string }>(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME LIKE 'waferd\\_%'`,
  );
  const names = new Set(there.map(({ name }) => name));
  return ownTableStatements().filter(({ name }) => !names.has(name));
}

/** Adapts the connection of the start to functions that calls use too. */
const queriesOf = (connection: Connection): Queries => ({
  run: (text, values) => connection.query(text, values),
});
