import { SQL } from "bun";
import { maskAddress } from "../../core/address.ts";
import { StartError } from "../../core/errors.ts";
import type { Unreadable } from "../../core/transfer.ts";
import type { Row } from "./rows.ts";
import { OLD_TABLES, type OldTable, type OldTables, type TableRow } from "./tables-source.ts";

const PAGE = 1000;
const CONNECT_SECONDS = 5;

/** The old tables of a live MySQL, which are only read. */
export class MySqlTables implements OldTables {
  readonly name: string;
  readonly #sql;
  /** The names as the database spells them. */
  readonly #names: ReadonlyMap<OldTable, string>;

  readonly #total: number;
  #read = 0;

  private constructor(name: string, sql: SQL, names: ReadonlyMap<OldTable, string>, total: number) {
    this.name = name;
    this.#sql = sql;
    this.#names = names;
    this.#total = total;
  }

  /**
   * Connects and looks which tables there are.
   *
   * @param address `mysql://user:password@host:3306/database`; `mysqls:` speaks TLS
   * @throws StartError with what to mend
   */
  static async open(address: string): Promise<MySqlTables> {
    const url = new URL(address);
    const name = maskAddress(address);
    const tls = url.protocol === "mysqls:";
    const sql = new SQL({
      adapter: "mysql",
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: Number(url.port || 3306),
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
      max: 1,
      connectionTimeout: CONNECT_SECONDS,
      tls,
      // Without TLS, accounts of MySQL 8 cannot log in otherwise.
      allowPublicKeyRetrieval: !tls,
    });
    try {
      const rows = (await sql.unsafe(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
      )) as { name: string }[];
      const names = new Map<OldTable, string>();
      for (const { name: table } of rows) {
        const known = OLD_TABLES.find((one) => one === table.toLowerCase());
        if (known !== undefined) names.set(known, table);
      }
      if (names.size === 0)
        throw new StartError(
          `${name} has none of the tables cAppinfo, cSessionInfo, cAppinfo_work, wafer_appinfo and wafer_sessioninfo`,
        );
      return new MySqlTables(name, sql, names, await countRows(sql, names.values()));
    } catch (error) {
      await sql.close({ timeout: 0 });
      if (error instanceof StartError) throw error;
      throw new StartError(`cannot read ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  fraction(): number {
    return this.#total === 0 ? 1 : this.#read / this.#total;
  }

  async *rows(tables: readonly OldTable[]): AsyncGenerator<TableRow | Unreadable> {
    for (const table of tables) {
      const name = this.#names.get(table);
      if (name === undefined) continue;
      if (table === "cappinfo" || table === "cappinfo_work")
        for (const row of await this.#rows(`SELECT * FROM \`${name}\``)) yield toRow(table, row);
      else yield* this.#byId(table, name);
    }
  }

  close(): Promise<void> {
    return this.#sql.close({ timeout: 0 });
  }

  async *#byId(table: OldTable, name: string): AsyncGenerator<TableRow> {
    let after = 0;
    for (;;) {
      const page = await this.#rows(
        `SELECT * FROM \`${name}\` WHERE id > ? ORDER BY id LIMIT ${PAGE}`,
        after,
      );
      for (const row of page) yield toRow(table, row);
      if (page.length < PAGE) return;
      after = Number(page.at(-1)?.["id"]);
    }
  }

  async #rows(statement: string, ...values: unknown[]): Promise<Row[]> {
    try {
      const rows = (await this.#sql.unsafe(statement, values)) as Row[];
      this.#read += rows.length;
      return rows;
    } catch (cause) {
      throw new StartError(`cannot read ${this.name}: ${(cause as Error).message}`, { cause });
    }
  }
}

async function countRows(sql: SQL, tables: Iterable<string>): Promise<number> {
  let rows = 0;
  for (const table of tables) {
    const [count] = (await sql.unsafe(`SELECT COUNT(*) AS n FROM \`${table}\``)) as { n: number | string }[];
    rows += Number(count?.n ?? 0);
  }
  return rows;
}

const toRow = (table: OldTable, row: Row): TableRow => ({
  kind: "row",
  table,
  row: Object.fromEntries(Object.entries(row).map(([column, value]) => [column.toLowerCase(), value])),
});
