import { afterAll, expect, test } from "bun:test";
import {
  FAR,
  sampleAgent,
  sampleApp,
  sampleCredential,
  sampleIssue,
} from "../../../test/conformance/samples.ts";
import { MariaDb } from "../../../test/harness/mariadb.ts";
import {
  GO_TABLES,
  PHP_TABLES,
  SCF_TABLES,
  sessionRow,
} from "../../../test/harness/old-databases.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { until } from "../../../test/harness/until.ts";
import { StartError, StoreMissing, UpgradeNeeded } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { sha256 } from "../../crypto/digest.ts";
import { type MySqlStoreOptions, openMySqlStore } from "./driver.ts";

const server = await MariaDb.start();
afterAll(() => server[Symbol.dispose]());

const CHINA = 480;
const DAY = 86_400_000;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
/** Returns a time as a datetime in China. */
const inChina = (time: number): string =>
  new Date(time + CHINA * 60_000).toISOString().slice(0, 19).replace("T", " ");
const NOW = Math.floor(Date.now() / 1000) * 1000;

/** A database after these statements, and a function that opens the store on it. */
async function old(...statements: string[]) {
  const folder = tempFolder();
  const database = await server.database();
  if (statements.length > 0) await server.execute(statements.join("\n"), database);
  const stores: Store[] = [];
  return {
    run: (sql: string) => server.execute(sql, database),
    async open(options: Partial<MySqlStoreOptions> = {}): Promise<Store> {
      const store = await openMySqlStore({
        mysql: server.connection(database),
        zone: CHINA,
        dataDir: folder.path,
        masterKey: null,
        sandbox: false,
        defaultAppid: null,
        ...options,
      });
      stores.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store.close();
      await server.execute(`DROP DATABASE ${database}`);
      folder[Symbol.dispose]();
    },
  };
}

const app = (appid: string, table = "cAppinfo", more = ""): string =>
  `INSERT INTO ${table} SET appid = '${appid}', secret = 'secret-of-${appid}'${more};`;
const phpSession = (uuid: string, row: Partial<Parameters<typeof sessionRow>[1]> = {}): string =>
  sessionRow("cSessionInfo", {
    uuid,
    skey: `skey-${uuid}`,
    openid: `openid-${uuid}`,
    createdAt: inChina(NOW),
    ...row,
  });

test("the sessions of a php database belong to its only app, also with invalid profiles", async () => {
  const profile = base64(
    '{"openId":"openid-a","nickName":"爱丽丝 😀","watermark":{"appid":"wx1"}}',
  );
  await using db = await old(
    PHP_TABLES,
    app("wx1"),
    phpSession("a", {
      userInfo: profile,
      createdAt: inChina(NOW - DAY),
      visitedAt: inChina(NOW - 5000),
    }),
    phpSession("A", { openid: "OPENID-a", userInfo: base64("\u0001rubbish") }),
    phpSession("c", { userInfo: "%%%" }),
    phpSession("d"),
  );
  const store = await db.open();
  expect(await store.sessions.getWithSessionKey("a")).toEqual({
    id: "a",
    appid: "wx1",
    openid: "openid-a",
    unionid: null,
    skeyHash: sha256("skey-a"),
    userInfo: { openId: "openid-a", nickName: "爱丽丝 😀" },
    loginAt: NOW - DAY,
    lastVisitAt: NOW - 5000,
    sessionKey: "key-of-a",
  });
  for (const { id, openid } of [
    { id: "A", openid: "OPENID-a" } as const,
    { id: "c", openid: "openid-c" } as const,
  ])
    expect(await store.sessions.get(id)).toMatchObject({ openid, userInfo: { openId: openid } });
  expect((await store.sessions.list("wx1", null, { limit: 9 })).items.map(({ id }) => id)).toEqual([
    "A",
    "a",
    "c",
    "d",
  ]);
  expect(await store.adopt(100)).toBe(false);
  expect(await store.sessions.count("wx1")).toBe(4);
  expect(await store.apps.first()).toMatchObject({
    appid: "wx1",
    number: 1,
    appSecret: "secret-of-wx1",
  });
  // php goes on inserting rows.
  await db.run(phpSession("e"));
  expect(await store.sessions.get("e")).toMatchObject({ appid: "wx1" });
});

test("a login of a php user keeps id and profile, and stores a long profile", async () => {
  await using db = await old(
    PHP_TABLES,
    app("wx1"),
    phpSession("a", { openid: "alice", userInfo: base64('{"nickName":"old","city":"上海"}') }),
  );
  const store = await db.open();
  const issue = sampleIssue(1, {
    appid: "wx1",
    openid: "alice",
    profile: { nickName: "x".repeat(15_000) },
  });
  const { session, isNew } = await store.sessions.issue(issue);
  expect([session.id, isNew]).toEqual(["a", false]);
  const kept = await store.sessions.get("a");
  expect(kept?.userInfo).toMatchObject({ city: "上海", nickName: "x".repeat(15_000) });
  expect(await store.sessions.count("wx1")).toBe(1);
});

test("openMySqlStore() of a php database with several apps needs default_appid, else changes nothing", async () => {
  await using db = await old(PHP_TABLES, app("wx1"), app("wx2"), phpSession("a"));
  const error = await db.open().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StartError);
  expect((error as StartError).message).toMatch(
    /cSessionInfo name no app.*more than one.*set default_appid/,
  );
  expect(await db.run("SHOW COLUMNS FROM cSessionInfo")).toHaveLength(8);
  const store = await db.open({ defaultAppid: "wx2" });
  expect(await store.sessions.get("a")).toMatchObject({ appid: "wx2" });
});

test.each([
  { name: "no app and no session", statements: PHP_TABLES },
  { name: "two apps and no session", statements: PHP_TABLES + app("wx1") + app("wx2") },
])(
  "openMySqlStore() of an unused php database with $name needs no default_appid",
  async ({ statements }) => {
    await using db = await old(statements);
    await (await db.open()).adopt(10);
  },
);

test("openMySqlStore() completes an interrupted start, and fits a restored table again", async () => {
  await using db = await old(PHP_TABLES, app("wx1"), phpSession("a"));
  await (await db.open()).close();
  await db.run(`DELETE FROM waferd_migrations; DROP TABLE waferd_audit; DELETE FROM waferd_locks WHERE slot > 3;
    ALTER TABLE cSessionInfo DROP KEY waferd_expiry, DROP COLUMN union_id`);
  const store = await db.open();
  await store.sessions.issue(sampleIssue(1, { appid: "wx1" }));
  expect(await store.sessions.get("a")).toMatchObject({ appid: "wx1" });
  expect(await store.audit.list({ limit: 1 })).toEqual({ items: [], next: null });
  await store.close();
  await db.run(
    `DROP TABLE cSessionInfo; DROP TABLE cAppinfo; ${PHP_TABLES} ${app("wx1")} ${phpSession("b")}`,
  );
  expect(await (await db.open()).sessions.get("b")).toMatchObject({ appid: "wx1" });
});

test("openMySqlStore() works for two nodes that start at the same time", async () => {
  await using db = await old(PHP_TABLES, app("wx1"), phpSession("a"));
  const stores = await Promise.all([db.open(), db.open(), db.open()]);
  for (const store of stores) {
    expect(await store.sessions.get("a")).not.toBeNull();
    expect(await store.apps.first()).toMatchObject({ number: 1 });
  }
});

test("openMySqlStore() refuses a database with an unknown migration", async () => {
  await using db = await old();
  await (await db.open()).close();
  await db.run("INSERT INTO waferd_migrations (number) VALUES (99)");
  await expect(db.open()).rejects.toThrow(
    /is at migration 99.*use the version that was here before/,
  );
});

/** The statements of the go server, with its columns. */
const goSession = (uuid: string, row: Partial<Parameters<typeof sessionRow>[1]> = {}): string =>
  sessionRow("cSessioninfo", {
    uuid,
    skey: `skey-${uuid}`,
    openid: `openid-${uuid}`,
    createdAt: inChina(NOW),
    appid: "wx1",
    ...row,
  });
const goDatabase = () =>
  old(GO_TABLES, app("wx1", "cAppInfo", ", login_duration = 0"), app("wx2", "cAppInfo"));

test("a go database in another letter case: apps with odd durations, and a login that go reads", async () => {
  await using db = await old(
    GO_TABLES,
    app("wx1", "cAppInfo", ", login_duration = 0, session_duration = NULL"),
    app("wx2", "cAppInfo", ", login_duration = 7, session_duration = 2147483647"),
  );
  const store = await db.open();
  expect((await store.apps.list({ limit: 9 })).items).toMatchObject([
    { appid: "wx1", number: 1, loginDurationDays: 30, sessionDurationSeconds: 2_592_000 },
    { appid: "wx2", number: 2, loginDurationDays: 7, sessionDurationSeconds: 315_360_000 },
  ]);
  const issue = sampleIssue(1, { appid: "wx1", loginAt: NOW, profile: { nickName: "爱丽丝 😀" } });
  await store.sessions.issue(issue);
  const [row] = await db.run(`SELECT * FROM cSessioninfo WHERE appid = 'wx1' AND uuid = 'session-1'
    AND skey = 'skey-1' ORDER BY id DESC LIMIT 1`);
  expect(row).toMatchObject({
    open_id: issue.openid,
    session_key: "session-key-1",
    create_time: new Date(NOW + CHINA * 60_000),
    last_visit_time: new Date(NOW + CHINA * 60_000),
  });
  expect(JSON.parse(Buffer.from(row.user_info, "base64").toString())).toEqual({
    openId: issue.openid,
    nickName: "爱丽丝 😀",
  });
});

test("an app that go registers, changes and deletes is read at once", async () => {
  await using db = await goDatabase();
  const store = await db.open();
  await db.run(app("wx0", "cAppInfo"));
  expect(await store.apps.update("wx0", { title: "t" })).toMatchObject({
    number: 3,
    revision: 2,
    title: "t",
  });
  await db.run(app("wx3", "cAppInfo"));
  expect(await store.apps.get("wx3")).toMatchObject({ number: 4, appSecret: "secret-of-wx3" });
  await db.run(app("wx4", "cAppInfo"));
  expect(await store.apps.getByNumber(5)).toMatchObject({ appid: "wx4" });
  await db.run(
    "UPDATE cAppInfo SET secret = 'new' WHERE appid = 'wx4'; DELETE FROM cAppInfo WHERE appid = 'wx1'",
  );
  expect(await store.apps.get("wx4")).toMatchObject({ appSecret: "new", number: 5 });
  expect(await store.apps.get("wx1")).toBeNull();
  expect(await store.apps.first()).toMatchObject({ appid: "wx2" });
  expect(await store.apps.count()).toBe(4);
  expect(await store.apps.create(sampleApp({ appid: "wx5" }))).toMatchObject({ number: 6 });
  const [row] = await db.run("SELECT qcloud_appid, ip FROM cAppInfo WHERE appid = 'wx5'");
  expect(row).toEqual({ qcloud_appid: "appid_qcloud", ip: "0.0.0.0" });
});

test("a session of go is checked, visited, listed, counted and expired as waferd's own", async () => {
  await using db = await goDatabase();
  const store = await db.open();
  await store.adopt(10);
  await db.run(goSession("a", { openid: "alice", visitedAt: inChina(NOW - 600_000) }));
  const ref = { id: "a", appid: "wx1", skeyHash: sha256("skey-a") };
  const visit = { lastVisitAt: NOW, ifVisitedBefore: NOW - 60_000, expiresAt: NOW + 37 * DAY };
  expect(await store.sessions.touch([{ ...ref, ...visit, skeyHash: sha256("x") }])).toBe(0);
  expect(await store.sessions.touch([{ ...ref, ...visit }])).toBe(1);
  expect((await store.sessions.list("wx1", "alice", { limit: 2 })).items).toMatchObject([
    { lastVisitAt: NOW },
  ]);
  expect(await store.sessions.count("wx1")).toBe(0);
  await store.adopt(10);
  expect(await store.sessions.count("wx1")).toBe(1);
  // 30 days for either clock, which go's 0 means, and 7 more.
  expect((await store.sessions.dump("wx1", { limit: 1 })).items).toMatchObject([
    { expiresAt: NOW + 37 * DAY },
  ]);
  expect(await store.sessions.sweep(NOW + 37 * DAY - 1, 10)).toEqual({ removed: 0, moved: 0 });
  expect(await store.sessions.sweep(NOW + 37 * DAY, 10)).toEqual({ removed: 1, moved: 0 });
  expect(await store.sessions.count("wx1")).toBe(0);
});

test("adopt() works in batches, and a login over a session that is not adopted yet counts it", async () => {
  await using db = await goDatabase();
  const store = await db.open();
  await db.run(["a", "b", "c", "d"].map((uuid) => goSession(uuid)).join(""));
  const { session } = await store.sessions.issue(
    sampleIssue(1, { appid: "wx1", openid: "openid-d" }),
  );
  expect(session.id).toBe("d");
  expect(await store.sessions.count("wx1")).toBe(1);
  expect([await store.adopt(2), await store.adopt(2)]).toEqual([true, false]);
  expect(await store.sessions.count("wx1")).toBe(4);
  expect(await store.sessions.revoke({ id: "a", appid: "wx1" })).toBe(true);
  expect(await store.sessions.revokeByApp("wx1", 10)).toBe(3);
  expect(await store.sessions.count("wx1")).toBe(0);
});

test("sweep() moves an adopted session that go visited, and does not remove it", async () => {
  await using db = await goDatabase();
  const store = await db.open();
  const loggedIn = NOW - 20 * DAY;
  await db.run("UPDATE cAppInfo SET session_duration = 3600 WHERE appid = 'wx1'");
  await db.run(
    goSession("a", { createdAt: inChina(loggedIn) }) +
      goSession("b", { createdAt: inChina(loggedIn) }),
  );
  await store.adopt(10);
  await db.run(`UPDATE cSessioninfo SET last_visit_time = '${inChina(NOW)}' WHERE uuid = 'a'`);
  expect(await store.sessions.sweep(NOW, 10)).toEqual({ removed: 1, moved: 1 });
  expect(await store.sessions.get("b")).toBeNull();
  expect(await store.sessions.sweep(NOW + 7 * DAY + 3_600_000, 10)).toEqual({
    removed: 1,
    moved: 0,
  });
});

test("a login of go, which deletes and inserts, is one session, and adopt() corrects the count", async () => {
  await using db = await goDatabase();
  const store = await db.open();
  await store.sessions.issue(sampleIssue(1, { appid: "wx1", openid: "alice" }));
  await db.run(`DELETE FROM cSessioninfo WHERE appid = 'wx1' AND open_id = 'alice';
    ${goSession("g", { openid: "alice" })}`);
  expect(await store.sessions.get("session-1")).toBeNull();
  expect(await store.sessions.get("g")).toMatchObject({ openid: "alice" });
  await store.adopt(10);
  expect(await store.sessions.count("wx1")).toBe(1);
  await db.run("DELETE FROM cSessioninfo");
  const another = await db.open();
  await another.adopt(10);
  expect(await store.sessions.count("wx1")).toBe(0);
});

test("of several rows with one uuid, every method uses the newest", async () => {
  await using db = await goDatabase();
  const store = await db.open();
  await db.run(
    goSession("a", { openid: "alice", skey: "old", visitedAt: inChina(NOW + 5000) }) +
      goSession("a", { openid: "alice", skey: "new" }) +
      goSession("b", { openid: "bob" }),
  );
  await store.adopt(10);
  expect(await store.sessions.get("a")).toMatchObject({ skeyHash: sha256("new") });
  const first = await store.sessions.list("wx1", null, { limit: 1 });
  const second = await store.sessions.list("wx1", null, { limit: 1, cursor: first.next ?? "" });
  expect([...first.items, ...second.items].map(({ id, skeyHash }) => [id, skeyHash])).toEqual([
    ["a", sha256("new")],
    ["b", sha256("skey-b")],
  ]);
  const { session } = await store.sessions.issue(
    sampleIssue(1, { appid: "wx1", openid: "alice", sessionsPerUser: 2 }),
  );
  expect(session.id).toBe("session-1");
  expect(
    (await store.sessions.list("wx1", "alice", { limit: 9 })).items.map(({ id }) => id),
  ).toEqual(["a", "session-1"]);
  expect(await store.sessions.count("wx1")).toBe(3);
});

test("openMySqlStore() of an scf database reads unionids, and adopts valid tokens and tickets", async () => {
  const fetched = inChina(NOW - 60_000);
  await using db = await old(
    SCF_TABLES,
    app(
      "wx1",
      "cAppinfo",
      `, access_token = 'app-token', expires_in = 7200, update_time = '${fetched}'`,
    ),
    app(
      "wx2",
      "cAppinfo",
      `, access_token = 'stale-token', expires_in = 59, update_time = '${fetched}'`,
    ),
    app("wx3", "cAppinfo", ", access_token = 'undated-token'"),
    `INSERT INTO cAppinfo_work SET corpid = 'ww1', agentid = '1', agentsecret = 'agent-secret', remark = '备注',
      access_token = 'work-token', update_time = '${fetched}', ticket = 'work-ticket', ticket_expires_in = 7200,
      ticket_update_time = '${fetched}', agent_ticket = 'agent-ticket', agent_update_time = '${fetched}';`,
    phpSession("a", { appid: "wx1", unionid: "u1" }),
    phpSession("b", { appid: "wx2", userInfo: base64('{"unionId":"u2"}') }),
    phpSession("c"),
    "UPDATE cSessionInfo SET appid = NULL, union_id = NULL WHERE uuid = 'c';",
  );
  const store = await db.open();
  expect(await store.sessions.get("a")).toMatchObject({
    unionid: "u1",
    userInfo: { unionId: "u1" },
  });
  expect(await store.sessions.get("b")).toMatchObject({ unionid: "u2" });
  expect(await store.sessions.get("c")).toMatchObject({ appid: "", unionid: null });
  expect(await store.adopt(10)).toBe(false);
  expect((await store.credentials.list({ limit: 9 })).items).toMatchObject([
    {
      key: "app:wx1:token",
      value: "app-token",
      fetchedAt: NOW - 60_000,
      expiresAt: NOW + 7_140_000,
    },
    { key: "work:ww1:1:agent-ticket", value: "agent-ticket" },
    { key: "work:ww1:1:ticket", value: "work-ticket" },
    { key: "work:ww1:1:token", value: "work-token" },
  ]);
  const agent = { corpid: "ww1", agentid: "1", agentSecret: "agent-secret", remark: "备注" };
  expect(await store.workAgents.get("ww1", "1")).toEqual({
    ...agent,
    createdAt: NOW - 60_000,
    updatedAt: NOW - 60_000,
  });
  await store.workAgents.put(sampleAgent({ ...agent, agentSecret: "new", remark: "😀" }));
  const [row] = await db.run("SELECT * FROM cAppinfo_work");
  expect(row).toMatchObject({ agentsecret: "new", remark: "😀", access_token: "", ticket: "" });
  expect(await store.credentials.get("work:ww1:1:token")).toBeNull();
  // This appid is longer than scf's column was.
  const appid = "w".repeat(200);
  await store.sessions.issue(sampleIssue(1, { appid, expiresAt: FAR }));
  expect(await store.sessions.get("session-1")).toMatchObject({ appid });
});

test("a fork's required columns do not prevent a login, an app or an agent", async () => {
  await using db = await old(
    SCF_TABLES,
    `ALTER TABLE cAppinfo ADD COLUMN owner varchar(20) NOT NULL, MODIFY update_time datetime NOT NULL;
    ALTER TABLE cSessionInfo ADD COLUMN level int NOT NULL, ADD COLUMN seen datetime NOT NULL;
    ALTER TABLE cAppinfo_work MODIFY access_token varchar(521) NOT NULL, MODIFY ip varchar(50) NOT NULL;`,
  );
  const store = await db.open();
  expect(await store.apps.create(sampleApp())).toMatchObject({ number: 1 });
  expect(await store.sessions.issue(sampleIssue(1))).toMatchObject({ isNew: true });
  expect(await store.workAgents.put(sampleAgent())).toMatchObject({ isNew: true });
});

test("openMySqlStore() of an up-to-date database needs no privilege to change tables", async () => {
  await using db = await old(PHP_TABLES, app("wx1"));
  await (await db.open()).close();
  const [{ name }] = await db.run("SELECT DATABASE() AS name");
  await db.run(
    `CREATE USER plain IDENTIFIED BY 'p'; GRANT SELECT, INSERT, UPDATE, DELETE ON ${name}.* TO plain`,
  );
  const store = await db.open({
    mysql: { ...server.connection(name), user: "plain", password: "p" },
  });
  expect(await store.sessions.issue(sampleIssue(1, { appid: "wx1" }))).toMatchObject({
    isNew: true,
  });
});

test("an emptied lock table refuses changes until the next start fills it", async () => {
  await using db = await old(PHP_TABLES);
  const store = await db.open();
  await db.run("DELETE FROM waferd_locks");
  await expect(store.sessions.issue(sampleIssue(1))).rejects.toMatchObject({ kind: "corrupt" });
  await db.open();
  expect(await store.sessions.issue(sampleIssue(1))).toMatchObject({ isNew: true });
});

/** The statement by which php inserts a session: it names no app. */
const phpLogin = (uuid: string, profile = ""): string =>
  `INSERT INTO cSessionInfo SET uuid = '${uuid}', skey = 'skey-${uuid}', create_time = '${inChina(NOW)}',
    last_visit_time = '${inChina(NOW)}', open_id = 'openid-of-${uuid}', session_key = 'key', user_info = '${profile}';`;

test.each<{ name: string; statements: string[]; opened: string[] }>([
  {
    name: "before the app was registered",
    statements: [PHP_TABLES],
    opened: [app("wx1"), phpLogin("a"), phpLogin("b")],
  },
  {
    name: "before a column without their app was added, as go's README does",
    statements: [
      PHP_TABLES,
      app("wx1"),
      phpLogin("a"),
      phpLogin("b"),
      "ALTER TABLE cSessionInfo ADD COLUMN appid varchar(200) NOT NULL;",
    ],
    opened: [],
  },
  {
    name: "into the tables that waferd made",
    statements: [],
    opened: [app("wx1"), phpLogin("a"), phpLogin("b")],
  },
  {
    name: "with NULL for an appid",
    statements: [SCF_TABLES, app("wx1")],
    opened: [
      phpLogin("a"),
      phpLogin("b"),
      "UPDATE cSessionInfo SET appid = NULL WHERE appid = '';",
    ],
  },
])("a session that php inserted $name belongs to the only app", async ({ statements, opened }) => {
  await using db = await old(...statements);
  const store = await db.open();
  if (opened.length > 0) await db.run(opened.join(""));
  await db.run(
    `UPDATE cSessionInfo SET user_info = '${base64('{"nickName":"A","unionId":"u1"}')}' WHERE uuid = 'a'`,
  );
  expect(await store.sessions.get("a")).toMatchObject({ appid: "wx1", openid: "openid-of-a" });
  expect(await store.sessions.getWithSessionKey("b")).toMatchObject({ appid: "wx1" });
  const ref = { id: "a", appid: "wx1", skeyHash: sha256("skey-a") };
  const visit = { lastVisitAt: NOW + 60_000, ifVisitedBefore: NOW, expiresAt: NOW + DAY };
  expect(await store.sessions.touch([{ ...ref, ...visit }])).toBe(1);
  await db.run("UPDATE cSessionInfo SET appid = '' WHERE uuid = 'a'");
  // The next login of the user keeps what php knew.
  const login = { appid: "wx1", openid: "openid-of-a", id: "new", unionid: null, profile: null };
  const { session, isNew } = await store.sessions.issue(sampleIssue(1, login));
  expect([isNew, session.id, session.unionid]).toEqual([false, "a", "u1"]);
  expect(session.userInfo).toMatchObject({ nickName: "A", unionId: "u1" });
  await store.adopt(10);
  expect(await store.sessions.count("wx1")).toBe(2);
  // As php reads it.
  const [row] = await db.run("SELECT uuid FROM cSessionInfo WHERE uuid = 'a' AND skey = 'skey-1'");
  expect(row).toEqual({ uuid: "a" });
});

test("sessions without an app stay without one while there are two, until default_appid names it", async () => {
  await using db = await old();
  const store = await db.open();
  await db.run([app("wx1"), app("wx2"), phpLogin("a")].join(""));
  expect(await store.sessions.get("a")).toMatchObject({ appid: "" });
  await store.adopt(10);
  expect(await store.sessions.count("")).toBe(1);
  const login = { appid: "wx1", openid: "openid-of-a", id: "new" };
  expect((await store.sessions.issue(sampleIssue(1, login))).isNew).toBe(true);
  await db.run("DELETE FROM cSessionInfo WHERE uuid = 'new'");
  const named = await db.open({ defaultAppid: "wx2" });
  expect(await named.sessions.get("a")).toMatchObject({ appid: "wx2" });
  expect([await named.sessions.count(""), await named.sessions.count("wx2")]).toEqual([0, 1]);
});

test.each([
  { name: "a new table", change: "" },
  {
    name: "a table of an earlier version",
    change: "ALTER TABLE cSessionInfo ALTER COLUMN appid SET DEFAULT 'wx1'",
  },
])("in $name php's later sessions belong to the app that is then php's", async ({ change }) => {
  await using db = await old(PHP_TABLES, app("wx1"), phpLogin("a"));
  await (await db.open()).close();
  if (change !== "") await db.run(change);
  const store = await db.open();
  await db.run(`DELETE FROM cAppinfo; ${app("wx2")}`);
  await db.run(phpLogin("b"));
  expect(await store.sessions.get("a")).toMatchObject({ appid: "wx1" });
  await until(async () => (await store.sessions.get("b"))?.appid === "wx2");
});

test("a default_appid that is not registered takes no session until it is", async () => {
  await using db = await old(PHP_TABLES, app("wx1"), phpLogin("a"));
  const store = await db.open({ defaultAppid: "wxtypo" });
  expect(await store.sessions.get("a")).toMatchObject({ appid: "wx1" });
  await db.run("UPDATE cSessionInfo SET appid = ''");
  expect(await store.sessions.get("a")).toMatchObject({ appid: "wx1" });
  await db.run("UPDATE cSessionInfo SET appid = ''; DELETE FROM cAppinfo");
  const early = await db.open({ defaultAppid: "wx2" });
  expect(await early.sessions.get("a")).toMatchObject({ appid: "" });
  await db.run(app("wx2") + app("wx3"));
  await until(async () => (await early.sessions.get("a"))?.appid === "wx2");
});

test("openMySqlStore() that is read-only changes nothing, and tells what a start would change", async () => {
  await using db = await old(PHP_TABLES, app("wx1"));
  const [{ name }] = await db.run("SELECT DATABASE() AS name");
  const content = async (): Promise<unknown> => {
    const tables = (await db.run("SHOW TABLES")).flatMap((row: object) => Object.values(row));
    return Promise.all(
      tables.map(async (table: string) => [
        await db.run(`SHOW CREATE TABLE ${table}`),
        await db.run(`SELECT * FROM ${table}`),
      ]),
    );
  };
  const untouched = await content();
  await expect(db.open({ isReadOnly: true })).rejects.toThrow(StoreMissing);
  expect(await content()).toEqual(untouched);
  await (await db.open()).close();
  await db.run(`${app("wx0")}${phpLogin("a")}UPDATE cSessionInfo SET appid = ''`);
  const before = await content();
  const store = await db.open({ isReadOnly: true, defaultAppid: "wx0" });
  expect(await store.sessions.get("a")).toMatchObject({ appid: "wx0" });
  expect(await store.apps.get("wx0")).toMatchObject({ appSecret: "secret-of-wx0" });
  await store.close();
  expect(await content()).toEqual(before);
  await db.run(`ALTER TABLE ${name}.cSessionInfo DROP COLUMN union_id`);
  const restored = await content();
  await expect(db.open({ isReadOnly: true })).rejects.toThrow(UpgradeNeeded);
  expect(await content()).toEqual(restored);
});

test("adopt() takes the token that scf fetched later, and keeps a later one of waferd's", async () => {
  await using db = await old(SCF_TABLES, app("wx1"));
  const store = await db.open();
  const own = {
    ...sampleCredential(),
    key: "app:wx1:token",
    value: "own",
    expiresAt: NOW + 7_000_000,
  };
  await store.credentials.put({ ...own, fetchedAt: NOW - 600_000 });
  const forced = (at: number, token: string) =>
    db.run(
      `UPDATE cAppinfo SET access_token = '${token}', expires_in = 7200, update_time = '${inChina(at)}' WHERE appid = 'wx1'`,
    );
  await forced(NOW - 900_000, "earlier");
  await store.adopt(10);
  expect(await store.credentials.get(own.key)).toMatchObject({ value: "own" });
  await forced(NOW - 300_000, "later");
  await store.adopt(10);
  expect(await store.credentials.get(own.key)).toMatchObject({
    value: "later",
    expiresAt: NOW - 300_000 + 7_200_000,
  });
});

test("tables that waferd made have the columns of scf's cached token", async () => {
  await using db = await old();
  const store = await db.open();
  await store.apps.create(sampleApp({ appid: "wx1" }));
  await db.run(
    `UPDATE cAppinfo SET access_token = 't', expires_in = 7200, update_time = '${inChina(NOW)}' WHERE appid = 'wx1'`,
  );
});

const trigger = (body: string): string =>
  `CREATE TRIGGER ours BEFORE INSERT ON cSessionInfo FOR EACH ROW ${body}`;

test.each<{ name: string; change: string; isRefused?: RegExp; from?: string }>([
  { name: "a text", change: "ALTER TABLE cSessionInfo ADD COLUMN note text NOT NULL" },
  { name: "a blob", change: "ALTER TABLE cSessionInfo ADD COLUMN note blob NOT NULL" },
  { name: "a decimal", change: "ALTER TABLE cAppinfo ADD COLUMN price decimal(9,2) NOT NULL" },
  { name: "a date", change: "ALTER TABLE cSessionInfo ADD COLUMN born date NOT NULL" },
  { name: "a timestamp", change: "ALTER TABLE cSessionInfo ADD COLUMN seen timestamp NOT NULL" },
  { name: "an enum", change: "ALTER TABLE cAppinfo ADD COLUMN kind enum('a''b','c') NOT NULL" },
  { name: "a set", change: "ALTER TABLE cAppinfo ADD COLUMN tags set('a','b') NOT NULL" },
  { name: "a double", change: "ALTER TABLE cSessionInfo ADD COLUMN score double NOT NULL" },
  { name: "a bit", change: "ALTER TABLE cSessionInfo ADD COLUMN flag bit(1) NOT NULL" },
  { name: "a short skey", change: "ALTER TABLE cSessionInfo MODIFY skey char(32) NOT NULL" },
  { name: "a short uuid", change: "ALTER TABLE cSessionInfo MODIFY uuid varchar(20) NOT NULL" },
  { name: "a short key", change: "ALTER TABLE cSessionInfo MODIFY session_key char(24) NULL" },
  {
    name: "a short secret",
    change: "ALTER TABLE cAppinfo MODIFY secret char(16) NOT NULL DEFAULT 'x'",
  },
  {
    name: "no durations",
    change: "ALTER TABLE cAppinfo DROP COLUMN login_duration, DROP COLUMN ip",
  },
  {
    name: "columns in capitals",
    change:
      "ALTER TABLE cSessionInfo CHANGE uuid UUID varchar(100) NOT NULL, CHANGE id ID int NOT NULL AUTO_INCREMENT",
  },
  { name: "partitions", change: "ALTER TABLE cSessionInfo PARTITION BY HASH (id) PARTITIONS 2" },
  {
    name: "a full-text key",
    change: "ALTER TABLE cSessionInfo ADD FULLTEXT KEY words (user_info)",
  },
  { name: "a harmless trigger", change: trigger("SET NEW.skey = NEW.skey") },
  {
    name: "a unionid of digits only",
    change: "ALTER TABLE cSessionInfo ADD COLUMN union_id int NOT NULL",
    isRefused: /^the table cSessionInfo cannot be fitted, and nothing was changed: .*union_id/,
  },
  {
    name: "durations that are too small",
    change: "ALTER TABLE cAppinfo MODIFY login_duration tinyint",
    isRefused: /^the table cAppinfo cannot be fitted, and nothing was changed: .*login_duration/,
  },
  {
    name: "a CHECK of the length of an skey",
    change: "ALTER TABLE cSessionInfo ADD CONSTRAINT short CHECK (char_length(skey) = 32)",
    isRefused: /^the table cSessionInfo cannot be fitted, and nothing was changed: .*short/,
  },
  {
    name: "a trigger that refuses rows",
    change: trigger("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not by you'"),
    isRefused: /^the table cSessionInfo refuses a row.*not by you.*Drop or change the trigger/,
  },
  {
    name: "a JSON column, whose empty value its check refuses",
    change: "ALTER TABLE cSessionInfo ADD COLUMN extra json NOT NULL",
    isRefused: /^the table cSessionInfo cannot be fitted, and nothing was changed: .*extra/,
  },
  {
    name: "a geometry",
    change: "ALTER TABLE cSessionInfo ADD COLUMN place point NOT NULL",
    isRefused:
      /^the column place of the table cSessionInfo has no default.*MODIFY COLUMN `place` point NULL/,
  },
  {
    name: "a foreign key of another table",
    change: `CREATE TABLE orders (appid varchar(200) CHARACTER SET utf8, CONSTRAINT fk_app FOREIGN KEY (appid)
      REFERENCES cAppinfo (appid)) ENGINE=InnoDB`,
    isRefused:
      /^a foreign key keeps the table cAppinfo from being fitted: drop it first \(ALTER TABLE `orders` DROP FOREIGN KEY `fk_app`\)$/,
  },
  {
    name: "a view",
    change: "RENAME TABLE cSessionInfo TO s; CREATE VIEW cSessionInfo AS SELECT * FROM s",
    isRefused: /^cSessionInfo is a view/,
  },
  {
    name: "an id that is not counted up",
    change: "ALTER TABLE cSessionInfo MODIFY id int NOT NULL",
    isRefused: /^the column id of the table cSessionInfo is not counted up: ALTER TABLE/,
  },
  {
    name: "times in a text",
    change: "ALTER TABLE cSessionInfo MODIFY create_time varchar(30)",
    isRefused: /^the column create_time of the table cSessionInfo is varchar: it must be DATETIME$/,
  },
  {
    name: "Tencent's first schema",
    change: `DROP TABLE cSessionInfo; CREATE TABLE cSessionInfo (id varchar(100), skey varchar(100), create_time int,
      last_visit_time int, open_id varchar(100), session_key varchar(100), user_info varchar(2048))`,
    isRefused: /^the table cSessionInfo has no column uuid: it is of the first server of 2016/,
  },
])("openMySqlStore() of a table with $name fits it, or refuses it unchanged", async (row) => {
  await using db = await old(PHP_TABLES, app("wx1"), row.change);
  const dump = async (): Promise<string> => {
    const tables = (await db.run("SHOW TABLES")) as Record<string, string>[];
    const creations = tables.flatMap((table) => Object.values(table));
    return JSON.stringify(
      await Promise.all(creations.map((name) => db.run(`SHOW CREATE TABLE ${name}`))),
    ).replace(/ AUTO_INCREMENT=\d+/g, "");
  };
  const before = await dump();
  const opened = await db.open().catch((error: unknown) => error as StartError);
  if (row.isRefused !== undefined) {
    expect(opened).toBeInstanceOf(StartError);
    expect((opened as StartError).message).toMatch(row.isRefused);
    expect(await dump()).toBe(before);
    return;
  }
  if (opened instanceof Error) throw opened;
  expect((await opened.sessions.issue(sampleIssue(1, { appid: "wx1" }))).isNew).toBe(true);
  await opened.apps.create(sampleApp({ appid: "wx9", appSecret: "s".repeat(64) }));
});

test.each([
  { name: "a CHECK", change: "ALTER TABLE cSessionInfo ADD CHECK (char_length(skey) = 32)" },
  { name: "a trigger", change: trigger("SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'") },
  {
    name: "a CHECK of a column",
    change: "ALTER TABLE cAppinfo MODIFY secret varchar(300) CHECK (secret = '')",
  },
])("openMySqlStore() refuses a fitted table to which $name was added", async ({ change }) => {
  await using db = await old(PHP_TABLES);
  await (await db.open()).close();
  await db.run(change);
  await expect(db.open()).rejects.toThrow(/refuses a row like those of waferd/);
});

test("a foreign key on the apps does not prevent the start", async () => {
  await using db = await old(PHP_TABLES, app("wx1"));
  await (await db.open()).close();
  await db.run(
    "ALTER TABLE cSessionInfo ADD CONSTRAINT of_app FOREIGN KEY (appid) REFERENCES cAppinfo (appid)",
  );
  const store = await db.open();
  expect((await store.sessions.issue(sampleIssue(1, { appid: "wx1" }))).isNew).toBe(true);
});

test("openMySqlStore() names everything that has to be mended at once", async () => {
  await using db = await old(
    PHP_TABLES,
    "ALTER TABLE cSessionInfo ADD COLUMN a point NOT NULL, ADD COLUMN b point NOT NULL",
  );
  const error = await db.open().catch((thrown: unknown) => thrown as StartError);
  expect((error as StartError).message.split("\n")).toHaveLength(2);
});

test("a server that does not commit by itself keeps what is written", async () => {
  await using db = await old();
  await server.execute("SET GLOBAL autocommit = 0");
  try {
    const store = await db.open();
    await store.sessions.issue(sampleIssue(1, { appid: "wx1" }));
    expect(await (await db.open()).sessions.get("session-1")).not.toBeNull();
  } finally {
    await server.execute("SET GLOBAL autocommit = 1");
  }
});

test("concerns() tells nothing about a backlog whose last visits were hours ago", async () => {
  await using db = await goDatabase();
  await server.execute("SET GLOBAL time_zone = '+00:00'");
  try {
    const visits = [8 * 60, 8 * 60 - 5, 1].map((minutes) => inChina(NOW - minutes * 60_000));
    const store = await db.open();
    await db.run(visits.map((createdAt, index) => goSession(`${index}`, { createdAt })).join(""));
    while (await store.adopt(1));
    expect(await store.concerns()).toEqual([]);
  } finally {
    await server.execute("SET GLOBAL time_zone = 'SYSTEM'");
  }
});

test("concerns() tells that go writes in the zone of the database, once adopt() saw its rows", async () => {
  await using db = await goDatabase();
  const store = await db.open();
  const utc = new Date(NOW).toISOString().slice(0, 19).replace("T", " ");
  expect(await store.concerns()).toEqual([]);
  await server.execute("SET GLOBAL time_zone = '+00:00'");
  try {
    const another = await db.open();
    await db.run(goSession("a", { createdAt: utc }));
    await another.adopt(10);
    expect(await another.concerns()).toEqual([
      {
        problem: expect.stringContaining("in the zone +00:00, and mysql.timezone is +08:00"),
        todo: "set mysql.timezone to +00:00",
        zh: {
          problem: expect.stringContaining("按 +00:00 时区"),
          todo: "把 mysql.timezone 设为 +00:00",
        },
      },
    ]);
    expect(await (await db.open({ zone: 0 })).concerns()).toEqual([]);
    // The operator may correct the zone of the database instead.
    await db.run(goSession("b", { createdAt: inChina(NOW) }));
    await another.adopt(10);
    expect(await another.concerns()).toEqual([]);
  } finally {
    await server.execute("SET GLOBAL time_zone = 'SYSTEM'");
  }
});
