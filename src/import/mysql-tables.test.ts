import { beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openFrom } from "../../test/harness/import-source.ts";
import { SourceMariaDb } from "../../test/harness/source-servers.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { StartError } from "../core/errors.ts";
import type { Moved, Unreadable } from "../core/transfer/transfer.ts";
import { allOf, OPTIONS, sessionsOf, unreadableOf } from "./fixtures/samples.ts";

const APP = "wx1111111111111111";
const SESSIONS = 2500;
const HOSTILE = "'quotes\" \\back\\slash\n),(;-- /* */ # ` 😀 \u0000\u001a\r\t%_ 爱";

/** The tables of go and scf (docs/protocol-reference.md#stored-layouts-mysql). */
const GO_TABLES = `
  CREATE TABLE cAppinfo (appid varchar(200) COLLATE utf8_unicode_ci NOT NULL COMMENT 'it''s; (the) appid',
    secret varchar(300) COLLATE utf8_unicode_ci NOT NULL, login_duration int(11) DEFAULT 30,
    session_duration int(11) DEFAULT 2592000, qcloud_appid varchar(300) COLLATE utf8_unicode_ci DEFAULT 'appid_qcloud',
    ip varchar(50) COLLATE utf8_unicode_ci DEFAULT '0.0.0.0', PRIMARY KEY (appid)) DEFAULT CHARSET=utf8;
  CREATE TABLE cSessionInfo (id int(11) NOT NULL AUTO_INCREMENT, uuid varchar(100) COLLATE utf8mb4_unicode_ci NOT NULL,
    skey varchar(100) COLLATE utf8mb4_unicode_ci NOT NULL, create_time datetime NOT NULL, last_visit_time datetime NOT NULL,
    open_id varchar(100) COLLATE utf8mb4_unicode_ci NOT NULL, session_key varchar(100) COLLATE utf8mb4_unicode_ci NOT NULL,
    user_info varchar(2048) COLLATE utf8mb4_unicode_ci DEFAULT NULL, appid varchar(200) NOT NULL,
    PRIMARY KEY (id), KEY auth (uuid, skey), KEY weixin (open_id, session_key)) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE cAppinfo_work (corpid varchar(100), agentid varchar(100), agentsecret varchar(300),
    access_token varchar(521), expires_in int, update_time datetime, remark varchar(255), ticket varchar(521),
    ticket_expires_in int, ticket_update_time datetime, agent_ticket varchar(521), agent_update_time datetime,
    UNIQUE KEY (corpid, agentid)) DEFAULT CHARSET=utf8mb4;
  CREATE TABLE aaa_blobs (id int, data longblob, geo geometry, flags bit(9), doc json);
  CREATE VIEW cSessions AS SELECT uuid FROM cSessionInfo;`;

const quoted = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte has to be escaped
  `'${text.replace(/[\\']/g, "\\$&").replace(/\u0000/g, "\\0")}'`;

let server: SourceMariaDb;

beforeAll(async () => {
  server = await SourceMariaDb.start();
  server.execute(
    "CREATE DATABASE go; CREATE DATABASE php; CREATE DATABASE django; CREATE DATABASE none",
  );
  server.execute(GO_TABLES, "go");
  const userInfo = Buffer.from(JSON.stringify({ nickName: HOSTILE })).toString("base64");
  const rows = Array.from({ length: SESSIONS }, (_, index) => {
    const id = index + 1;
    const times = "'2026-11-20 10:00:00','2026-11-21 09:30:00'";
    const openid = id % 500 === 0 ? "" : `openid-${id}`;
    return `(${id * 3},'uuid-${id}','skey-${id}',${times},'${openid}','session-key','${userInfo}','${APP}')`;
  });
  server.execute(
    `INSERT INTO cAppinfo (appid, secret) VALUES ('${APP}', 'the-secret'), ('wx2222222222222222', 'secret-2');
     INSERT INTO cSessionInfo VALUES ${rows};
     INSERT INTO cSessionInfo VALUES (9001,'zero','skey','0000-00-00 00:00:00','0000-00-00 00:00:00','o','k','','${APP}');
     INSERT INTO cAppinfo_work (corpid, agentid, agentsecret, remark, ticket, ticket_expires_in, ticket_update_time)
       VALUES ('ww1', '7', 'agent-secret', ${quoted(HOSTILE)}, 'ticket-7', 7200, '2026-11-21 11:00:00');
     INSERT INTO aaa_blobs VALUES (1, ${quoted(HOSTILE)}, POINT(1, 2), b'101', '{"a": "\\'"}'), (2, NULL, NULL, NULL, NULL);`,
    "go",
  );
  server.execute(
    `DELIMITER ;;
CREATE TRIGGER t BEFORE INSERT ON aaa_blobs FOR EACH ROW BEGIN
INSERT INTO cAppinfo VALUES ('not', 'this', 1, 1, 'don''t', '');
SET NEW.id = 1;
END ;;
DELIMITER ;`,
    "go",
  );
  for (const database of ["php", "django"])
    server.execute(
      await Bun.file(join(import.meta.dir, "fixtures", `${database}.sql`)).text(),
      database,
    );
}, 60_000);

const read = async (
  from: string,
  members: Partial<typeof OPTIONS> = {},
): Promise<(Moved | Unreadable)[]> => {
  const source = await openFrom(from, { ...OPTIONS, ...members });
  try {
    return await allOf(source);
  } finally {
    await source.close();
  }
};

describe("openSource() of a live database", () => {
  test("apps are read first, then every session once", async () => {
    const things = await read(server.address("go"));
    expect(things.slice(0, 4).map(({ kind }) => kind)).toEqual([
      "app",
      "app",
      "agent",
      "credential",
    ]);
    expect(things[2]).toMatchObject({ agent: { remark: HOSTILE, agentSecret: "agent-secret" } });
    const ids = sessionsOf(things).map(({ id }) => id);
    expect(new Set(ids).size).toBe(SESSIONS - 5);
    expect(ids).toHaveLength(SESSIONS - 5);
    expect(sessionsOf(things)[0]).toMatchObject({
      id: "uuid-1",
      appid: APP,
      loginAt: Date.UTC(2026, 10, 20, 2),
      userInfo: { openId: "openid-1", nickName: HOSTILE },
    });
    expect(unreadableOf(things)).toEqual([
      ...[1500, 3000, 4500, 6000, 7500].map((id) => `cSessionInfo row ${id}: open_id is empty`),
      "cSessionInfo row 9001: create_time is not a time",
    ]);
  });

  test("estimate() counts the rows of the old tables", async () => {
    const source = await openFrom(server.address("go"), OPTIONS);
    expect(await source.estimate()).toBe(SESSIONS + 1 + 2 + 1);
    expect(source.name).toBe(`mysql://old:***@127.0.0.1:${server.port}/go`);
    await source.close();
  });

  test("only reading statements are sent, in a read-only session", async () => {
    server.execute("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = 1");
    await read(server.address("go"));
    server.execute("SET GLOBAL general_log = 0");
    const sent = server
      .execute(
        "SELECT argument FROM mysql.general_log WHERE command_type IN ('Query', 'Execute') AND user_host LIKE 'old%'",
      )
      .trim()
      .split("\n");
    expect(sent).toContain("SET SESSION TRANSACTION READ ONLY");
    expect(
      sent.filter((statement) => statement.includes("cSessionInfo` WHERE id > ")),
    ).toHaveLength(2);
    expect(
      sent.filter(
        (statement) =>
          !/^(\\n|\s)*(SELECT|SET SESSION TRANSACTION READ ONLY|SET time_zone)/i.test(statement),
      ),
    ).toEqual([]);
  });

  test.each(["php", "django"])("the database of %s is read as its dump is", async (database) => {
    const things = await read(server.address(database));
    expect(things).toEqual(await read(join(import.meta.dir, "fixtures", `${database}.sql`)));
    expect(sessionsOf(things).length).toBeGreaterThan(1);
  });

  test("a database of waferd is read as an old one is", async () => {
    server.execute("CREATE DATABASE own");
    server.execute(
      `${GO_TABLES.replaceAll("cAppinfo", "CAPPINFO")}
      ALTER TABLE cSessionInfo ADD COLUMN waferd_expires_at bigint, MODIFY COLUMN user_info mediumtext;
      CREATE TABLE waferd_meta (name varchar(10)); INSERT INTO waferd_meta VALUES ('x');
      INSERT INTO CAPPINFO (appid, secret) VALUES ('${APP}', 'the-secret');
      INSERT INTO cSessionInfo VALUES (1,'u','sha256:${"ab".repeat(32)}','2026-11-20 10:00:00','2026-11-20 10:00:00','o','k','','${APP}',NULL)`,
      "own",
    );
    const things = await read(server.address("own"));
    expect(sessionsOf(things)).toMatchObject([
      { skey: null, skeyHash: Buffer.from("ab".repeat(32), "hex") },
    ]);
    expect(things).toHaveLength(2);
  });

  test("several apps with sessions that name none are refused, unless an app is given", async () => {
    server.execute("CREATE DATABASE several");
    server.execute(await Bun.file(join(import.meta.dir, "fixtures/php.sql")).text(), "several");
    server.execute(
      `INSERT INTO cAppInfo (appid, secret) VALUES ('wx2222222222222222', 'secret-2')`,
      "several",
    );
    const source = await openFrom(server.address("several"), OPTIONS);
    const portions = source.portions()[Symbol.asyncIterator]();
    const told = portions.next();
    await expect(told).rejects.toBeInstanceOf(StartError);
    await expect(told).rejects.toThrow(/name no app, and it has 2 apps: give their app by --appid/);
    await source.close();
    const things = await read(server.address("several"), { appid: "wx2222222222222222" });
    expect(things[0]).toMatchObject({ app: { appid: "wx2222222222222222" } });
    expect(sessionsOf(things).map(({ appid }) => appid)).toEqual(
      Array(3).fill("wx2222222222222222"),
    );
  });
});

describe("openSource() of a dump", () => {
  test.each([
    { options: [] },
    { options: ["--skip-extended-insert"] },
    { options: ["--complete-insert"] },
    { options: ["--hex-blob"] },
    { options: ["--compact", "--no-create-info", "--complete-insert", "--skip-triggers"] },
    { options: ["--net-buffer-length=4096", "--routines", "--events"] },
    { options: ["--replace", "--skip-quote-names", "--skip-comments"] },
    { options: ["--insert-ignore", "--order-by-primary"] },
    { options: ["--default-character-set=binary"] },
    { options: ["--compatible=ansi", "--default-character-set=utf8mb4", "--skip-triggers"] },
  ])("by mariadb-dump $options is read as the database is", async ({ options }) => {
    using folder = tempFolder();
    const path = join(folder.path, "dump.sql");
    const dump = server.dump("go", ...options);
    const expected = await read(server.address("go"));
    writeFileSync(path, dump);
    expect(await read(path)).toEqual(expected);
    writeFileSync(path, gzipSync(dump));
    expect(await read(path)).toEqual(expected);
  });

  test("that was cut off anywhere is read up to there, and the rest is reported missing", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "dump.sql");
    const dump = server.dump("php");
    const whole = await read(server.address("php"));
    const from = dump.indexOf("INSERT INTO `cAppInfo`") + 200;
    for (let length = from; length < dump.length - 1; length += 97) {
      writeFileSync(path, dump.subarray(0, length));
      const things = await read(path).catch((error: unknown) => error as StartError);
      if (things instanceof StartError) throw things;
      expect(things.at(-1)).toMatchObject({ reason: expect.stringContaining("it was cut off") });
      expect(things.slice(0, -1)).toEqual(whole.slice(0, things.length - 1));
    }
  });

  test("in a damaged gzip is read as far as possible, and the rest is reported missing", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "dump.sql.gz");
    const packed = gzipSync(server.dump("go"));
    writeFileSync(path, packed.subarray(0, packed.length - 2000));
    const things = await read(path);
    expect(things.at(-1)).toMatchObject({
      reason: expect.stringMatching(/the file ends .*\(gzip: .*cut off/),
    });
    expect(sessionsOf(things).length).toBeGreaterThan(100);
  });
});

describe("openSource() of an unusable database throws without the password", () => {
  test.each<{ name: string; address: () => string; message: RegExp }>([
    {
      name: "a wrong password",
      address: () => server.address("go", "wr0ng-p/ass"),
      message: /refuses the user or the password/,
    },
    { name: "no such database", address: () => server.address("missing"), message: /missing/ },
    {
      name: "a database without the tables",
      address: () => server.address("none"),
      message: /has none of the tables cAppinfo/,
    },
    {
      name: "nothing there",
      address: () => "mysql://u:wr0ng-p@127.0.0.1:1/x",
      message: /nothing listens there/,
    },
  ])("$name", async ({ address, message }) => {
    const opening = openFrom(address(), OPTIONS);
    await expect(opening).rejects.toBeInstanceOf(StartError);
    const error = await opening.catch((reason: StartError) => reason);
    expect((error as StartError).message).toMatch(message);
    expect(Bun.inspect(error)).not.toMatch(/wr0ng|p@ss|p%40ss/);
  });
});
