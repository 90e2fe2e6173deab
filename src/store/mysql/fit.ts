import { isAppid } from "../../core/apps/app.ts";
import { StartError } from "../../core/errors.ts";
import type { Connection } from "./connection.ts";
import { type Layout, OLD_TABLES, type OldTable } from "./layout.ts";
import { TABLE_OPTIONS } from "./own-tables.ts";

/** The columns and keys that an old server's table must have. It keeps all others. */
interface Needs {
  /** Columns with their types, which some old servers' tables lack. */
  columns: Readonly<Record<string, string>>;
  /** Further columns of a table that waferd creates. */
  others: string;
  keys: Readonly<Record<string, string>>;
  /** Further columns that waferd's inserts fill. */
  filled: readonly string[];
}

const APPID_LENGTH = 200;
const TEXT = "MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL";

const NEEDS: Readonly<Record<OldTable, Needs>> = {
  cAppinfo: {
    columns: {},
    others: `appid VARCHAR(200) NOT NULL PRIMARY KEY, secret VARCHAR(300) NOT NULL, login_duration INT DEFAULT 30,
      session_duration INT DEFAULT 2592000, qcloud_appid VARCHAR(300) DEFAULT 'appid_qcloud',
      ip VARCHAR(50) DEFAULT '0.0.0.0'`,
    keys: {},
    filled: ["appid", "secret", "login_duration", "session_duration", "qcloud_appid", "ip"],
  },
  cSessionInfo: {
    columns: {
      appid: `VARCHAR(${APPID_LENGTH}) NOT NULL DEFAULT ''`,
      union_id: "VARCHAR(100) NOT NULL DEFAULT ''",
      waferd_expires_at: "BIGINT NULL DEFAULT NULL",
    },
    others: `id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uuid VARCHAR(100) NOT NULL, skey VARCHAR(100) NOT NULL,
      create_time DATETIME NOT NULL, last_visit_time DATETIME NOT NULL, open_id VARCHAR(100) NOT NULL,
      session_key VARCHAR(100) NOT NULL, user_info ${TEXT}, KEY auth (uuid, skey), KEY weixin (open_id, session_key)`,
    keys: { waferd_user: "appid, open_id, uuid", waferd_expiry: "waferd_expires_at" },
    filled: [
      ...[
        "id",
        "uuid",
        "skey",
        "create_time",
        "last_visit_time",
        "open_id",
        "session_key",
        "user_info",
      ],
      ...["appid", "union_id", "waferd_expires_at"],
    ],
  },
  cAppinfo_work: {
    columns: {
      remark: "VARCHAR(255) NOT NULL DEFAULT ''",
      access_token: "VARCHAR(521) NULL",
      expires_in: "INT NULL",
      update_time: "DATETIME NULL",
      ticket: "VARCHAR(521) NULL",
      ticket_expires_in: "INT NULL",
      ticket_update_time: "DATETIME NULL",
      agent_ticket: "VARCHAR(521) NULL",
      agent_update_time: "DATETIME NULL",
    },
    others: `corpid VARCHAR(100) NOT NULL, agentid VARCHAR(100) NOT NULL, agentsecret VARCHAR(300) NOT NULL,
      login_duration INT DEFAULT 30, session_duration INT DEFAULT 2592000,
      qcloud_appid VARCHAR(300) DEFAULT 'appid_qcloud', ip VARCHAR(50) DEFAULT '0.0.0.0',
      PRIMARY KEY (corpid, agentid)`,
    keys: {},
    filled: ["corpid", "agentid", "agentsecret", "remark"],
  },
};

interface Column {
  type: string;
  length: number;
  collation: string | null;
  /** Whether every insert has to name it. */
  required: number;
}

/** The empty value of a column, by its type. */
const EMPTY: Readonly<Record<string, string>> = {
  varchar: "''",
  char: "''",
  int: "0",
  bigint: "0",
  smallint: "0",
  tinyint: "0",
  datetime: "'1970-01-01 00:00:00'",
};

/** A table in information_schema. */
interface Found {
  name: string;
  engine: string | null;
  /** By their names in lower case. */
  columns: Map<string, Column>;
  keys: Set<string>;
  /** The first columns of its keys. */
  firsts: Set<string>;
}

const quote = (name: string): string => `\`${name.replaceAll("`", "``")}\``;

/**
 * Creates missing tables of the old servers, and adds missing columns and keys to the others, in
 * one ALTER each that the old servers do not notice. Drops nothing. Running it again is harmless.
 *
 * @param defaultAppid the app of a php database's sessions, if the database has several apps
 * @throws StartError when the app is ambiguous
 */
export async function fitOldTables(
  connection: Connection,
  defaultAppid: string | null,
): Promise<Layout["tables"]> {
  const names: Partial<Layout["tables"]> = {};
  for (const table of OLD_TABLES) {
    const found = await find(connection, table);
    names[table] = quote(found?.name ?? table);
    if (found === null) await create(connection, table);
    else await fit(connection, table, found, defaultAppid, names.cAppinfo ?? quote("cAppinfo"));
  }
  return names as Layout["tables"];
}

async function create(connection: Connection, table: OldTable): Promise<void> {
  const { columns, others, keys } = NEEDS[table];
  const parts = [
    others,
    ...Object.entries(columns).map(([name, type]) => `${name} ${type}`),
    ...Object.entries(keys).map(([name, key]) => `KEY ${name} (${key})`),
  ];
  await connection.query(
    `CREATE TABLE IF NOT EXISTS ${table} (${parts.join(", ")}) ${TABLE_OPTIONS}`,
  );
}

async function fit(
  connection: Connection,
  table: OldTable,
  found: Found,
  defaultAppid: string | null,
  apps: string,
): Promise<void> {
  const { columns, keys, filled } = NEEDS[table];
  const changes: string[] = [];
  for (const [name, type] of Object.entries(columns))
    if (!found.columns.has(name)) {
      const owner = table === "cSessionInfo" && name === "appid";
      // A default fills all rows at once, and those that php inserts later.
      const own = owner
        ? `VARCHAR(${APPID_LENGTH}) NOT NULL DEFAULT '${await ownerOf(connection, found, apps, defaultAppid)}'`
        : type;
      changes.push(`ADD COLUMN ${name} ${own}`);
    }
  if (table === "cSessionInfo") {
    // Profiles can be longer than the 2048 characters of the old column.
    if (!/^(medium|long)text$/.test(found.columns.get("user_info")?.type ?? ""))
      changes.push(`MODIFY COLUMN user_info ${TEXT}`);
    // scf's column is half as long as an appid may be, and contains NULLs.
    if (Number(found.columns.get("appid")?.length ?? APPID_LENGTH) < APPID_LENGTH)
      changes.push(`MODIFY COLUMN appid VARCHAR(${APPID_LENGTH}) NULL DEFAULT ''`);
    if (!found.firsts.has("uuid")) changes.push("ADD KEY waferd_uuid (uuid)");
  }
  for (const [name, key] of Object.entries(keys))
    if (!found.keys.has(name)) changes.push(`ADD KEY ${name} (${key})`);
  // waferd's inserts do not name the column, so the server would refuse them.
  for (const [name, { type, required }] of found.columns)
    if (Number(required) === 1 && !filled.includes(name) && EMPTY[type] !== undefined)
      changes.push(`ALTER COLUMN ${quote(name)} SET DEFAULT ${EMPTY[type]}`);
  if (found.engine?.toLowerCase() !== "innodb") changes.push("ENGINE=InnoDB");
  const collations = [...found.columns.values()].map(({ collation }) => collation);
  if (collations.some((collation) => collation !== null && collation !== "utf8mb4_bin"))
    changes.push("CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  if (changes.length === 0) return;
  await connection.query(
    `ALTER TABLE ${quote(found.name)} ${changes.join(", ")}, ROW_FORMAT=DYNAMIC`,
  );
}

/** Returns the app of a php database's sessions: its only one, or the one of default_appid. */
async function ownerOf(
  connection: Connection,
  sessions: Found,
  apps: string,
  defaultAppid: string | null,
): Promise<string> {
  if (defaultAppid !== null && isAppid(defaultAppid)) return defaultAppid;
  const rows = await connection.query<{ appid: string }>(`SELECT appid FROM ${apps} LIMIT 2`);
  const [only, another] = rows;
  if (only !== undefined && another === undefined && isAppid(only.appid)) return only.appid;
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
    `SELECT LOWER(COLUMN_NAME) AS name, LOWER(DATA_TYPE) AS type, COLLATION_NAME AS collation,
      COALESCE(CHARACTER_MAXIMUM_LENGTH, 0) AS length,
      IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL AND EXTRA = '' AS required
      FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND BINARY TABLE_NAME = ?`,
    [known.name],
  );
  const keys = await connection.query<{ name: string; position: number; first: string }>(
    `SELECT INDEX_NAME AS name, SEQ_IN_INDEX AS position, LOWER(COLUMN_NAME) AS first
      FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND BINARY TABLE_NAME = ?`,
    [known.name],
  );
  return {
    ...known,
    columns: new Map(columns.map(({ name, ...column }) => [name, column])),
    keys: new Set(keys.map(({ name }) => name)),
    firsts: new Set(
      keys.filter(({ position }) => Number(position) === 1).map(({ first }) => first),
    ),
  };
}
