import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  FAR,
  sampleAgent,
  sampleApp,
  sampleCredential,
  sampleIssue,
  sampleRef,
} from "../../../test/conformance/samples.ts";
import { storeConformance } from "../../../test/conformance/suite.ts";
import { freePort } from "../../../test/harness/free-port.ts";
import { RedisServer } from "../../../test/harness/redis.ts";
import { selfSigned } from "../../../test/harness/self-signed.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { StartError, StoreMissing } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { StoreError } from "../../core/store-error.ts";
import { sha256 } from "../../crypto/digest.ts";
import { PERMISSIONS } from "./diagnosis.ts";
import { openRedisStore } from "./driver.ts";
import type { RedisOptions } from "./options.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const MASTER_KEY = "ab".repeat(32);
const open = async (
  redis: RedisOptions,
  options: { masterKey?: string; sandbox?: boolean } = {},
) => {
  using folder = tempFolder();
  return await openRedisStore({
    redis,
    dataDir: join(folder.path, "data"),
    masterKey: MASTER_KEY,
    sandbox: false,
    ...options,
  });
};

storeConformance({
  name: "redis",
  async place() {
    const redis = server.connection();
    return { open: () => open(redis), dispose: async () => undefined };
  },
});

const APPID = sampleApp().appid;
const ID = "0123456789abcdef0123456789abcdef";

/** A database with an app and, on request, a session of the go server, as it writes them. */
function goServer(redis: RedisOptions) {
  const cli = (...args: string[]): string => server.cli("-n", String(redis.db), ...args);
  cli(
    "HSET",
    `app_${APPID}`,
    "appid",
    APPID,
    "secret",
    "s3cret",
    "ld",
    "7",
    "sd",
    "3600",
    "ip",
    "0.0.0.0",
  );
  const seconds = Math.floor(Date.now() / 1000);
  return {
    cli,
    seconds,
    session(id: string, fields: Record<string, string> = {}): void {
      const key = `sess_${APPID}_${id}`;
      const userinfo = Buffer.from(
        '{"openId":"o-bob","nickName":"鲍勃 😀","unionId":"u-bob"}',
      ).toString("base64");
      const hash = {
        uuid: id,
        skey: "go-skey",
        ct: `${seconds}`,
        lvt: `${seconds}`,
        openid: "o-bob",
        sesskey: "go-session-key",
        userinfo,
        ...fields,
      };
      cli("HSET", key, ...Object.entries(hash).flat());
      cli("EXPIRE", key, "3600");
    },
  };
}

test("openRedisStore() reads an app and a session of go, also one without a valid profile", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  go.session(ID);
  go.session("b", { userinfo: "%%%" });
  const store = await open(redis);
  expect(await store.apps.first()).toMatchObject({
    appid: APPID,
    number: 1,
    appSecret: "s3cret",
    loginDurationDays: 7,
    sessionDurationSeconds: 3600,
  });
  // The hash does not contain the appid.
  expect(await store.sessions.get(ID)).toBeNull();
  expect(await store.sessions.getWithSessionKey(ID, APPID)).toMatchObject({
    appid: APPID,
    openid: "o-bob",
    unionid: "u-bob",
    skeyHash: sha256("go-skey"),
    sessionKey: "go-session-key",
    userInfo: { openId: "o-bob", nickName: "鲍勃 😀" },
    loginAt: go.seconds * 1000,
  });
  expect(await store.sessions.get("b", APPID)).toMatchObject({ userInfo: { openId: "o-bob" } });
  await store.close();
});

test("a session of go that was read once is the one that the user's next login replaces", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  const store = await open(redis);
  go.session(ID);
  const login = { id: "new", openid: "o-bob", unionid: null, profile: null };
  expect(await store.sessions.get(ID, APPID)).toMatchObject({ openid: "o-bob" });
  expect(await store.sessions.count(APPID)).toBe(1);
  const { session, isNew } = await store.sessions.issue(sampleIssue(1, login));
  expect([isNew, session.id, session.unionid]).toEqual([false, ID, "u-bob"]);
  expect(session.userInfo).toMatchObject({ nickName: "鲍勃 😀", unionId: "u-bob" });
  expect(go.cli("HGET", `sess_${APPID}_${ID}`, "skey")).toBe(sampleIssue(1).skey);
});

test("a Redis that refuses writes still answers the check of a session of go", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  const store = await open(redis);
  go.session(ID);
  go.cli("CONFIG", "SET", "min-replicas-to-write", "1");
  try {
    expect(await store.sessions.get(ID, APPID)).toMatchObject({ openid: "o-bob" });
  } finally {
    go.cli("CONFIG", "SET", "min-replicas-to-write", "0");
  }
  expect(await store.sessions.get(ID, APPID)).toMatchObject({ openid: "o-bob" });
  expect(await store.sessions.count(APPID)).toBe(1);
});

test("a visit, or adopt(), adds a session of go to lists, counts and sweeps", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  const store = await open(redis);
  go.session(ID);
  go.session("b", { openid: "o-carol" });
  expect(await store.sessions.count(APPID)).toBe(0);
  const session = await store.sessions.get(ID, APPID);
  if (session === null) throw new Error("no session");
  const visitedAt = go.seconds * 1000 + 60_000;
  const visit = { lastVisitAt: visitedAt, ifVisitedBefore: visitedAt - 1000, expiresAt: FAR };
  expect(await store.sessions.touch([{ ...session, ...visit }])).toBe(1);
  expect(go.cli("HGET", `sess_${APPID}_${ID}`, "lvt")).toBe(`${go.seconds + 60}`);
  expect(await store.sessions.count(APPID)).toBe(1);
  expect(await store.sessions.get(ID)).toMatchObject({ openid: "o-bob" });
  go.cli("HSET", "app_wx_late", "appid", "wx_late", "secret", "s", "ld", "0", "sd", "0");
  go.cli("HSET", `app_${APPID}_b`, "appid", `${APPID}_b`, "secret", "s");
  go.session("b_x", { openid: "o-dave" });
  go.cli("HSET", `sess_${APPID}_b_x`, "uuid", "x");
  while (await store.adopt(10));
  expect(await store.sessions.get("x")).toMatchObject({ appid: `${APPID}_b`, openid: "o-dave" });
  expect((await store.sessions.list(APPID, null, { limit: 9 })).items.map(({ id }) => id)).toEqual([
    ID,
    "b",
  ]);
  expect((await store.apps.list({ limit: 9 })).items).toMatchObject([
    { appid: APPID },
    expect.anything(),
    expect.anything(),
  ]);
  expect(await store.apps.get("wx_late")).toMatchObject({
    loginDurationDays: 30,
    sessionDurationSeconds: 2_592_000,
  });
  expect(await store.sessions.sweep(Date.now() + 3_700_000, 9)).toEqual({ removed: 2, moved: 1 });
  expect(go.cli("EXISTS", `sess_${APPID}_b`)).toBe("0");
  expect(await store.sessions.revokeByUser(APPID, "o-bob")).toBe(1);
  expect(go.cli("KEYS", "sess_*")).toBe("");
  await store.close();
});

test("sessions.issue() writes the hash that the go server reads", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  const store = await open(redis);
  const loginAt = Date.now();
  const skey = "ab".repeat(32);
  await store.sessions.issue(
    sampleIssue(1, {
      id: ID,
      skey,
      loginAt,
      expiresAt: loginAt + 60_000,
      profile: { nickName: "爱丽丝 😀" },
    }),
  );
  const lines = go.cli("HGETALL", `sess_${APPID}_${ID}`).split("\n");
  const hash = Object.fromEntries(
    lines.flatMap((name, index) => (index % 2 === 0 ? [[name, lines[index + 1]]] : [])),
  );
  const seconds = `${Math.floor(loginAt / 1000)}`;
  expect(hash).toEqual({
    uuid: ID,
    skey,
    ct: seconds,
    lvt: seconds,
    openid: sampleIssue(1).openid,
    sesskey: sampleIssue(1).sessionKey,
    userinfo: Buffer.from(`{"openId":"${sampleIssue(1).openid}","nickName":"爱丽丝 😀"}`).toString(
      "base64",
    ),
    waferd: "1",
  });
  expect(Number(go.cli("TTL", `sess_${APPID}_${ID}`))).toBeGreaterThan(50);
  await store.apps.create(sampleApp({ appid: "wx2" }));
  expect(go.cli("HMGET", "app_wx2", "appid", "secret", "ld", "sd", "ip").split("\n")).toEqual([
    ...["wx2", sampleApp().appSecret, "30", "2592000", "0.0.0.0"],
  ]);
  await store.close();
});

test("sessions.get() ignores the rest of a session that expired in go, and another app's session", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  const store = await open(redis);
  go.cli("HSET", `sess_${APPID}_x`, "lvt", "1700000000");
  go.cli("HSET", "sess_wx1_a_b", "uuid", "b", "openid", "o", "skey", "s", "ct", "1", "lvt", "1");
  go.cli("SET", "sess_wx1_text", "no hash");
  expect(await store.sessions.get("x", APPID)).toBeNull();
  expect(await store.sessions.get("a_b", "wx1")).toBeNull();
  expect(await store.sessions.get("b", "wx1_a")).not.toBeNull();
  await expect(store.sessions.get("text", "wx1")).rejects.toMatchObject({ kind: "corrupt" });
  await store.close();
});

test("tokens and the secrets of agents are stored sealed", async () => {
  const redis = server.connection();
  const store = await open(redis);
  await store.apps.create(sampleApp());
  await store.workAgents.put(sampleAgent());
  await store.credentials.put(sampleCredential());
  await store.idempotency.begin("k", sha256("r"), 0, 1);
  await store.idempotency.finish("k", "the-answer-of-a-request", 2);
  await store.claims.claim("code-of-alice", 0, 1000);
  await store.claims.finish("code-of-alice", () => "the-answer-of-a-claim", 1, 1_000_000);
  const keys = server.cli("-n", String(redis.db), "KEYS", "waferd:*").split("\n");
  const all = keys.map((key) => {
    const type = server.cli("-n", String(redis.db), "TYPE", key);
    const read = { hash: ["HGETALL", key], string: ["GET", key], zset: ["ZRANGE", key, "0", "-1"] }[
      type
    ];
    return read === undefined ? "" : server.cli("-n", String(redis.db), ...read);
  });
  expect(all.join()).toContain(sampleAgent().corpid);
  for (const secret of [
    sampleAgent().agentSecret,
    sampleCredential().value,
    "the-answer-of-a-request",
    "code-of-alice",
    "the-answer-of-a-claim",
  ])
    expect(all.join()).not.toContain(secret);
  await store.close();
});

test("check() reports every flaw", async () => {
  const redis = server.connection();
  const store = await open(redis);
  await store.apps.create(sampleApp());
  for (const number of [1, 2, 3])
    await store.sessions.issue(sampleIssue(number, { openid: `user-${number}` }));
  await store.credentials.put(sampleCredential());
  const cli = (...args: string[]): string => server.cli("-n", String(redis.db), ...args);
  cli("ZREM", "waferd:sessions-by-expiry", `${APPID} session-1 user-1`);
  cli("HDEL", `sess_${APPID}_session-2`, "skey");
  cli("DEL", "waferd:session:session-3");
  cli("HSET", `waferd:credential:${sampleCredential().key}`, "value", "AAAA");
  cli("HDEL", `app_${APPID}`, "secret");
  const flaws: string[] = [];
  await store.check(({ what, problem }) => flaws.push(`${what}: ${problem}`));
  expect(flaws.sort()).toEqual([
    `app ${APPID}: it has a number, but no secret`,
    expect.stringContaining(`credential ${sampleCredential().key}: the sealed value`),
    "session session-1: it is not in the index by expiry",
    "session session-2: its hash is incomplete",
    "session session-3: the index by id lacks it",
  ]);
  await store.close();
});

test("a script that the server does not know is sent again", async () => {
  const redis = server.connection();
  const store = await open(redis);
  await store.apps.create(sampleApp());
  server.cli("SCRIPT", "FLUSH");
  expect(await store.apps.create(sampleApp({ appid: "wx2" }))).toMatchObject({ number: 2 });
  await store.close();
});

test("an unused connection is closed after redis.timeout, and reopened by the next call", async () => {
  const store = await open(server.connection({ idleTimeout: 0.2 }));
  const clients = () => server.cli("CLIENT", "LIST").split("\n").length;
  const before = clients();
  for (let tries = 0; tries < 100 && clients() > before - 2; tries += 1) await Bun.sleep(20);
  expect(clients()).toBe(before - 2);
  expect(await store.apps.count()).toBe(0);
  await store.close();
});

test("two nodes see each other's logins at once, and concurrent ones of a user leave one session", async () => {
  const redis = server.connection();
  const [one, two] = [await open(redis), await open(redis)];
  await one.apps.create(sampleApp());
  const issued = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? one : two).sessions.issue(sampleIssue(index)),
    ),
  );
  expect(issued.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(await two.sessions.count(APPID)).toBe(1);
  const { session } = issued[0] as (typeof issued)[0];
  expect(await one.sessions.revoke(session)).toBe(true);
  expect(await two.sessions.get(session.id)).toBeNull();
  await Promise.all([one.close(), two.close()]);
});

test.each<{ name: string; change: (redis: RedisOptions) => RedisOptions; message: RegExp }>([
  {
    name: "an unknown host",
    change: (redis) => ({ ...redis, host: "nowhere.invalid" }),
    message: /cannot reach .*redis\.host/,
  },
  {
    name: "a database that does not exist",
    change: (redis) => ({ ...redis, db: 4000 }),
    message: /no database 4000.*Set redis\.db/,
  },
  {
    name: "TLS to a server without it",
    change: (redis) => ({ ...redis, tls: true }),
    message: /with TLS.*set redis\.tls to false/,
  },
])(
  "openRedisStore() with $name throws a StartError that says what to mend",
  async ({ change, message }) => {
    const error = await open(change(server.connection())).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toMatch(message);
  },
);

test("openRedisStore() of a closed port, with a wrong password or an old protocol says what to mend", async () => {
  const port = await freePort();
  await expect(open(server.connection({ port }))).rejects.toThrow(/cannot reach .*ECONNREFUSED/);
  await using guarded = await RedisServer.start("--requirepass", "right password/@:");
  for (const password of ["", "wrong"])
    await expect(open(guarded.connection({ password }))).rejects.toThrow(/WAFERD_REDIS_PASSWORD/);
  const store = await open(guarded.connection({ password: "right password/@:" }));
  await store.apps.create(sampleApp());
  await store.close();
  await using old = await RedisServer.start("--rename-command", "HELLO", "NOHELLO");
  await expect(open(old.connection())).rejects.toThrow(/must be Redis 6\.0 or newer/);
});

test("openRedisStore() logs in as a user of an access list, and names what that user may not do", async () => {
  await using guarded = await RedisServer.start();
  const cli = (...args: string[]) => guarded.cli(...args);
  const rules = PERMISSIONS.replace(/^.*<user> /, "").split(" ");
  cli("ACL", "SETUSER", "wafer", "on", ">s3cret", ...rules);
  cli("ACL", "SETUSER", "open", "on", "nopass", ...rules);
  cli("ACL", "SETUSER", "noinfo", "on", ">s3cret", ...rules, "-info");
  cli("ACL", "SETUSER", "reader", "on", ">s3cret", "~*", "+@read", "+ping", "+hello", "+select");
  cli("ACL", "SETUSER", "default", "off");
  for (const [user, password] of [
    ["wafer", "s3cret"],
    ["open", ""],
    ["noinfo", "s3cret"],
  ] as const) {
    const store = await open(guarded.connection({ user, password }));
    await store.apps.create(sampleApp({ appid: `wx-${user}` }));
    const issue = sampleIssue(1, { openid: user });
    expect((await store.sessions.issue(issue)).isNew).toBe(true);
    expect(await store.concerns()).toEqual([]);
    await store.close();
  }
  const refused = (user: string, password: string) =>
    open(guarded.connection({ user, password })).catch((error: Error) => error);
  expect(await refused("reader", "s3cret")).toMatchObject({
    message: expect.stringMatching(/NOPERM.*ACL SETUSER <user>/),
  });
  for (const [user, password] of [
    ["wafer", "wr0ng"],
    ["nobody", "s3cret"],
  ] as const) {
    const error = await refused(user, password);
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).toMatch(new RegExp(`refused the user ${user} .*WRONGPASS`));
    expect((error as Error).message).not.toContain(password);
  }
});

test("openRedisStore() refuses a node of a Redis Cluster before it writes", async () => {
  await using cluster = await RedisServer.start("--cluster-enabled", "yes", "--databases", "1");
  await expect(open(cluster.connection())).rejects.toThrow(/is a node of a Redis Cluster/);
  expect(cluster.cli("DBSIZE")).toBe("0");
});

test("openRedisStore() of data of another key, or of the sandbox, throws a StartError", async () => {
  const redis = server.connection();
  await (await open(redis, { sandbox: true })).close();
  await expect(open(redis)).rejects.toThrow(/made by the sandbox/);
  await expect(open(redis, { sandbox: true, masterKey: "cd".repeat(32) })).rejects.toThrow(
    /WAFERD_MASTER_KEY is not the one/,
  );
});

test("openRedisStore() with TLS accepts a trusted certificate only", async () => {
  using folder = tempFolder();
  const { certFile, keyFile } = selfSigned(folder.path);
  const port = await freePort();
  await using secure = await RedisServer.start(
    ...["--tls-port", String(port), "--tls-cert-file", certFile, "--tls-key-file", keyFile],
    ...["--tls-ca-cert-file", certFile, "--tls-auth-clients", "no"],
  );
  const redis = secure.connection({ port, tls: true, host: "localhost" });
  await expect(open(redis)).rejects.toThrow(/certificate that this machine trusts/);
  const script = `
    const { openRedisStore } = await import(${JSON.stringify(join(import.meta.dir, "driver.ts"))});
    const store = await openRedisStore(${JSON.stringify({ redis, dataDir: folder.path, masterKey: MASTER_KEY, sandbox: false })});
    console.log("apps", await store.apps.count());
    await store.close();`;
  const trusting = Bun.spawnSync([process.execPath, "-e", script], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile },
  });
  expect(`${trusting.stdout}${trusting.stderr}`).toContain("apps 0");
});

/** Calls without a pause until stopped; records acknowledged sessions and the time of failures. */
function load(store: Store) {
  let running = true;
  const acknowledged: number[] = [];
  const failures: { kind: string; took: number; at: number }[] = [];
  let number = 0;
  const work = async (): Promise<void> => {
    while (running) {
      number += 1;
      const mine = number;
      const startedAt = performance.now();
      try {
        await store.sessions.issue(sampleIssue(mine, { openid: `user-${mine}` }));
        acknowledged.push(mine);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        failures.push({
          kind: error.kind,
          took: performance.now() - startedAt,
          at: performance.now(),
        });
        await Bun.sleep(5);
      }
    }
  };
  const workers = Array.from({ length: 8 }, work);
  return {
    acknowledged,
    failures,
    async stop(): Promise<void> {
      running = false;
      await Promise.all(workers);
    },
  };
}

test("after Redis is killed, calls fail within a second, then work again, and nothing is lost", async () => {
  await using mortal = await RedisServer.start();
  const store = await open(mortal.connection());
  const calls = load(store);
  await Bun.sleep(200);
  await mortal.kill();
  await Bun.sleep(600);
  const before = calls.acknowledged.length;
  expect(calls.failures.length).toBeGreaterThan(0);
  await mortal.startAgain();
  const returnedAt = performance.now();
  while (calls.acknowledged.length === before && performance.now() - returnedAt < 5000)
    await Bun.sleep(5);
  expect(calls.acknowledged.length).toBeGreaterThan(before);
  await Bun.sleep(200);
  await calls.stop();
  expect(new Set(calls.failures.map(({ kind }) => kind))).toEqual(new Set(["closed"]));
  const lost: number[] = [];
  for (const number of calls.acknowledged)
    if ((await store.sessions.get(sampleRef(number).id)) === null) lost.push(number);
  expect(lost).toEqual([]);
  await store.close();
}, 20_000);

test("while Redis hangs, calls fail in time, none is left, and calls work again afterwards", async () => {
  await using mortal = await RedisServer.start();
  const store = await open(mortal.connection());
  await store.sessions.issue(sampleIssue(1));
  mortal.signal("SIGSTOP");
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => Promise.resolve(store.sessions.get("session-1"))),
  );
  expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
  mortal.signal("SIGCONT");
  for (let tries = 0; tries < 100; tries += 1) {
    const session = await Promise.resolve(store.sessions.get("session-1")).catch(() => null);
    if (session !== null) break;
    await Bun.sleep(20);
  }
  expect(await store.sessions.get("session-1")).not.toBeNull();
  await store.close();
}, 20_000);

test("openRedisStore() that is read-only throws StoreMissing and writes nothing", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  const keys = go.cli("KEYS", "*");
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const options = { redis, dataDir, masterKey: MASTER_KEY, sandbox: false, isReadOnly: true };
  await expect(openRedisStore(options)).rejects.toThrow(StoreMissing);
  expect([go.cli("KEYS", "*"), existsSync(dataDir)]).toEqual([keys, false]);
  await (await open(redis)).close();
  await (await openRedisStore(options)).close();
});

test("openRedisStore() that is read-only adopts no app and indexes no session of go", async () => {
  const redis = server.connection();
  const go = goServer(redis);
  await (await open(redis)).close();
  go.session(ID);
  go.cli("HSET", "app_wx-new", "secret", "s", "ld", "3");
  const values = () =>
    Object.fromEntries(
      go
        .cli("KEYS", "*")
        .split("\n")
        .sort()
        .map((key) => [key, go.cli("DUMP", key)]),
    );
  const before = values();
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const options = { redis, dataDir, masterKey: MASTER_KEY, sandbox: false, isReadOnly: true };
  const store = await openRedisStore(options);
  expect(await store.sessions.get(ID, APPID)).toMatchObject({ openid: "o-bob" });
  expect(await store.apps.get("wx-new")).toMatchObject({ appSecret: "s", loginDurationDays: 3 });
  await store.close();
  expect([values(), existsSync(dataDir)]).toEqual([before, false]);
});

test("concerns() names settings of the server by which sessions can be lost", async () => {
  const redis = server.connection();
  const store = await open(redis);
  const set = (name: string, value: string) => server.cli("CONFIG", "SET", name, value);
  const [policy, aof] = ["maxmemory-policy", "appendonly"];
  set(policy, "noeviction");
  set(aof, "yes");
  expect(await store.concerns()).toEqual([]);
  set(aof, "no");
  set(policy, "volatile-lru");
  try {
    expect((await store.concerns()).map(({ todo }) => todo)).toEqual([
      "set maxmemory-policy noeviction",
      "set appendonly yes",
    ]);
  } finally {
    set(policy, "noeviction");
  }
});
