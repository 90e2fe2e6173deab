import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  sampleAgent,
  sampleApp,
  sampleCredential,
  sampleIssue,
  sampleRef,
  sampleServiceKey,
  sampleWeappUser,
} from "../../../test/conformance/samples.ts";
import { storeConformance } from "../../../test/conformance/suite.ts";
import { MariaDb } from "../../../test/harness/mariadb.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { StartError, StoreMissing } from "../../core/errors.ts";
import { type MySqlStoreOptions, openMySqlStore } from "./driver.ts";
import { isTooOld } from "./start.ts";

const server = await MariaDb.start();
afterAll(() => server[Symbol.dispose]());

const MASTER_KEY = "ab".repeat(32);

const open = (database: string, dataDir: string, options: Partial<MySqlStoreOptions> = {}) =>
  openMySqlStore({
    mysql: server.connection(database),
    zone: 480,
    dataDir,
    masterKey: null,
    sandbox: false,
    defaultAppid: null,
    ...options,
  });

storeConformance({
  name: "mysql",
  async place() {
    const folder = tempFolder();
    const database = await server.database();
    return {
      open: () => open(database, folder.path),
      dispose: async () => {
        await server.execute(`DROP DATABASE ${database}`);
        folder[Symbol.dispose]();
      },
    };
  },
});

/** A database with records in every table, and the folder of its keys. */
async function databaseWithData() {
  const folder = tempFolder();
  const database = await server.database();
  const store = await open(database, folder.path);
  await store.apps.create(sampleApp());
  await store.sessions.issue(sampleIssue(1));
  await store.workAgents.put(sampleAgent());
  await store.credentials.put(sampleCredential());
  await store.serviceKeys.create(sampleServiceKey(1));
  await store.weappUsers.remember(sampleWeappUser());
  await store.idempotency.begin("k", sampleRef(1).skeyHash, 0, 1);
  await store.idempotency.finish("k", "the-answer-of-a-request", 2);
  await store.claims.claim("code-of-alice", 0, 1000);
  await store.claims.finish("code-of-alice", () => "the-answer-of-a-claim", 1, 1_000_000);
  await store.close();
  return { database, folder, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("waferd's tables contain no secret, session_key, skey, code or token in clear", async () => {
  using data = await databaseWithData();
  const tables = await server.execute(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${data.database}'`,
  );
  const own = tables.map(({ name }) => name).filter((name) => name.startsWith("waferd_"));
  expect(own.length).toBeGreaterThan(10);
  let dump = "";
  for (const name of own) {
    const rows = await server.execute(`SELECT * FROM ${name}`, data.database);
    for (const value of rows.flatMap((row) => Object.values(row)))
      dump += `${value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value}\n`;
  }
  expect(dump).toContain(sampleWeappUser().openid);
  for (const secret of [
    sampleApp().appSecret,
    "session-key-1",
    "skey-1",
    sampleAgent().agentSecret,
    sampleCredential().value,
    sampleWeappUser().code,
    "key-1",
    "the-answer-of-a-request",
    "code-of-alice",
    "the-answer-of-a-claim",
  ])
    expect(dump).not.toContain(secret);
});

test("openMySqlStore() creates a private data folder with the key and nothing else", async () => {
  using parent = tempFolder();
  const dataDir = join(parent.path, "new", "folder");
  await (await open(await server.database(), dataDir)).close();
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(readdirSync(dataDir)).toEqual(["master.key"]);
});

test.each<{
  name: string;
  damage: (dataDir: string) => void;
  options: Partial<MySqlStoreOptions>;
  message: RegExp;
}>([
  {
    name: "another master key",
    damage: (dir) => writeFileSync(join(dir, "master.key"), MASTER_KEY),
    options: {},
    message: /not the one that sealed the data in the MySQL database test_\d+ at 127.0.0.1:\d+/,
  },
  {
    name: "no master key, as a second node has it",
    damage: (dir) => rmSync(join(dir, "master.key")),
    options: {},
    message:
      /is missing, and the data in the MySQL database .*put back the file of the node that made it/,
  },
  {
    name: "a wrong WAFERD_MASTER_KEY",
    damage: () => undefined,
    options: { masterKey: MASTER_KEY },
    message: /WAFERD_MASTER_KEY is not the one/,
  },
  {
    name: "the sandbox",
    damage: () => undefined,
    options: { sandbox: true },
    message: /belongs to real apps.*choose another mysql.db/,
  },
])(
  "openMySqlStore() of a database with $name throws a StartError and loses nothing",
  async ({ damage, options, message }) => {
    using data = await databaseWithData();
    const path = join(data.folder.path, "master.key");
    const key = readFileSync(path);
    damage(data.folder.path);
    const error = await open(data.database, data.folder.path, options).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toMatch(message);
    writeFileSync(path, key);
    const store = await open(data.database, data.folder.path);
    expect(await store.apps.get(sampleApp().appid)).not.toBeNull();
    await store.close();
  },
);

test("openMySqlStore() refuses a sandbox database without the sandbox", async () => {
  using folder = tempFolder();
  const database = await server.database();
  await (await open(database, folder.path, { sandbox: true })).close();
  await expect(open(database, folder.path)).rejects.toThrow(
    /made by the sandbox.*choose another mysql.db/,
  );
});

test.each<{ when: string; members: Partial<MySqlStoreOptions["mysql"]>; message: RegExp }>([
  {
    when: "nothing listens",
    members: { port: 1 },
    message: /127.0.0.1:1\/x: nothing listens there.*mysql.host and mysql.port$/,
  },
  {
    when: "the host is unknown",
    members: { host: "no.such.host.invalid" },
    message: /or the name is unknown. Check mysql.host/,
  },
  {
    when: "the password is wrong",
    members: { password: "not-the-password" },
    message:
      /refuses the user or the password. Check mysql.user and mysql.password \(WAFERD_MYSQL_PASSWORD\)/,
  },
  {
    when: "the database is unknown",
    members: {},
    message:
      /no such database.*Check mysql.db, or create it: CREATE DATABASE `x` CHARACTER SET utf8mb4/,
  },
  {
    when: "the server offers no TLS",
    members: { tls: true },
    message: /TLS failed.*must offer TLS.*mysql.tls = false/,
  },
])(
  "openMySqlStore() when $when throws a StartError that says what to mend",
  async ({ members, message }) => {
    using folder = tempFolder();
    const mysql = { ...server.connection("x"), ...members };
    const error = await open("x", folder.path, { mysql }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toMatch(message);
    expect((error as StartError).message).not.toContain(mysql.password);
  },
);

test("openMySqlStore() of a server that accepts and never answers throws a StartError", async () => {
  using folder = tempFolder();
  const mute = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const mysql = { ...server.connection("x"), port: mute.port };
  await expect(open("x", folder.path, { mysql })).rejects.toThrow(
    /does not answer, or is not a MySQL server/,
  );
  mute.stop(true);
}, 10_000);

test("openMySqlStore() as a user who may only read throws a StartError with the privileges to add", async () => {
  using folder = tempFolder();
  const database = await server.database();
  await server.execute(
    `CREATE USER reader IDENTIFIED BY 'r'; GRANT SELECT ON ${database}.* TO reader`,
  );
  const mysql = { ...server.connection(database), user: "reader", password: "r" };
  await expect(open(database, folder.path, { mysql })).rejects.toThrow(
    /cannot prepare the database reader@.*CREATE command denied.*needs ALL privileges/,
  );
});

test("openMySqlStore() ignores the environment's settings of a connection", async () => {
  using data = await databaseWithData();
  const nobody = { ...server.connection(data.database), user: "nobody", password: "" };
  await server.execute(`CREATE USER nobody; GRANT ALL ON ${data.database}.* TO nobody`);
  const options = {
    mysql: nobody,
    zone: 0,
    dataDir: data.folder.path,
    masterKey: null,
    sandbox: false,
    defaultAppid: null,
  };
  const script = `import { openMySqlStore } from ${JSON.stringify(join(import.meta.dir, "driver.ts"))};
    const store = await openMySqlStore(${JSON.stringify(options)});
    console.log(await store.apps.count());
    await store.close();`;
  const other = "mysql://other:other@127.0.0.1:1/other?socket=/nowhere&sslmode=require";
  const ran = Bun.spawnSync([process.execPath, "-e", script], {
    env: {
      DATABASE_URL: other,
      MYSQL_URL: other,
      TLS_MYSQL_DATABASE_URL: other,
      MYSQL_HOST: "other",
      MYSQL_PORT: "1",
      MYSQL_USER: "other",
      MYSQL_PASSWORD: "other",
      MYSQL_DATABASE: "other",
    },
  });
  expect(`${ran.stdout}${ran.stderr}`).toBe("1\n");
});

test.each([
  { version: "5.7.8-log", expected: true },
  { version: "5.7.9", expected: false },
  { version: "5.6.51", expected: true },
  { version: "8.0.36-0ubuntu0.22.04.1", expected: false },
  { version: "9.1.0", expected: false },
  { version: "10.1.48-MariaDB", expected: true },
  { version: "10.2.0-MariaDB-log", expected: false },
  { version: "11.4.2-MariaDB", expected: false },
  { version: "5.5.68-MariaDB", expected: true },
  { version: "", expected: true },
])('isTooOld("$version") returns $expected', ({ version, expected }) => {
  expect(isTooOld(version)).toBe(expected);
});

test("openMySqlStore() that is read-only throws StoreMissing and writes nothing", async () => {
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const database = await server.database();
  const tables = () => server.execute("SHOW TABLES", database);
  const opening = open(database, dataDir, { isReadOnly: true });
  await expect(opening).rejects.toThrow(StoreMissing);
  expect([await tables(), readdirSync(folder.path)]).toEqual([[], []]);
  await (await open(database, dataDir)).close();
  await (await open(database, dataDir, { isReadOnly: true })).close();
});
