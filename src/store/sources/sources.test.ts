import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { RedisServer } from "../../../test/harness/redis.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { StartError } from "../../core/errors.ts";
import type { Moved, MovedSession, Unreadable } from "../../core/transfer.ts";
import { sha256 } from "../../crypto/digest.ts";
import { createSealer } from "../../crypto/seal.ts";
import {
  sampleAgent,
  sampleApp,
  sampleAuditEntry,
  sampleCredential,
  sampleServiceKey,
  sampleStored,
} from "../conformance/samples.ts";
import { ExportFormat } from "./export-format.ts";
import { openSource, type SourceOptions } from "./open-source.ts";
import { SqlScanner, type Token } from "./sql-scanner.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const SEALER = createSealer(Buffer.alloc(32, 1));
const options = (members: Partial<SourceOptions> = {}): SourceOptions => ({
  context: { zone: 480, now: NOW },
  appid: null,
  sealer: () => SEALER,
  ...members,
});
const fixture = (name: string): string => join(import.meta.dir, "fixtures", name);

/** Everything that a source gives. */
async function read(from: string, given: Partial<SourceOptions> = {}): Promise<(Moved | Unreadable)[]> {
  const source = await openSource(from, options(given));
  const things: (Moved | Unreadable)[] = [];
  let before = 0;
  for await (const portion of source.portions()) {
    things.push(...portion);
    expect(source.fraction()).toBeGreaterThanOrEqual(before);
    before = source.fraction();
  }
  expect(before).toBeLessThanOrEqual(1);
  await source.close();
  return things;
}

const sessionsOf = (things: readonly (Moved | Unreadable)[]): MovedSession[] =>
  things.flatMap((thing) => (thing.kind === "session" ? [thing.session] : []));
const refusalsOf = (things: readonly (Moved | Unreadable)[]): string[] =>
  things.flatMap((thing) => (thing.kind === "unreadable" ? [`${thing.what}: ${thing.reason}`] : []));

test("a php dump: one app with strange durations, sessions that name none, what cannot be read told", async () => {
  const things = await read(fixture("php.sql"));
  expect(things[0]).toMatchObject({
    kind: "app",
    app: {
      appid: "wx00000000000000aa",
      appSecret: "secret-of-php",
      loginDurationDays: 30,
      sessionDurationSeconds: 99_999_999,
      createdAt: NOW,
    },
    number: null,
  });
  const sessions = sessionsOf(things);
  expect(sessions.map(({ id }) => id[0])).toEqual(["1", "2", "4", "6"]);
  expect(sessions[0]).toEqual({
    id: "1".repeat(32),
    appid: "wx00000000000000aa",
    openid: "open-1",
    unionid: null,
    skey: "skey-1",
    skeyHash: sha256("skey-1"),
    sessionKey: "key-1==",
    userInfo: { openId: "open-1", nickName: "爱丽丝 😀", gender: 2 },
    loginAt: Date.parse("2026-11-20T00:00:00Z"),
    lastVisitAt: Date.parse("2026-11-21T00:00:00Z"),
  });
  expect(sessions[1]).toMatchObject({ userInfo: { openId: "open-2" }, lastVisitAt: sessions[1]?.loginAt });
  expect(sessions[3]?.openid).toBe("o'pen\\-6\n),(;--");
  expect(refusalsOf(things)).toEqual([
    "cSessionInfo row 3: create_time is no time",
    "cSessionInfo row 5: uuid is empty, or none",
  ]);
});

test("an scf dump: tokens and tickets that are still good, agents, and a table in another letter case", async () => {
  const things = await read(fixture("scf.sql"));
  const apps = things.filter((thing) => thing.kind === "app").map(({ app }) => app.appid);
  expect(apps).toEqual(["wx00000000000000bb", "wx00000000000000cc"]);
  const credentials = things.flatMap((thing) => (thing.kind === "credential" ? [thing.credential] : []));
  const at = (time: string): number => Date.parse(`2026-11-21T${time}:00Z`);
  expect(
    credentials.map(({ key, value, fetchedAt, expiresAt }) => [key, value, fetchedAt, expiresAt]),
  ).toEqual([
    ["app:wx00000000000000bb:token", "token-of-bb", at("11:30"), at("13:30")],
    ["work:ww00000000000000bb:1000002:token", "work-token", at("11:30"), at("13:30")],
    ["work:ww00000000000000bb:1000002:ticket", "corp-ticket", at("11:40"), at("13:40")],
    ["work:ww00000000000000bb:1000002:agent-ticket", "agent-ticket", at("11:50"), at("13:50")],
  ]);
  expect(things.find(({ kind }) => kind === "agent")).toMatchObject({
    agent: { corpid: "ww00000000000000bb", agentid: "1000002", remark: "通讯录 'a' 😀" },
  });
  expect(sessionsOf(things)).toMatchObject([{ appid: "wx00000000000000bb", unionid: "u1" }]);
  expect(refusalsOf(things)).toEqual([
    "cAppinfo wx00000000000000dd: secret is empty, or holds a space",
    "cSessionInfo row 2: its app wx00000000000000ee is not in cAppinfo",
    "cSessionInfo, row 3 of the dump: a value is no constant",
  ]);
  const ofOne = await read(fixture("scf.sql"), { appid: "wx00000000000000cc" });
  expect(ofOne.filter(({ kind }) => kind !== "unreadable")).toMatchObject([
    { kind: "app", app: { appid: "wx00000000000000cc" } },
  ]);
});

test("a Django dump: the app keeps the number by which its clients name it", async () => {
  const things = await read(fixture("django.sql"));
  expect(things[0]).toMatchObject({ app: { title: "小程序", loginDurationDays: 7 }, number: 3 });
  expect(sessionsOf(things)).toMatchObject([
    {
      appid: "wx00000000000000ff",
      loginAt: Date.parse("2026-11-21T11:00:00.123Z"),
      userInfo: { nickName: "d" },
    },
  ]);
  expect(refusalsOf(things)).toEqual(["wafer_sessioninfo row 2: its app is not in wafer_appinfo"]);
});

test("sessions that name no app, beside several apps, are an error that says what to do; --appid answers it", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "dump.sql.gz");
  const php = await Bun.file(fixture("php.sql")).text();
  const extra = "INSERT INTO `cAppinfo` VALUES ('wx2','s2',1,1,'','');";
  writeFileSync(path, gzipSync(php.replace("UNLOCK TABLES;", extra)));
  await expect(read(path)).rejects.toThrow(/name no app, and it has 2: say by --appid/);
  expect(sessionsOf(await read(path, { appid: "wx2" })).every(({ appid }) => appid === "wx2")).toBe(true);
});

test.each<[string, (dump: string) => string, RegExp[]]>([
  [
    "cut off within a row",
    (dump) => dump.slice(0, dump.indexOf("skey-2") + 3),
    [/row 2 of the dump: the file is damaged from here on: it ends within a text/],
  ],
  [
    "cut off between rows",
    (dump) => dump.slice(0, dump.indexOf("(2,'2222")),
    [/row 2 of the dump: the file ends within it/],
  ],
  [
    "with a value too few",
    (dump) => dump.replace("'skey-2',", ""),
    [/row 2 .* it has 7 values for 8 columns/],
  ],
  [
    "without the table's definition",
    (dump) => dump.replace("CREATE TABLE `cSessionInfo`", "CREATE TABLE `other`"),
    Array(6).fill(/no CREATE TABLE before it/),
  ],
])("a dump %s: the rest is read, and the row is told", async (_what, change, refusals) => {
  using folder = tempFolder();
  const path = join(folder.path, "dump.sql");
  writeFileSync(path, change(await Bun.file(fixture("php.sql")).text()));
  const told = refusalsOf(await read(path)).filter((refusal) => refusal.includes("of the dump"));
  expect(told).toHaveLength(refusals.length);
  for (const [index, refusal] of refusals.entries()) expect(told[index]).toMatch(refusal);
});

test("what MySQL escapes is read back as it was, wherever the pieces of the file are cut", () => {
  const letters: Record<string, string> = { "\0": "0", "\n": "n", "\r": "r", "\u001a": "Z" };
  const escaped = (text: string): string =>
    [...text]
      .map((sign) => (sign in letters || "'\"\\".includes(sign) ? `\\${letters[sign] ?? sign}` : sign))
      .join("");
  const texts = fc.array(
    fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("'", "\\", "''", "),(", "--", "/*", "`", ";")),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 7 }), (values, size) => {
      const sql = Buffer.from(`(${values.map((value) => `'${escaped(value)}'`).join(",")})`);
      const tokens: Token[] = [];
      const scanner = new SqlScanner(
        (token) => tokens.push(token),
        () => undefined,
      );
      for (let at = 0; at < sql.length; at += size) scanner.push(sql.subarray(at, at + size));
      scanner.end();
      const read = tokens.filter(({ type }) => type === "text").map(({ value }) => value);
      expect(read).toEqual(values.map((value) => value.toWellFormed()));
    }),
    { numRuns: 300 },
  );
});

test("statements that are none of ours are passed over: triggers, other tables, comments, other quotes", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "dump.sql");
  const noise = `
    # a comment; with a quote '
    -- another
    /* INSERT INTO cAppinfo VALUES ('no','no',1,1,'',''); */
    CREATE TABLE other (a int, KEY x (a), CONSTRAINT \`c\` CHECK (a > 0));
    INSERT INTO other VALUES (1,'it''s'),(2,"a;b");
    DELIMITER ;;
    CREATE TRIGGER t BEFORE INSERT ON cAppinfo FOR EACH ROW BEGIN INSERT INTO cAppinfo VALUES ('no','no',1,1,'',''); END ;;
    DELIMITER ;
    REPLACE INTO \`cAuth\`.\`cAppinfo\` (secret, appid) VALUES (x'${Buffer.from("hex-secret").toString("hex")}', _utf8mb4'wx2');
  `;
  const created = (await Bun.file(fixture("php.sql")).text()).split("LOCK TABLES")[0] ?? "";
  writeFileSync(path, created + noise);
  const things = await read(path);
  expect(things).toMatchObject([{ kind: "app", app: { appid: "wx2", appSecret: "hex-secret" } }]);
});

test("a go server's Redis: apps, sessions by the longest appid, and what is not whole", async () => {
  await using server = await RedisServer.start();
  const cli = (...args: string[]): string => server.cli(...args);
  const [seconds, info] = [
    String(NOW / 1000),
    Buffer.from('{"openId":"o1","nickName":"鲍勃"}').toString("base64"),
  ];
  cli("HSET", "app_wx1", "appid", "wx1", "secret", "s1", "ld", "7", "sd", "0", "ip", "0.0.0.0");
  cli("HSET", "app_wx1_a", "appid", "wx1_a", "secret", "s2", "ld", "30", "sd", "60");
  cli("HSET", "app_bad", "appid", "bad");
  const session = (key: string, ...fields: string[]): void =>
    void cli(
      "HSET",
      key,
      "skey",
      "s",
      "ct",
      seconds,
      "lvt",
      seconds,
      "sesskey",
      "k",
      "userinfo",
      info,
      ...fields,
    );
  session("sess_wx1_aaaa", "uuid", "aaaa", "openid", "o1");
  session("sess_wx1_a_bbbb", "uuid", "bbbb", "openid", "o2");
  cli("HSET", "sess_wx1_cccc", "lvt", seconds);
  cli("SET", "sess_wx1_dddd", "text");
  session("sess_gone_eeee", "uuid", "eeee", "openid", "o3");
  cli("SET", "waferd:meta", "ours");
  const things = await read(`redis://127.0.0.1:${server.port}/0`);
  const apps = things.flatMap((thing) => (thing.kind === "app" ? [thing.app] : []));
  expect(apps.map(({ appid }) => appid).sort()).toEqual(["wx1", "wx1_a"]);
  const sessions = sessionsOf(things).sort((a, b) => a.id.localeCompare(b.id));
  expect(sessions).toMatchObject([
    { id: "aaaa", appid: "wx1", openid: "o1", userInfo: { nickName: "鲍勃" }, loginAt: NOW },
    { id: "bbbb", appid: "wx1_a", openid: "o2" },
  ]);
  expect(refusalsOf(things).sort()).toEqual([
    "app_bad: secret is empty, or holds a space",
    "sess_gone_eeee: its app is not there",
    "sess_wx1_cccc: it is not whole: uuid, skey or openid is missing",
    "sess_wx1_dddd: it is no hash",
  ]);
  expect(sessionsOf(await read(`redis://127.0.0.1:${server.port}/0`, { appid: "wx1" }))).toHaveLength(1);
});

/** One of each kind. */
const THINGS: Moved[] = [
  { kind: "app", app: sampleApp({ title: "应用 😀", sessionsPerUser: 3 }), number: 7 },
  { kind: "agent", agent: sampleAgent() },
  { kind: "serviceKey", key: { ...sampleServiceKey(1), id: "0123456789abcdef", lastUsedAt: NOW } },
  { kind: "credential", credential: sampleCredential({ forcedAt: NOW }) },
  {
    kind: "session",
    session: withoutExpiry(sampleStored(1, { userInfo: { openId: "openid-of-alice", lone: "\ud800" } })),
  },
  { kind: "session", session: withoutExpiry(sampleStored(2, { skey: null, unionid: "u" })) },
  { kind: "audit", entry: sampleAuditEntry(1) },
];

function withoutExpiry({ expiresAt: _, ...session }: ReturnType<typeof sampleStored>): MovedSession {
  return session;
}

function exported(sealed: boolean, change: (lines: string[]) => string[] = (lines) => lines): string {
  const format = new ExportFormat(sealed ? SEALER : null, NOW);
  const lines = [format.header(), ...THINGS.map((thing) => format.line(thing)), format.end(THINGS.length)];
  return `${change(lines).join("\n")}\n`;
}

test.each([true, false])("an export gives back what was written, its secrets sealed: %p", async (sealed) => {
  using folder = tempFolder();
  const path = join(folder.path, "export.jsonl");
  const text = exported(sealed);
  writeFileSync(path, text);
  for (const secret of [sampleApp().appSecret, sampleAgent().agentSecret, "session-key-1", "skey-1"])
    expect(text.includes(JSON.stringify(secret))).toBe(!sealed);
  const things = await read(path);
  expect(refusalsOf(things)).toEqual([]);
  expect(things).toEqual(THINGS as never);
});

test.each<[string, (lines: string[]) => string[], RegExp]>([
  ["cut off", (lines) => lines.slice(0, -1), /the end of the file: it is missing/],
  [
    "with a line lost",
    (lines) => lines.filter((_, index) => index !== 3),
    /line 8: 7 records were written, and 6/,
  ],
  ["with half a line", (lines) => lines.with(2, "{"), /line 3: it is no JSON object/],
  ["with a strange kind", (lines) => lines.with(2, '{"kind":"x"}'), /line 3: kind is none that is known/],
  [
    "with a member that is not right",
    (lines) => lines.with(5, (lines[5] ?? "").replace('"openid":"openid-of-alice"', '"openid":""')),
    /line 6: openid is not what it must be/,
  ],
  [
    "with an skey that is another's",
    (lines) => lines.with(5, (lines[5] ?? "").replace('"skey-1"', '"skey-9"')),
    /line 6: skey and skeyHash do not belong together/,
  ],
])("an export %s: the rest is read, and what is wrong is told", async (_what, change, refusal) => {
  using folder = tempFolder();
  const path = join(folder.path, "export.jsonl");
  writeFileSync(path, exported(false, change));
  const things = await read(path);
  expect(refusalsOf(things).join("\n")).toMatch(refusal);
  expect(things.length).toBeGreaterThan(5);
});

test("an export that was sealed with another key, or of a newer version, is refused at once", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "export.jsonl");
  writeFileSync(path, exported(true));
  const sealer = () => createSealer(Buffer.alloc(32, 2));
  await expect(read(path, { sealer })).rejects.toThrow(
    /sealed with another master key: set WAFERD_MASTER_KEY/,
  );
  writeFileSync(
    path,
    exported(true, ([head = "", ...lines]) => [head.replace('"version":1', '"version":2'), ...lines]),
  );
  await expect(read(path)).rejects.toThrow(/has version 2, and this waferd reads version 1/);
});

test.each<[string, RegExp]>([
  ["/nowhere/dump.sql", /cannot read \/nowhere\/dump\.sql/],
  [import.meta.dir, /it is no file/],
  [import.meta.path, /is no dump of an old server/],
  ["postgres://h/d", /postgres:\/\/ is none that can be read/],
  ["redis://", /must have a host/],
  ["mysql://u:s3cret@127.0.0.1:1", /mysql:\/\/u:\*\*\*@127\.0\.0\.1:1 names no database/],
  ["mysql://u:s3cret@127.0.0.1:1/d", /cannot read mysql:\/\/u:\*\*\*@127\.0\.0\.1:1\/d/],
  ["redis://:s3cret@127.0.0.1:1/0", /cannot connect to redis:\/\/:\*\*\*@127\.0\.0\.1:1\/0/],
])("--from %s says what is wrong", async (from, message) => {
  const error = await read(from).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StartError);
  expect((error as StartError).message).toMatch(message);
  expect((error as StartError).message).not.toContain("s3cret");
});
