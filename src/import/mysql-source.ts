import { SQL } from "bun";
import { StartError } from "../core/errors.ts";
import {
  noTables,
  OLD_TABLES,
  type OldTable,
  type OldTables,
  oldTable,
  type Stage,
  type TableRow,
  tablesOf,
} from "./old-tables.ts";
import { Row } from "./row.ts";
import type { SourceAddress } from "./source-address.ts";

/** How many rows are asked for at once. */
const PAGE = 1000;
const CONNECT_SECONDS = 5;
/** Up to so many rows it takes no time to count them. */
const COUNTABLE = 200_000;

/** A table as the database knows it. */
interface FoundTable {
  /** As it is to stand in SQL. */
  sql: string;
  /** About how many. */
  rows: number;
  columns: ReadonlySet<string>;
}

/** The old tables of a live MySQL, in a session that cannot write. */
export class MySqlTables implements OldTables {
  readonly name: string;
  readonly #sql;
  readonly #tables: ReadonlyMap<OldTable, FoundTable>;

  private constructor(name: string, sql: SQL, tables: ReadonlyMap<OldTable, FoundTable>) {
    this.name = name;
    this.#sql = sql;
    this.#tables = tables;
  }

  /**
   * Connects, and looks which tables there are.
   *
   * @throws StartError with what to mend
   */
  static async open(address: SourceAddress): Promise<MySqlTables> {
    const { name, host, port, user, password, database, tls } = address;
    // With a URL Bun reads nothing from the environment, and an empty password would be replaced from there; a
    // function's is not.
    const sql = new SQL("mysql://localhost", {
      adapter: "mysql",
      hostname: host,
      port,
      username: user,
      password: () => password,
      database,
      max: 1,
      connectionTimeout: CONNECT_SECONDS,
      idleTimeout: 0,
      maxLifetime: 0,
      bigint: false,
      tls: tls ? { rejectUnauthorized: true } : false,
      // Without TLS an account of MySQL 8 can log in only so.
      allowPublicKeyRetrieval: !tls,
    });
    try {
      await sql.unsafe("SET SESSION TRANSACTION READ ONLY");
      const tables = await findTables(sql);
      if (tables.size === 0) throw new StartError(noTables(name));
      return new MySqlTables(name, sql, tables);
    } catch (error) {
      await sql.close({ timeout: 0 });
      throw error instanceof StartError ? error : cannotRead(name, error);
    }
  }

  async estimate(): Promise<number> {
    let sum = 0;
    for (const { sql, rows } of this.#tables.values())
      sum +=
        rows > COUNTABLE
          ? rows
          : Number((await this.#read(`SELECT COUNT(*) AS n FROM ${sql}`))[0]?.["n"]);
    return sum;
  }

  async *rows(stage: Stage): AsyncGenerator<TableRow[]> {
    for (const table of tablesOf(stage)) {
      const found = this.#tables.get(table);
      if (found === undefined) continue;
      if (stage === "sessions" && !found.columns.has("id"))
        throw new StartError(`the table ${table} of ${this.name} has no column id`);
      const pages = found.columns.has("id")
        ? this.#byId(found.sql)
        : this.#byPlace(found.sql, table);
      let number = 0;
      for await (const page of pages)
        yield page.map((row) => ({
          kind: "row",
          table,
          number: ++number,
          row: new Row(Object.entries(row)),
        }));
    }
  }

  close(): Promise<void> {
    return this.#sql.close({ timeout: 0 });
  }

  /** A page is where the one before it ended: no row is met twice, whatever is added or deleted meanwhile. */
  async *#byId(sql: string): AsyncGenerator<Record<string, unknown>[]> {
    let after: unknown = null;
    for (;;) {
      const where = after === null ? "" : "WHERE id > ?";
      const page = await this.#read(
        `SELECT * FROM ${sql} ${where} ORDER BY id LIMIT ${PAGE}`,
        after === null ? [] : [after],
      );
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
      after = Object.entries(page.at(-1) ?? {}).find(([column]) => /^id$/i.test(column))?.[1];
    }
  }

  /** Of apps and agents there are few, and they have no number. */
  async *#byPlace(sql: string, table: OldTable): AsyncGenerator<Record<string, unknown>[]> {
    const order = table === "cAppinfo_work" ? "corpid, agentid" : "appid";
    for (let from = 0; ; from += PAGE) {
      const page = await this.#read(
        `SELECT * FROM ${sql} ORDER BY ${order} LIMIT ${PAGE} OFFSET ${from}`,
      );
      if (page.length > 0) yield page;
      if (page.length < PAGE) return;
    }
  }

  async #read(statement: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    try {
      return await this.#sql.unsafe(statement, values);
    } catch (error) {
      throw cannotRead(this.name, error);
    }
  }
}

/** The old tables, which are met in several letter cases; of one that is there twice, the one that is spelled right. */
async function findTables(sql: SQL): Promise<Map<OldTable, FoundTable>> {
  const names: string[] = OLD_TABLES.map((table) => table.toLowerCase());
  const rows: { name: string; rows: number | string | null }[] = await sql`
    SELECT TABLE_NAME AS name, TABLE_ROWS AS \`rows\` FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND LOWER(TABLE_NAME) IN ${sql(names)}`;
  const columns: { tableName: string; columnName: string }[] = await sql`
    SELECT TABLE_NAME AS tableName, LOWER(COLUMN_NAME) AS columnName FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND LOWER(TABLE_NAME) IN ${sql(names)}`;
  const tables = new Map<OldTable, FoundTable>();
  for (const { name, rows: count } of rows) {
    const table = oldTable(name);
    if (table === null || (tables.has(table) && name !== table)) continue;
    const own = columns
      .filter(({ tableName }) => tableName === name)
      .map(({ columnName }) => columnName);
    tables.set(table, { sql: `\`${name}\``, rows: Number(count ?? 0), columns: new Set(own) });
  }
  return tables;
}

/** What the server says names the user at most, never the password. */
function cannotRead(name: string, cause: unknown): StartError {
  const { code = "", errno, message } = cause as { code?: string; errno?: number; message: string };
  const hints: Record<string, string> = {
    ERR_MYSQL_CONNECTION_REFUSED: "nothing listens there, or the name is unknown",
    ERR_MYSQL_CONNECTION_TIMEOUT: "it does not answer, or is no MySQL server",
    ERR_MYSQL_AUTHENTICATION_FAILED: `${message}; mysqls:// speaks TLS, mysql:// does not`,
  };
  const why =
    Number(errno) === 1045
      ? "the server refuses the user or the password"
      : (hints[code] ?? message);
  return new StartError(`cannot read ${name}: ${why}`, { cause });
}
