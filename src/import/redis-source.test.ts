import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openFrom } from "../../test/harness/import-source.ts";
import { RedisServer } from "../../test/harness/redis.ts";
import { StartError } from "../core/errors.ts";
import { sha256 } from "../crypto/digest.ts";
import { allOf, NOW, OPTIONS, sessionsOf, unreadableOf } from "./fixtures/samples.ts";

const [APP_1, APP_2] = ["wx1111111111111111", "wx2222222222222222"];
const PASSWORD = "p@ss/w:rd#1";
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64");

let server: RedisServer;
let database = 0;

beforeAll(async () => {
  server = await RedisServer.start("--requirepass", PASSWORD);
});
afterAll(() => server[Symbol.asyncDispose]());

const cli = (db: number, ...args: string[]): string =>
  server.cli("--no-auth-warning", "-a", PASSWORD, "-n", String(db), ...args);

const addressOf = (db: number, password = PASSWORD): string =>
  `redis://:${encodeURIComponent(password)}@127.0.0.1:${server.port}/${db}`;

/** Returns the address of a new database with these hashes. */
function databaseOf(hashes: Record<string, Record<string, string>>): string {
  database += 1;
  for (const [key, hash] of Object.entries(hashes))
    cli(database, "HSET", key, ...Object.entries(hash).flat());
  return addressOf(database);
}

const read = async (address: string, members: Partial<typeof OPTIONS> = {}) => {
  const source = await openFrom(address, { ...OPTIONS, ...members });
  try {
    return await allOf(source);
  } finally {
    await source.close();
  }
};

const app = (appid: string, members: Record<string, string> = {}) => ({
  appid,
  secret: `secret-of-${appid}`,
  ld: "30",
  sd: "2592000",
  ip: "0.0.0.0",
  ...members,
});

const session = (uuid: string, members: Record<string, string> = {}) => ({
  uuid,
  skey: `skey-${uuid}`,
  ct: "1795140000",
  lvt: "1795224600",
  openid: `openid-${uuid}`,
  sesskey: "session-key",
  userinfo: base64({ openId: "x", unionId: "union", nickName: "爱 😀" }),
  ...members,
});

describe("openSource() of a go server's Redis", () => {
  test("apps are read first, then complete sessions", async () => {
    const address = databaseOf({
      [`sess_${APP_1}_u1`]: session("u1"),
      [`app_${APP_1}`]: app(APP_1, { ld: "7", sd: "0" }),
      "waferd:meta": { version: "1" },
      other: { x: "1" },
    });
    expect(await read(address)).toEqual([
      {
        kind: "app",
        number: null,
        app: {
          appid: APP_1,
          title: "",
          appSecret: `secret-of-${APP_1}`,
          loginDurationDays: 7,
          sessionDurationSeconds: 2_592_000,
          sessionsPerUser: null,
          tokenEndpoint: "stable",
          createdAt: NOW,
          updatedAt: NOW,
        },
      },
      {
        kind: "session",
        session: {
          id: "u1",
          appid: APP_1,
          openid: "openid-u1",
          unionid: "union",
          skey: "skey-u1",
          skeyHash: sha256("skey-u1"),
          sessionKey: "session-key",
          userInfo: { openId: "openid-u1", unionId: "union", nickName: "爱 😀" },
          loginAt: 1_795_140_000_000,
          lastVisitAt: 1_795_224_600_000,
        },
      },
    ]);
  });

  test("a session belongs to the app in its key, also among similar appids", async () => {
    const address = databaseOf({
      app_a: app("a"),
      app_a_b: app("a_b"),
      app_a_b_c: app("a_b_c"),
      sess_a_1: session("1"),
      sess_a_b_2: session("2"),
      sess_a_b_c_3: session("3"),
      sess_a_b_c_4: session("c_4"),
      sess_a_b_5: session("b_5"),
    });
    const found = async (appid: string | null) =>
      sessionsOf(await read(address, { appid }))
        .map((one) => `${one.appid} ${one.id}`)
        .sort();
    expect(await found(null)).toEqual(["a 1", "a b_5", "a_b 2", "a_b c_4", "a_b_c 3"]);
    expect(await found("a_b")).toEqual(["a_b 2", "a_b c_4"]);
    expect(await found("a")).toEqual(["a 1", "a b_5"]);
    cli(database, "SET", "sess_a_b_9", "no hash");
    expect(unreadableOf(await read(address, { appid: "a" }))).toEqual([]);
    expect(unreadableOf(await read(address, { appid: "a_b" }))).toEqual([
      "sess_…_9: it is not a hash",
    ]);
  });

  test("an unreadable hash is reported by its key, without a secret", async () => {
    const address = databaseOf({
      [`app_${APP_1}`]: app(APP_1),
      [`app_${APP_2}`]: app(APP_2, { secret: "" }),
      app_0123456789abcdef0123456789abcdef: app("x", { secret: "wx3333333333333333" }),
      [`sess_${APP_1}_lone`]: { lvt: "1795224600" },
      [`sess_${APP_1}_noopenid`]: session("noopenid", { openid: "" }),
      [`sess_${APP_1}_noskey`]: session("noskey", { skey: "" }),
      [`sess_${APP_1}_notime`]: session("notime", { ct: "soon" }),
      [`sess_${APP_1}_other`]: session("another"),
      [`sess_${APP_2}_u2`]: session("u2"),
      sess_secret_u3: session("u3"),
    });
    cli(database, "SET", `sess_${APP_1}_text`, "no hash");
    cli(database, "SET", "app_wx4444444444444444", "no hash");
    const things = await read(address);
    expect(things.filter(({ kind }) => kind !== "unreadable")).toHaveLength(1);
    expect(unreadableOf(things).sort()).toEqual([
      "a key app_… of 32 characters: secret contains an appid",
      `a key sess_${APP_2}…: its app ${APP_2} is not in this Redis`,
      "a key sess_…: its app is not in this Redis",
      `app_${APP_2}: secret is empty`,
      "app_wx4444444444444444: it is not a hash",
      `sess_${APP_1}_lone: only its last visit is left`,
      `sess_${APP_1}_noopenid: openid is empty`,
      `sess_${APP_1}_noskey: skey is empty`,
      `sess_${APP_1}_notime: ct is not a time`,
      `sess_${APP_1}_other: uuid is not the one in its key`,
      `sess_${APP_1}_text: it is not a hash`,
    ]);
  });

  test("a session without a last visit gets its login's time, and may contain the hash of its skey", async () => {
    const { lvt: _, ...unvisited } = session("u1", {
      skey: `sha256:${"ab".repeat(32)}`,
      userinfo: "rubbish",
    });
    const address = databaseOf({ [`app_${APP_1}`]: app(APP_1), [`sess_${APP_1}_u1`]: unvisited });
    expect(sessionsOf(await read(address))).toMatchObject([
      {
        lastVisitAt: 1_795_140_000_000,
        skey: null,
        skeyHash: Buffer.from("ab".repeat(32), "hex"),
        unionid: null,
      },
    ]);
  });

  test("many sessions are read in portions, and nothing is changed", async () => {
    database += 1;
    const count = 5000;
    const script = `redis.call('HSET', 'app_${APP_1}', 'secret', 'x')
      for i = 1, ${count} do redis.call('HSET', 'sess_${APP_1}_u' .. i, 'uuid', 'u' .. i, 'skey', 's', 'ct', '1795140000',
        'lvt', '1795224600', 'openid', 'o' .. i, 'sesskey', 'k', 'userinfo', '') end`;
    cli(database, "EVAL", script, "0");
    const source = await openFrom(addressOf(database), OPTIONS);
    expect(await source.estimate()).toBe(count + 1);
    expect(source.name).toBe(`redis://:***@127.0.0.1:${server.port}/${database}`);
    await source.close();
    cli(database, "CONFIG", "RESETSTAT");
    const ids = sessionsOf(await read(addressOf(database))).map(({ id }) => id);
    expect(new Set(ids).size).toBe(count);
    const commands = cli(database, "INFO", "commandstats").match(/(?<=cmdstat_)[a-z|]+/g) ?? [];
    const own = [
      "config|resetstat",
      "info",
      "auth",
      "select",
      "hello",
      "client|setinfo",
      "command|docs",
      "quit",
    ];
    expect(commands.filter((command) => !own.includes(command)).sort()).toEqual([
      "hgetall",
      "ping",
      "scan",
    ]);
  });

  test("an unknown app is refused, unless there are sessions only", async () => {
    const address = databaseOf({
      [`app_${APP_1}`]: app(APP_1),
      [`sess_${APP_1}_u1`]: session("u1"),
    });
    await expect(read(address, { appid: APP_2 })).rejects.toThrow(`has no app ${APP_2}`);
    cli(database, "DEL", `app_${APP_1}`);
    expect(sessionsOf(await read(address, { appid: APP_1 }))).toHaveLength(1);
    expect(unreadableOf(await read(address))).toEqual([
      `a key sess_${APP_1}…: its app ${APP_1} is not in this Redis`,
    ]);
  });
});

test.each<{ name: string; address: () => string; message: RegExp }>([
  { name: "a wrong password", address: () => addressOf(0, "wr0ng-p/ass"), message: /WRONGPASS/ },
  { name: "no password", address: () => addressOf(0).replace(/:[^:]*@/, ""), message: /NOAUTH/ },
  {
    name: "a database that does not exist",
    address: () => addressOf(9999),
    message: /DB index is out of range/,
  },
  {
    name: "nothing listening",
    address: () => "redis://:wr0ng-p@127.0.0.1:1/0",
    message: /ECONNREFUSED/,
  },
  {
    name: "an unknown host",
    address: () => "redis://:wr0ng-p@nowhere.invalid/0",
    message: /ENOTFOUND|EAI_AGAIN/,
  },
  { name: "no TLS", address: () => addressOf(0).replace("redis:", "rediss:"), message: /./ },
])(
  "openSource() of a Redis with $name throws without the password",
  async ({ address, message }) => {
    const error = await openFrom(address(), OPTIONS).catch((reason: Error) => reason);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(
      /^cannot read rediss?:\/\/(:\*\*\*@)?(127\.0\.0\.1|nowhere\.invalid)/,
    );
    expect((error as Error).message).toMatch(message);
    expect(Bun.inspect(error)).not.toMatch(/wr0ng|p@ss|p%40ss/);
  },
  15_000,
);

test("openSource() of a server older than Redis 6 throws without the password that it quotes", async () => {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data: (socket) => void socket.write("-ERR unknown command 'AUTH', with args: `wr0ng-p`\r\n"),
    },
  });
  const error = await openFrom(`redis://:wr0ng-p@127.0.0.1:${listener.port}/0`, OPTIONS).catch(
    (e: Error) => e,
  );
  listener.stop(true);
  expect((error as Error).message).toContain(
    "unknown command 'AUTH', with args: `***`; it has to be Redis 6.0 or newer",
  );
  expect(Bun.inspect(error)).not.toContain("wr0ng");
});
