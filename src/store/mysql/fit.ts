import { StartError } from "../../core/errors.ts";
import { type Column, defaultFor, isText, type ServerKind, serverKind } from "./column-defaults.ts";
import type { Connection } from "./connection.ts";
import type { Queries } from "./database.ts";
import { type Layout, OLD_TABLES, type OldTable } from "./layout.ts";
import { APPID_LENGTH, NEEDS, sample, TEXT } from "./old-table-needs.ts";
import { TABLE_OPTIONS } from "./own-tables.ts";
import { findOwner } from "./ownerless.ts";

/** A table in information_schema. */
interface Found {
  name: string;
  engine: string | null;
  /** By their names in lower case. */
  columns: Map<string, Column>;
  keys: Set<string>;
  /** The first columns of its keys. */
  firsts: Set<string>;
  /** Foreign keys of the table, and of others that refer to it: how to drop each. */
  foreignKeys: readonly string[];
  hasTriggers: boolean;
}

/** The tables of the old servers in a database, and the statements that fit them. */
export interface FitPlan {
  tables: Layout["tables"];
  statements: readonly string[];
}

const quote = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

/**
 * Finds the tables of the old servers, and how to create missing ones and add missing columns and
 * keys to the others, in one ALTER each that the old servers do not notice. Changes nothing.
 *
 * @param options defaultAppid the app of a php database's sessions, if the database has several
 *   apps; triesOut whether rows are inserted, of which nothing stays
 * @throws StartError that names everything that somebody has to mend first
 */
export async function planFit(
  connection: Connection,
  { defaultAppid, triesOut }: { defaultAppid: string | null; triesOut: boolean },
): Promise<FitPlan> {
  const server = await serverKind(connection);
  const tables: Partial<Layout["tables"]> = {};
  let apps: string | null = null;
  const statements: string[] = [];
  const obstacles: string[] = [];
  for (const table of OLD_TABLES) {
    const found = await find(connection, table);
    tables[table] = quote(found?.name ?? table);
    if (table === "cAppinfo" && found !== null) apps = quote(found.name);
    if (found === null) {
      statements.push(creation(table));
      continue;
    }
    const missing = unusable(table, found);
    obstacles.push(...missing);
    if (missing.length > 0) continue;
    const owner = found.columns.has("appid")
      ? ""
      : await ownerOf(connection, table, found, apps, defaultAppid);
    const { changes, problems } = changesOf(table, found, owner, server);
    obstacles.push(...problems);
    if (problems.length > 0) continue;
    if (triesOut) obstacles.push(...(await tryOut(connection, table, found, changes)));
    if (changes.length > 0) statements.push(alteration(quote(found.name), changes));
    if (owner !== "") statements.push(withoutOwner(quote(found.name)));
  }
  if (obstacles.length > 0) throw new StartError(obstacles.join("\n"));
  return { tables: tables as Layout["tables"], statements };
}

/** Carries out a plan. Running a later plan again is harmless. */
export async function fitOldTables(connection: Connection, plan: FitPlan): Promise<void> {
  for (const statement of plan.statements) await connection.query(statement);
}

function creation(table: OldTable): string {
  const { columns, others, keys } = NEEDS[table];
  const parts = [
    others,
    ...Object.entries(columns).map(([name, type]) => `${name} ${type}`),
    ...Object.entries(keys).map(([name, key]) => `KEY ${name} (${key})`),
  ];
  return `CREATE TABLE IF NOT EXISTS ${table} (${parts.join(", ")}) ${TABLE_OPTIONS}`;
}

/** Rows that php inserts later belong to the app that is then the only one, or the default. */
const withoutOwner = (table: string): string =>
  `ALTER TABLE ${table} ALTER COLUMN appid SET DEFAULT ''`;

const alteration = (table: string, changes: readonly string[]): string =>
  `ALTER TABLE ${table} ${changes.join(", ")}, ROW_FORMAT=DYNAMIC`;

/** Returns why a table cannot be shared, whatever is changed. */
function unusable(table: OldTable, { name, engine, columns }: Found): string[] {
  if (engine === null)
    return [`${name} is a view: waferd needs a table; rename the view, or choose another mysql.db`];
  if (table === "cSessionInfo" && !columns.has("uuid"))
    return [
      `the table ${name} has no column uuid: it is of the first server of 2016, whose sessions no later server can read. Rename it (RENAME TABLE ${quote(name)} TO ${quote(`${name}_2016`)}), and waferd creates one; its users log in again`,
    ];
  const problems = Object.entries(NEEDS[table].essential).flatMap(([column, need]) => {
    const type = columns.get(column)?.type;
    if (type === undefined) return [`the table ${name} has no column ${column}: add it`];
    if (need === "time" ? /^(datetime|timestamp)$/.test(type) : isText(type)) return [];
    return [
      `the column ${column} of the table ${name} is ${type}: it must be ${need === "time" ? "DATETIME" : "VARCHAR"}`,
    ];
  });
  const id = columns.get("id");
  if (table === "cSessionInfo" && !(id?.extra.includes("auto_increment") ?? false))
    problems.push(
      `the column id of the table ${name} is not counted up: ALTER TABLE ${quote(name)} MODIFY COLUMN id INT NOT NULL AUTO_INCREMENT PRIMARY KEY`,
    );
  return problems;
}

/** Returns the changes that a table needs, and what keeps them from being made. */
function changesOf(
  table: OldTable,
  found: Found,
  owner: string,
  server: ServerKind,
): { changes: string[]; problems: string[] } {
  const { essential, columns, keys, row } = NEEDS[table];
  const changes: string[] = [];
  const problems: string[] = [];
  for (const [name, type] of Object.entries(columns))
    if (!found.columns.has(name))
      // A default fills all rows at once. The next statement takes it away.
      changes.push(
        table === "cSessionInfo" && name === "appid"
          ? `ADD COLUMN appid VARCHAR(${APPID_LENGTH}) NOT NULL DEFAULT '${owner}'`
          : `ADD COLUMN ${name} ${type}`,
      );
  for (const [name, least] of Object.entries(essential)) {
    const column = found.columns.get(name);
    if (column === undefined || least === "time" || column.length >= least) continue;
    const nullable = column.isNullable ? "NULL" : "NOT NULL";
    const fallback = column.hasDefault && !column.isNullable ? " DEFAULT ''" : "";
    changes.push(`MODIFY COLUMN ${name} VARCHAR(${least}) ${nullable}${fallback}`);
  }
  if (table === "cSessionInfo") {
    // Profiles can be longer than the 2048 characters of the old column.
    if (!/^(medium|long)text$/.test(found.columns.get("user_info")?.type ?? ""))
      changes.push(`MODIFY COLUMN user_info ${TEXT}`);
    // scf's column is half as long as an appid may be, and contains NULLs.
    if (Number(found.columns.get("appid")?.length ?? APPID_LENGTH) < APPID_LENGTH)
      changes.push(`MODIFY COLUMN appid VARCHAR(${APPID_LENGTH}) NULL DEFAULT ''`);
    if (found.columns.get("appid")?.hasValue) changes.push("ALTER COLUMN appid SET DEFAULT ''");
    if (!found.firsts.has("uuid")) changes.push("ADD KEY waferd_uuid (uuid)");
  }
  for (const [name, key] of Object.entries(keys))
    if (!found.keys.has(name)) changes.push(`ADD KEY ${name} (${key})`);
  // waferd's inserts do not name these, so the server would refuse them.
  for (const [name, column] of found.columns) {
    if (column.isNullable || column.hasDefault || column.extra !== "" || name in row) continue;
    const value = defaultFor(column, server);
    if (value !== null) changes.push(`ALTER COLUMN ${quote(name)} SET DEFAULT ${value}`);
    else
      problems.push(
        `the column ${name} of the table ${found.name} has no default, so waferd could insert no row: give it one, or let it be NULL (ALTER TABLE ${quote(found.name)} MODIFY COLUMN ${quote(name)} ${column.fullType} NULL)`,
      );
  }
  if (found.engine?.toLowerCase() !== "innodb") changes.push("ENGINE=InnoDB");
  const collations = [...found.columns.values()].map(({ collation }) => collation);
  if (collations.some((collation) => collation !== null && collation !== "utf8mb4_bin"))
    changes.push("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  const isRebuilt = changes.some((change) => /^(MODIFY|CONVERT|ENGINE)/.test(change));
  if (isRebuilt)
    problems.push(
      ...found.foreignKeys.map(
        (drop) =>
          `a foreign key keeps the table ${found.name} from being fitted: drop it first (${drop})`,
      ),
    );
  return { changes, problems };
}

/** Inserts a row as waferd does, and returns what the server refuses. Nothing of it stays. */
async function tryOut(
  connection: Connection,
  table: OldTable,
  found: Found,
  changes: readonly string[],
): Promise<string[]> {
  const problems =
    changes.length === 0 ? [] : await tryChanges(connection, table, found.name, changes);
  // The copy has no triggers.
  const isTried = changes.length > 0 && !found.hasTriggers;
  return isTried || problems.length > 0 || found.engine?.toLowerCase() !== "innodb"
    ? problems
    : tryRow(connection, table, found, changes.length === 0);
}

/** Makes the changes to an empty copy, and inserts a row there. */
async function tryChanges(
  connection: Connection,
  table: OldTable,
  name: string,
  changes: readonly string[],
): Promise<string[]> {
  const trial = "waferd_trial";
  try {
    await connection.query(`DROP TEMPORARY TABLE IF EXISTS ${trial}`);
    await connection.query(`CREATE TEMPORARY TABLE ${trial} LIKE ${quote(name)}`);
  } catch (error) {
    if (PRIVILEGES.has(errnoOf(error))) throw error;
    // Of a partitioned or versioned table, or one with a full-text key, there are no such copies.
    return [];
  }
  try {
    await connection.query(alteration(trial, changes));
    await connection.query(insertion(trial, Object.entries(NEEDS[table].row)));
    return [];
  } catch (error) {
    return [
      `the table ${name} cannot be fitted, and nothing was changed: ${messageOf(error).replaceAll(trial, name)}`,
    ];
  } finally {
    if (connection.isOpen) await connection.query(`DROP TEMPORARY TABLE IF EXISTS ${trial}`);
  }
}

/** Inserts, changes and deletes a row of the columns that the table has, and takes it back. */
async function tryRow(
  connection: Connection,
  table: OldTable,
  { name, columns }: Found,
  isComplete: boolean,
): Promise<string[]> {
  const values = Object.entries(NEEDS[table].row).flatMap(([column, value]): [string, string][] => {
    const { type = "", length = 0 } = columns.get(column) ?? {};
    if (type === "") return [];
    // The changes widen it.
    const isTooLong = isText(type) && value.startsWith("'") && value.length - 2 > length;
    return [[column, isTooLong ? sample(length) : value]];
  });
  const where = values.slice(0, 1).map(([column, value]) => `${column} = ${value}`);
  const all = values.map(([column, value]) => `${column} = ${value}`);
  await connection.query("START TRANSACTION");
  try {
    await connection.query(insertion(quote(name), values));
    await connection.query(`UPDATE ${quote(name)} SET ${all.join(", ")} WHERE ${where}`);
    await connection.query(`DELETE FROM ${quote(name)} WHERE ${where}`);
    return [];
  } catch (error) {
    const errno = errnoOf(error);
    if (PRIVILEGES.has(errno)) throw error;
    // Before the changes, other errors may be about what they mend.
    if (isComplete ? PASSING.has(errno) : errno !== SIGNALLED) return [];
    return [
      `the table ${name} refuses a row like those of waferd, and nothing was changed: ${messageOf(error)}. Drop or change the trigger, CHECK or key that does so`,
    ];
  } finally {
    if (connection.isOpen) await connection.query("ROLLBACK");
  }
}

const insertion = (table: string, values: readonly (readonly [string, string])[]): string =>
  `INSERT INTO ${table} (${values.map(([column]) => column).join(", ")}) VALUES (${values.map(([, value]) => value).join(", ")})`;

/** Errors about the user, or a server that is read-only. */
const PRIVILEGES: ReadonlySet<number> = new Set([1044, 1142, 1143, 1227, 1290, 1792, 1836]);
/** Errors of a lock that another server holds, and of a foreign key whose row is missing. */
const PASSING: ReadonlySet<number> = new Set([1205, 1213, 1452]);
/** The error of a SIGNAL. */
const SIGNALLED = 1644;

const errnoOf = (error: unknown): number => Number((error as { errno?: unknown }).errno);
const messageOf = (error: unknown): string => (error as Error).message;

/** Returns the app of a php database's sessions: its only one, or the one of default_appid. */
async function ownerOf(
  connection: Connection,
  table: OldTable,
  sessions: Found,
  apps: string | null,
  defaultAppid: string | null,
): Promise<string> {
  if (table !== "cSessionInfo") return "";
  const queries: Queries = { run: (text, values) => connection.query(text, values) };
  const owner = apps === null ? null : await findOwner(queries, apps, defaultAppid);
  if (owner !== null) return owner;
  const [another] =
    apps === null ? [] : await connection.query(`SELECT appid FROM ${apps} LIMIT 1`);
  // They are given to it when it is registered.
  if (another === undefined && defaultAppid !== null) return "";
  const any = await connection.query(`SELECT id FROM ${quote(sessions.name)} LIMIT 1`);
  if (any.length === 0) return "";
  throw new StartError(
    `the sessions in the table ${sessions.name} name no app, and cAppinfo has ${another === undefined ? "none that they could belong to" : "more than one"}: set default_appid to the appid whose they are`,
  );
}

async function find(connection: Connection, table: OldTable): Promise<Found | null> {
  const tables = await connection.query<{ name: string; engine: string | null }>(
    `SELECT TABLE_NAME AS name, ENGINE AS engine FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = DATABASE() AND LOWER(TABLE_NAME) = LOWER(?)`,
    [table],
  );
  const known = tables.find(({ name }) => name === table) ?? tables[0];
  if (known === undefined) return null;
  const columns = await connection.query<{ name: string } & Column>(
    `SELECT LOWER(COLUMN_NAME) AS name, LOWER(DATA_TYPE) AS type, COLUMN_TYPE AS fullType,
      COLLATION_NAME AS collation, COALESCE(CHARACTER_MAXIMUM_LENGTH, 0) AS length,
      IS_NULLABLE = 'YES' AS isNullable, COLUMN_DEFAULT IS NOT NULL AS hasDefault,
      COALESCE(COLUMN_DEFAULT, '') NOT IN ('', '''''', 'NULL') AS hasValue, LOWER(EXTRA) AS extra
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND BINARY TABLE_NAME = ?`,
    [known.name],
  );
  const keys = await connection.query<{ name: string; position: number; first: string }>(
    `SELECT INDEX_NAME AS name, SEQ_IN_INDEX AS position, LOWER(COLUMN_NAME) AS first
      FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND BINARY TABLE_NAME = ?`,
    [known.name],
  );
  const foreignKeys = await connection.query<{ child: string; name: string }>(
    `SELECT DISTINCT TABLE_NAME AS child, CONSTRAINT_NAME AS name FROM information_schema.KEY_COLUMN_USAGE
      WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL
        AND (BINARY TABLE_NAME = ? OR BINARY REFERENCED_TABLE_NAME = ?)`,
    [known.name, known.name],
  );
  const triggers = await connection.query(
    `SELECT TRIGGER_NAME FROM information_schema.TRIGGERS
      WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND BINARY EVENT_OBJECT_TABLE = ? LIMIT 1`,
    [known.name],
  );
  return {
    ...known,
    hasTriggers: triggers.length > 0,
    columns: new Map(
      columns.map(({ name, ...column }) => [
        name,
        {
          ...column,
          length: Number(column.length),
          isNullable: Number(column.isNullable),
          hasDefault: Number(column.hasDefault),
          hasValue: Number(column.hasValue),
        },
      ]),
    ),
    keys: new Set(keys.map(({ name }) => name)),
    firsts: new Set(
      keys.filter(({ position }) => Number(position) === 1).map(({ first }) => first),
    ),
    foreignKeys: foreignKeys.map(
      ({ child, name }) => `ALTER TABLE ${quote(child)} DROP FOREIGN KEY ${quote(name)}`,
    ),
  };
}
