import { MariaDb } from "../mariadb.ts";
import { killWithParent } from "../reaper.ts";
import type { TestStore } from "./test-store.ts";

/** The executable's account, with rights on its database only. */
const ACCOUNT = "operator";
const PASSWORD = "the-password-of-the-operator";

let server: Promise<MariaDb> | null = null;
const databases = new Map<string, Promise<string>>();

/** Returns the server, which all tests of a run share, and its database for a data folder. */
async function mysqlFor(dataDir: string): Promise<{ server: MariaDb; database: string }> {
  if (server === null) {
    server = MariaDb.start();
    const { pid, folder } = await server;
    killWithParent(pid, folder);
  }
  const started = await server;
  const database = databases.get(dataDir) ?? newDatabase(started);
  databases.set(dataDir, database);
  return { server: started, database: await database };
}

async function newDatabase(mysql: MariaDb): Promise<string> {
  const database = await mysql.database();
  await mysql.execute(`CREATE USER IF NOT EXISTS ${ACCOUNT} IDENTIFIED BY '${PASSWORD}'`);
  await mysql.execute(`GRANT ALL ON ${database}.* TO ${ACCOUNT}`);
  return database;
}

// biome-ignore lint/suspicious/noExplicitAny: the rows depend on the statement
async function sql(dataDir: string, statement: string): Promise<any[]> {
  const mysql = await mysqlFor(dataDir);
  return mysql.server.execute(statement, mysql.database);
}

const seconds = (ms: number): number => Math.round(ms / 1000);
const TABLES = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()`;

/** A MariaDB server for the tests. */
export const mysqlStore: TestStore = {
  sealsAppSecrets: false,
  takesSeveralServers: true,
  async environment(dataDir) {
    const mysql = await mysqlFor(dataDir);
    return {
      WAFERD_STORE: `mysql://${ACCOUNT}:${PASSWORD}@127.0.0.1:${mysql.server.port}/${mysql.database}`,
    };
  },
  async age(dataDir, { id }, { loginAt = 0, lastVisitAt = 0 }) {
    await sql(
      dataDir,
      `UPDATE cSessionInfo SET create_time = create_time - INTERVAL ${seconds(loginAt)} SECOND,
        last_visit_time = last_visit_time - INTERVAL ${seconds(lastVisitAt)} SECOND WHERE uuid = '${id}'`,
    );
  },
  async setSessionDuration(dataDir, appid, duration) {
    await sql(
      dataDir,
      `UPDATE cAppinfo SET session_duration = ${duration} WHERE appid = '${appid}'`,
    );
  },
  async expireCredential(dataDir, key, at) {
    await sql(dataDir, `UPDATE waferd_credentials SET expires_at = ${at} WHERE name = '${key}'`);
  },
  async refuseWrites({ dataDir }) {
    await sql(dataDir, "SET GLOBAL read_only = 1");
  },
  async allowWrites({ dataDir }) {
    await sql(dataDir, "SET GLOBAL read_only = 0");
  },
  async contents(dataDir) {
    const contents: string[] = [];
    for (const { name } of await sql(dataDir, TABLES))
      for (const row of await sql(dataDir, `SELECT * FROM \`${name}\``))
        contents.push(
          ...Object.values(row as object).map((value) =>
            value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value),
          ),
        );
    return contents.join("\n");
  },
};
