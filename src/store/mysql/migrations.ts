import { StartError } from "../../core/errors.ts";
import type { ZoneMinutes } from "../../core/zone.ts";
import type { Sealer } from "../../crypto/seal.ts";
import type { Connection } from "./connection.ts";
import { adoptCredentials } from "./credential-adoption.ts";
import type { Queries } from "./database.ts";
import { fitOldTables } from "./fit.ts";
import type { Layout } from "./layout.ts";
import { fillLocks } from "./locks.ts";
import { ownTableStatements, TABLE_OPTIONS } from "./own-tables.ts";

export interface MigrationOptions {
  zone: ZoneMinutes;
  defaultAppid: string | null;
  sealer: Sealer;
  /** The database, for people. */
  place: string;
}

interface Migration {
  number: number;
  run(connection: Connection, layout: Layout, options: MigrationOptions): Promise<void>;
}

/**
 * In the order of their numbers, which are never used again. A statement that changes a table ends the transaction it
 * is in, so each has to do when it was broken off halfway and runs once more.
 */
const MIGRATIONS: readonly Migration[] = [
  { number: 1, run: createOwnTables },
  {
    number: 2,
    run: (connection, layout, { sealer }) =>
      adoptCredentials(queriesOf(connection), layout, sealer, Date.now()),
  },
];

/** The tables that have to be there before anything else can be told of a database. */
const BASE: Readonly<Record<string, string>> = {
  waferd_migrations: "number INT NOT NULL PRIMARY KEY",
  waferd_meta: `name VARCHAR(32) NOT NULL PRIMARY KEY, format INT NOT NULL, proof VARBINARY(255) NOT NULL,
    sandbox TINYINT NOT NULL`,
};

/** Makes those that are missing; once they are there, a user who may not create tables is enough. */
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
 * Brings the database up to date. The old servers' tables and the locks are looked at every time: somebody may have
 * put a dump back.
 *
 * @throws StartError when a newer version was here, or when it cannot be told whose the sessions are
 */
export async function migrate(connection: Connection, options: MigrationOptions): Promise<Layout> {
  const rows = await connection.query<{ number: number }>("SELECT number FROM waferd_migrations");
  const done = new Set(rows.map(({ number }) => number));
  const newest = Math.max(0, ...done);
  const latest = MIGRATIONS.at(-1)?.number ?? 0;
  if (newest > latest)
    throw new StartError(
      `the database ${options.place} is at migration ${newest}, and this version of waferd knows ${latest}: use the version that was here before, or a newer one`,
    );
  const layout: Layout = {
    tables: await fitOldTables(connection, options.defaultAppid),
    zone: options.zone,
  };
  for (const { number, run } of MIGRATIONS) {
    if (done.has(number)) continue;
    await run(connection, layout, options);
    await connection.query("INSERT INTO waferd_migrations (number) VALUES (?)", [number]);
  }
  await fillLocks(queriesOf(connection));
  return layout;
}

async function createOwnTables(connection: Connection): Promise<void> {
  for (const statement of ownTableStatements()) await connection.query(statement);
}

/** For what is used in calls as well. */
const queriesOf = (connection: Connection): Queries => ({
  run: (text, values) => connection.query(text, values),
});
