import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { MariaDb } from "../../../test/harness/mariadb.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import type { Moved, Unreadable } from "../../core/transfer.ts";
import { openSource } from "./open-source.ts";

let server: MariaDb;
let database: string;
beforeAll(async () => {
  server = await MariaDb.start();
  database = await server.database();
  await server.execute(
    `SET NAMES utf8mb4;
    CREATE TABLE cAppInfo (appid varchar(200) NOT NULL, secret varchar(300) NOT NULL, login_duration int DEFAULT 30,
      session_duration int DEFAULT 2592000, qcloud_appid varchar(300), ip varchar(50), PRIMARY KEY (appid)) CHARSET=utf8;
    CREATE TABLE cSessioninfo (id int NOT NULL AUTO_INCREMENT, appid varchar(200) NOT NULL, uuid varchar(100) NOT NULL,
      skey varchar(100) NOT NULL, create_time datetime NOT NULL, last_visit_time datetime NOT NULL,
      open_id varchar(100) NOT NULL, session_key varchar(100) NOT NULL, user_info varchar(2048) NOT NULL,
      PRIMARY KEY (id)) CHARSET=utf8mb4;
    CREATE TABLE cAppinfo_work (corpid varchar(100), agentid varchar(100), agentsecret varchar(300),
      access_token varchar(521), expires_in int, update_time datetime, remark varchar(255), UNIQUE KEY k (corpid, agentid)) CHARSET=utf8mb4;
    INSERT INTO cAppInfo VALUES ('wx1','se''cret\\\\;--',7,NULL,'q','0.0.0.0');
    INSERT INTO cAppinfo_work VALUES ('ww1','1','agent-secret','tok\\"en',7200,'2026-11-21 19:30:00','a\\nb),(\\0 \\Z 😀 \`x\` /* no */ # --');
    INSERT INTO cSessioninfo (appid, uuid, skey, create_time, last_visit_time, open_id, session_key, user_info)
      SELECT 'wx1', CONCAT('id-', seq), CONCAT('skey-', seq), '2026-11-20 08:00:00', '2026-11-21 08:00:00',
        CONCAT('open-', seq), 'a2V5', TO_BASE64('{"nickName":"爱丽丝 😀"}') FROM seq_1_to_2500;`,
    database,
  );
});
afterAll(() => server[Symbol.dispose]());

async function read(from: string): Promise<(Moved | Unreadable)[]> {
  const source = await openSource(from, {
    context: { zone: 480, now: Date.parse("2026-11-21T12:00:00Z") },
    appid: null,
    sealer: () => {
      throw new Error("nothing is sealed");
    },
  });
  const things: (Moved | Unreadable)[] = [];
  for await (const portion of source.portions()) {
    expect(portion.length).toBeLessThanOrEqual(500);
    things.push(...portion);
  }
  expect(source.fraction()).toBe(1);
  await source.close();
  return things;
}

const address = (): string => {
  const { user, password, port } = server.connection(database);
  return `mysql://${user}:${password}@127.0.0.1:${port}/${database}`;
};

test("a live database gives everything, page by page, and is not written to", async () => {
  const things = await read(address());
  expect(things).toHaveLength(2503);
  expect(things.slice(0, 4)).toMatchObject([
    { kind: "app", app: { appid: "wx1", appSecret: "se'cret\\;--", loginDurationDays: 7 } },
    { kind: "agent", agent: { remark: "a\nb),(\0 \u001a 😀 `x` /* no */ # --" } },
    { kind: "credential", credential: { value: 'tok"en' } },
    { kind: "session", session: { id: "id-1", userInfo: { nickName: "爱丽丝 😀" } } },
  ]);
  const tables = await server.execute("SHOW TABLES", database);
  expect(tables).toHaveLength(3);
});

test.each([
  [],
  ["--skip-extended-insert"],
  ["--complete-insert", "--no-create-info"],
  ["--hex-blob", "--replace", "--skip-quote-names"],
])("what mariadb-dump %p writes of it says the same", async (...options) => {
  using folder = tempFolder();
  const path = join(folder.path, "dump.sql");
  const { user, password, port } = server.connection(database);
  const dumped = Bun.spawnSync([
    ...["mariadb-dump", "--no-defaults", "--host=127.0.0.1", `--port=${port}`, `--user=${user}`],
    ...[
      `--password=${password}`,
      "--default-character-set=utf8mb4",
      `--result-file=${path}`,
      ...options,
      database,
    ],
  ]);
  expect(dumped.stderr.toString()).toBe("");
  const byName = (thing: Moved | Unreadable): string => JSON.stringify(thing);
  expect((await read(path)).map(byName).sort()).toEqual((await read(address())).map(byName).sort());
});
