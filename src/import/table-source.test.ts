import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFrom } from "../../test/harness/import-source.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import type { Moved, Unreadable } from "../core/transfer/transfer.ts";
import { sha256 } from "../crypto/digest.ts";
import { allOf, china, NOW, OPTIONS, sessionsOf, unreadableOf } from "./fixtures/samples.ts";

const [APP_1, APP_2] = ["wx1111111111111111", "wx2222222222222222"];
const ALICE = "a".repeat(32);

const read = async (dump: string, members: Partial<typeof OPTIONS> = {}) =>
  allOf(
    await openFrom(join(import.meta.dir, "fixtures", `${dump}.sql`), { ...OPTIONS, ...members }),
  );

/** Reads a dump of one app of Django and of sessions that end with these values. */
async function readDjango(
  { before = "", rows }: { before?: string; rows: readonly string[] },
  members: Partial<typeof OPTIONS> = {},
) {
  using folder = tempFolder();
  const path = join(folder.path, "django.sql");
  writeFileSync(
    path,
    `${before}
CREATE TABLE "wafer_appinfo" ("id" integer, "title" varchar(30), "appid" varchar(200), "secret" varchar(200));
INSERT INTO "wafer_appinfo" VALUES(1,'','${APP_1}','the-secret');
CREATE TABLE "wafer_sessioninfo" ("id" integer, "uuid" text, "skey" text, "create_time" datetime, "last_vist_time" datetime,
 "open_id" text, "session_key" text, "user_info" text, "app_id" integer);
${rows.map((row, index) => `INSERT INTO wafer_sessioninfo VALUES(${index + 1},'id-${index}','skey','2026-11-20 10:00:00','2026-11-20 10:00:00','open-${index}','a2V5',${row});\n`).join("")}`,
  );
  return await allOf(await openFrom(path, { ...OPTIONS, ...members }));
}

/** Returns the kinds and identities of things. */
const namesOf = (things: readonly (Moved | Unreadable)[]): string[] =>
  things.map((thing) => {
    if (thing.kind === "app") return `app ${thing.app.appid}`;
    if (thing.kind === "agent") return `agent ${thing.agent.agentid}`;
    if (thing.kind === "credential") return `${thing.credential.key}=${thing.credential.value}`;
    return thing.kind === "session" ? `session ${thing.session.openid}` : thing.kind;
  });

const app = (members: object) => ({
  kind: "app",
  number: null,
  app: {
    appid: APP_1,
    title: "",
    appSecret: "secret-of-app-1",
    loginDurationDays: 30,
    sessionDurationSeconds: 2_592_000,
    sessionsPerUser: null,
    tokenEndpoint: "stable",
    createdAt: NOW,
    updatedAt: NOW,
    ...members,
  },
});

describe("openSource() of a php dump", () => {
  test("sessions belong to the only app, with their times in the zone of the database", async () => {
    const things = await read("php");
    expect(things[0]).toEqual(
      app({
        appSecret: "secret-of-the-php-app",
        loginDurationDays: 7,
        sessionDurationSeconds: 3600,
      }) as Moved,
    );
    expect(things[1]).toEqual({
      kind: "session",
      session: {
        id: ALICE,
        appid: APP_1,
        openid: "openid-of-alice",
        unionid: null,
        skey: "1".repeat(40),
        skeyHash: sha256("1".repeat(40)),
        sessionKey: Buffer.from("k".repeat(16)).toString("base64"),
        userInfo: {
          openId: "openid-of-alice",
          nickName: '爱丽丝 😀 "A"',
          avatarUrl: "https://wx.qlogo.cn/0",
        },
        loginAt: china("2026-11-20 10:00:00"),
        lastVisitAt: china("2026-11-21 09:30:00"),
      },
    });
    const [inUtc] = sessionsOf(await read("php", { zone: 0 }));
    expect(inUtc?.loginAt).toBe(Date.UTC(2026, 10, 20, 10));
  });

  test("an invalid profile is empty, and an invalid last visit is the login", async () => {
    const sessions = sessionsOf(await read("php"));
    expect(sessions.map(({ openid, userInfo }) => [openid, Object.keys(userInfo)])).toEqual([
      ["openid-of-alice", ["openId", "nickName", "avatarUrl"]],
      ["openid-of-bob", ["openId"]],
      ["openid-of-heidi", ["openId"]],
    ]);
    expect(sessions[1]?.lastVisitAt).toBe(china("2026-11-20 10:00:00"));
  });

  test("unreadable rows are reported by their ids, without secrets", async () => {
    expect(unreadableOf(await read("php"))).toEqual([
      "cSessionInfo row 12: user_info is not a profile: the session is imported without it",
      "cSessionInfo row 13: create_time is not a time",
      "cSessionInfo row 14: open_id is empty",
      "cSessionInfo row 15: uuid is empty",
      "cSessionInfo row 16: skey is empty",
      "cSessionInfo row 17: session_key is empty",
      "cSessionInfo row 18: user_info is not a profile: the session is imported without it",
      "cSessionInfo row 19: skey contains an incomplete hash",
    ]);
  });

  test("an unknown appid is refused", async () => {
    await expect(read("php", { appid: APP_2 })).rejects.toThrow(
      /php\.sql has no app wx2222222222222222/,
    );
  });
});

describe("openSource() of a go dump", () => {
  test("sessions belong to the apps that they name, and the unionid is from the profile", async () => {
    const things = await read("go");
    expect(namesOf(things.filter(({ kind }) => kind !== "unreadable"))).toEqual([
      `app ${APP_1}`,
      `app ${APP_2}`,
      "session openid-of-alice",
      "session openid-of-alice",
    ]);
    expect(sessionsOf(things)).toMatchObject([
      {
        appid: APP_1,
        unionid: "union-of-alice",
        userInfo: { unionId: "union-of-alice", nickName: "Alice" },
      },
      { appid: APP_2, unionid: null, userInfo: { openId: "openid-of-alice" } },
    ]);
  });

  test("invalid durations are the default, and too long ones the limit", async () => {
    const apps = (await read("go")).flatMap((thing) => (thing.kind === "app" ? [thing.app] : []));
    expect(
      apps.map(({ loginDurationDays, sessionDurationSeconds }) => [
        loginDurationDays,
        sessionDurationSeconds,
      ]),
    ).toEqual([
      [30, 99_999_999],
      [3650, 315_360_000],
    ]);
  });

  test("reports show an appid only where it cannot be a secret", async () => {
    const told = unreadableOf(await read("go"));
    expect(told).toEqual([
      "cAppinfo wx3333333333333333: secret is empty",
      "cAppinfo row 4: appid is invalid",
      "cAppinfo row 5: secret contains an appid",
      "cSessionInfo row 3: its app wx9999999999999999 is not in cAppinfo",
      "cSessionInfo row 4: its app is not in cAppinfo",
      "cSessionInfo row 5: it names no app, and there are 2",
    ]);
  });

  test("with an appid only that app is read, which owns the sessions that name no app", async () => {
    const things = await read("go", { appid: APP_2 });
    expect(namesOf(things.filter(({ kind }) => kind !== "unreadable"))).toEqual([
      `app ${APP_2}`,
      "session openid-of-alice",
      "session openid-of-erin",
    ]);
    // A row without an appid could belong to the wanted app.
    expect(unreadableOf(things)).toEqual(["cAppinfo row 4: appid is invalid"]);
    expect(new Set(sessionsOf(things).map(({ appid }) => appid))).toEqual(new Set([APP_2]));
  });
});

describe("openSource() of a scf dump", () => {
  const credential = (key: string, value: string, fetched: string, expires: string) => ({
    kind: "credential" as const,
    credential: {
      key,
      value,
      fetchedAt: china(fetched),
      expiresAt: china(expires),
      lastUsedAt: china(fetched),
      forcedAt: null,
    },
  });

  test("valid tokens and tickets are read with their app or agent", async () => {
    const things = await read("scf");
    const agent = "work:ww1111111111111111:1000002";
    expect(things.filter(({ kind }) => kind === "credential")).toEqual([
      credential(
        `app:${APP_1}:token`,
        "live-token-1",
        "2026-11-21 11:00:00",
        "2026-11-21 13:00:00",
      ),
      credential(
        "app:wx5555555555555555:token",
        "timeless-token-5",
        "2026-11-21 11:00:00",
        "2026-11-21 13:00:00",
      ),
      credential(`${agent}:token`, "agent-token-1", "2026-11-21 11:00:00", "2026-11-21 13:00:00"),
      credential(`${agent}:ticket`, "corp-ticket-1", "2026-11-21 11:30:00", "2026-11-21 12:30:00"),
      credential(
        `${agent}:agent-ticket`,
        "agent-ticket-1",
        "2026-11-21 10:30:00",
        "2026-11-21 12:30:00",
      ),
    ]);
    expect(things.filter(({ kind }) => kind === "app")).toHaveLength(6);
  });

  test("agents have their secret and remark", async () => {
    const things = await read("scf");
    const [first, second, ...others] = things.flatMap((thing) =>
      thing.kind === "agent" ? [thing.agent] : [],
    );
    expect(first).toEqual({
      corpid: "ww1111111111111111",
      agentid: "1000002",
      agentSecret: "secret-of-agent-1",
      remark: "通讯录 😀 'q' \\ \n),(;-- /*",
      createdAt: NOW,
      updatedAt: NOW,
    });
    expect([second?.agentid, second?.remark, others]).toEqual(["1000003", "", []]);
    expect(unreadableOf(things)).toEqual([
      "cAppinfo_work row 3: agentid is empty",
      "cAppinfo_work ww1111111111111111:1000004: agentsecret is empty",
    ]);
  });

  test("the unionid of the column goes before that of the profile, unless it is empty", async () => {
    const sessions = sessionsOf(await read("scf"));
    expect(sessions.map(({ unionid, userInfo }) => [unionid, userInfo["unionId"]])).toEqual([
      ["union-of-alice", "union-of-alice"],
      ["union-of-bob", "union-of-bob"],
    ]);
  });

  test("with an appid agents and reports of agents are left out", async () => {
    expect(namesOf(await read("scf", { appid: APP_1 }))).toEqual([
      `app ${APP_1}`,
      `app:${APP_1}:token=live-token-1`,
      "session openid-of-alice",
      "session openid-of-bob",
    ]);
  });
});

describe("openSource() of a django dump", () => {
  test("apps have their title and number, by which sessions name them", async () => {
    const things = await read("django");
    expect(things.slice(0, 2)).toEqual([
      { ...app({ title: "小程序 😀 'A'" }), number: 3 } as Moved,
      { ...app({ title: "B", appid: APP_2, appSecret: "secret-of-app-2" }), number: 7 } as Moved,
    ]);
    expect(sessionsOf(things)).toMatchObject([
      { appid: APP_1, loginAt: china("2026-11-20 10:00:00") + 123 },
      { appid: APP_2 },
    ]);
    expect(unreadableOf(things)).toEqual([
      "wafer_sessioninfo row 3: its app is not in wafer_appinfo",
    ]);
  });

  test("with an appid only that app is read", async () => {
    expect(namesOf(await read("django", { appid: APP_2 }))).toEqual([
      `app ${APP_2}`,
      "session openid-of-bob",
    ]);
  });
});

describe("openSource() of a dump of wxapp, which spells Django's tables in its own way", () => {
  test("sessions belong to the only app, and keep their profiles and times", async () => {
    const things = await read("wxapp", { zone: 0 });
    expect(sessionsOf(things)).toMatchObject([
      {
        appid: APP_1,
        openid: "openid-of-alice",
        unionid: null,
        userInfo: { nickName: "爱丽丝 😀", gender: 1, city: "", vip: true },
        loginAt: china("2026-11-20 10:00:00") + 123,
        lastVisitAt: china("2026-11-21 09:30:00"),
      },
      { unionid: "union-of-bob", userInfo: { nickName: "爱 😀", unionId: "union-of-bob" } },
      { openid: "openid-of-carol", userInfo: { openId: "openid-of-carol" } },
      { openid: "openid-of-dave", userInfo: { openId: "openid-of-dave" } },
    ]);
    expect(unreadableOf(things)).toEqual([
      "wafer_sessioninfo row 3: user_info is not a profile: the session is imported without it",
    ]);
  });

  test("sessions belong to the given app of several, and to none without one", async () => {
    using folder = tempFolder();
    const path = join(folder.path, "wxapp.sql");
    const second =
      "INSERT INTO `wafer_appinfo` VALUES (2,'B','wx2222222222222222','secret-of-app-2',30,60);";
    const dump = await Bun.file(join(import.meta.dir, "fixtures/wxapp.sql")).text();
    writeFileSync(path, dump.replace("CREATE TABLE `wafer_sessioninfo`", `${second}\n$&`));
    const open = async (members: Partial<typeof OPTIONS>) =>
      allOf(await openFrom(path, { ...OPTIONS, ...members }));
    expect(sessionsOf(await open({ appid: APP_2 })).map(({ appid }) => appid)).toEqual(
      Array(4).fill(APP_2),
    );
    await expect(open({})).rejects.toThrow("give their app by --appid");
  });
});

/** Random values of a column: right ones, other types, cut texts, invalid UTF-8. */
const WILD = [
  "'x'",
  "''",
  "NULL",
  "0",
  "-1",
  "3.5",
  "'0000-00-00 00:00:00'",
  "'2026-11-20 10:00:00'",
  "0xff00fe",
  "'{\\'a\\': u\\'b'",
  "'eyJuaWNrTmFtZSI6IkEifQ=='",
  `'${"k".repeat(3000)}'`,
];

test.each([
  { name: "sqlite3 .dump", before: "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;" },
  { name: "Python's iterdump()", before: "BEGIN TRANSACTION;" },
  { name: "pg_dump --inserts", before: "SET standard_conforming_strings = on;" },
])(
  "texts of $name keep their backslashes, and line ends come from functions",
  async ({ before }) => {
    const rows = [
      String.raw`'{u''n'': u''\u4e2d'', ''m'': "it''s", ''k'': ''a\\b''}',1`,
      String.raw`'ends in \',1`,
      String.raw`replace(replace('{''n'': ''a\r\nb''}','\r',char(13)),'\n',char(10)),1`,
      String.raw`unistr('{''n'': ''a\u000ab\\u4e2d''}'),1`,
    ];
    const things = await readDjango({ before, rows });
    expect(sessionsOf(things).map(({ userInfo }) => userInfo)).toEqual([
      { openId: "open-0", n: "中", m: "it's", k: "a\\b" },
      { openId: "open-1" },
      { openId: "open-2", n: "a\r\nb" },
      { openId: "open-3", n: "a\nb中" },
    ]);
    expect(unreadableOf(things)).toHaveLength(1);
  },
);

test.each([
  "replace('aaaa','a','bb'),1",
  "replace('a','','b'),1",
  "replace('a'),1",
  "char('x'),1",
  "char(9999999),1",
  "now(),1",
  "concat('a','b'),1",
  `${"replace(".repeat(30)}'a'${",'b','c')".repeat(30)},1`,
])("a row with the expression %s is named", async (row) => {
  const things = await readDjango({ rows: ["'',1", row, "'',1"] });
  expect([sessionsOf(things).length, unreadableOf(things)]).toMatchObject([
    2,
    [expect.stringContaining("value 8 is an expression")],
  ]);
});

test.each([{ appid: null }, { appid: APP_1 }])(
  "Django's sessions whose app_id is NULL or 0 belong to the only app, with --appid $appid",
  async ({ appid }) => {
    const things = await readDjango({ rows: ["'',NULL", "'',0", "'',1"] }, { appid });
    expect(sessionsOf(things).map((session) => session.appid)).toEqual([APP_1, APP_1, APP_1]);
  },
);

test("a profile of Django may be JSON", async () => {
  const rows = [`'{"n":"http:/","x":null,"ok":true}',1`];
  expect(sessionsOf(await readDjango({ rows }))).toMatchObject([
    { userInfo: { n: "http:/", x: null, ok: true } },
  ]);
});

test("rows that PostgreSQL wrote by COPY are named", async () => {
  const before = `COPY public.wafer_sessioninfo (id, uuid) FROM stdin;
1\tit's
\\.
`;
  expect(unreadableOf(await readDjango({ before, rows: ["'',1"] }))).toEqual([
    expect.stringContaining("COPY: dump it again with --inserts"),
  ]);
});

test.each(["cSessionInfo", "wafer_sessioninfo"])(
  "every row of a %s with random values is imported or named",
  async (table) => {
    using folder = tempFolder();
    const path = join(folder.path, "wild.sql");
    const ROWS = 2000;
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const right = (row: number): string[] => [
      ...[`'id-${row}'`, `'skey-${row}'`, "'2026-11-20 10:00:00'", "'2026-11-20 10:00:00'"],
      ...[`'open-${row}'`, "'a2V5'", "''"],
    ];
    const values = (row: number): string =>
      right(row)
        .map((value) => (random(6) === 0 ? (WILD[random(WILD.length)] ?? value) : value))
        .join(",");
    const apps = table === "cSessionInfo" ? "cAppinfo" : "wafer_appinfo";
    writeFileSync(
      path,
      `CREATE TABLE ${apps} (id int, appid varchar(200), secret varchar(300), title varchar(30));
       INSERT INTO ${apps} VALUES (1,'${APP_1}','the-secret','');
       CREATE TABLE ${table} (id int, uuid text, skey text, create_time datetime,
         ${table === "cSessionInfo" ? "last_visit_time" : "last_vist_time"} datetime, open_id text, session_key text, user_info text);
       INSERT INTO ${table} VALUES ${Array.from({ length: ROWS }, (_, row) => `(${row + 1},${values(row)})`).join(",")};`,
    );
    const things = await allOf(await openFrom(path, OPTIONS));
    const named = things.filter((thing) => thing.kind === "unreadable" && thing.isKept !== true);
    expect(sessionsOf(things).length).toBeGreaterThan(ROWS / 4);
    expect(named.length).toBeGreaterThan(ROWS / 10);
    expect(sessionsOf(things).length + named.length).toBe(ROWS);
  },
);
