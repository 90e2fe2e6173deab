import { SQL } from "bun";
import { StartError } from "../core/errors.ts";
import { Row } from "./row.ts";
import type { ServerAddress } from "./server-address.ts";
import {
  noTables,
  orderOf,
  SOURCE_TABLES,
  type SourceTable,
  type Stage,
  sourceTable,
  type TableReader,
  type TableRow,
  tablesOf,
} from "./source-tables.ts";

/** Rows of a query. */
const PAGE = 1000;
const CONNECT_SECONDS = 5;
/** Tables with fewer rows are counted, which is fast. */
const COUNTABLE = 200_000;

/** A table of the database. */
interface FoundTable {
  /** Its quoted name. */
  sql: string;
  /** About how many rows there are. */
  rows: number;
  columns: ReadonlySet<string>;
}

/** The tables of a live MySQL, read in a session that cannot write. */
export class MySqlTables implements TableReader {
  readonly name: string;
  readonly #sql;
  readonly #tables: ReadonlyMap<SourceTable, FoundTable>;

  private constructor(name: string, sql: SQL, tables: ReadonlyMap<SourceTable, FoundTable>) {
    this.name = name;
    this.#sql = sql;
    this.#tables = tables;
  }

  /**
   * Connects and finds the tables.
   *
   * @throws StartError that says what to mend
   */
  static async open(address: ServerAddress): Promise<MySqlTables> {
    const { name, host, port, user, password, database, tls } = address;
    // Given a URL, Bun reads none from the environment. It would replace an empty password from
    // there, but not one that a function returns.
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
      // Without TLS, an account of MySQL 8 needs this to log in.
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

  /** Continues after the last id, so no row is read twice while others are added or deleted. */
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

  /** For tables without ids, which have few rows. */
  async *#byPlace(sql: string, table: SourceTable): AsyncGenerator<Record<string, unknown>[]> {
    for (let from = 0; ; from += PAGE) {
      const page = await this.#read(
        `SELECT * FROM ${sql} ORDER BY ${orderOf(table)} LIMIT ${PAGE} OFFSET ${from}`,
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

/** Finds the tables in any letter case. Of two, the one in the original spelling is taken. */
async function findTables(sql: SQL): Promise<Map<SourceTable, FoundTable>> {
  const names: string[] = SOURCE_TABLES.map((table) => table.toLowerCase());
  const rows: { name: string; rows: number | string | null }[] = await sql`
    SELECT TABLE_NAME AS name, TABLE_ROWS AS \`rows\` FROM information_schema.TABLES
    WHERE TABLE_SCHEMA = DATABASE() AND LOWER(TABLE_NAME) IN ${sql(names)}`;
  const columns: { tableName: string; columnName: string }[] = await sql`
    SELECT TABLE_NAME AS tableName, LOWER(COLUMN_NAME) AS columnName FROM information_schema.COLUMNS
    WHERE TABLE_SCHEMA = DATABASE() AND LOWER(TABLE_NAME) IN ${sql(names)}`;
  const tables = new Map<SourceTable, FoundTable>();
  for (const { name, rows: count } of rows) {
    const table = sourceTable(name);
    if (table === null || (tables.has(table) && name !== table)) continue;
    const own = columns
      .filter(({ tableName }) => tableName === name)
      .map(({ columnName }) => columnName);
    tables.set(table, { sql: `\`${name}\``, rows: Number(count ?? 0), columns: new Set(own) });
  }
  return tables;
}

/** Returns why reading failed. The server's message may contain the user, never the password. */
function cannotRead(name: string, cause: unknown): StartError {
  const { code = "", errno, message } = cause as { code?: string; errno?: number; message: string };
  const hints: Record<string, string> = {
    ERR_MYSQL_CONNECTION_REFUSED: "nothing listens there, or the name is unknown",
    ERR_MYSQL_CONNECTION_TIMEOUT: "it does not answer, or is not a MySQL server",
    ERR_MYSQL_AUTHENTICATION_FAILED: `${message}; mysqls:// uses TLS, mysql:// does not`,
  };
  const why =
    Number(errno) === 1045
      ? "the server refuses the user or the password"
      : (hints[code] ?? message);
  return new StartError(`cannot read ${name}: ${why}`, { cause });
}
