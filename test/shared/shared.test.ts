/** Tests of the executable: several nodes on one shared store, and outages of the store. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { SHARED_STORES, type SharedStore } from "../harness/shared-store.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";
import { outage } from "./outage.ts";

const STABLE = "/cgi-bin/stable_token";
const KEYS = { WAFERD_MASTER_KEY: "ab".repeat(32), WAFERD_ADMIN_KEY: "the-admin-key-of-all-nodes" };

describe.each(Object.values(SHARED_STORES))("on $name", ({ start }) => {
  let server: SharedStore;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Starts two nodes with separate data folders. */
  async function twoNodes(): Promise<{ one: Production; two: Waferd } & AsyncDisposable> {
    const environment = { WAFERD_STORE: await server.address(), ...KEYS };
    const one = await startProduction({ environment });
    const base = one.sandbox.apiBase;
    const two = await Waferd.start({
      environment: { ...environment, WAFERD_WECHAT_API_BASE: base, WAFERD_WORK_API_BASE: base },
    });
    return {
      one,
      two,
      async [Symbol.asyncDispose]() {
        await two[Symbol.asyncDispose]();
        await one[Symbol.asyncDispose]();
      },
    };
  }

  test("a login at one node is verified, listed and revoked at the other, and gone at the first at once", async () => {
    await using nodes = await twoNodes();
    const { id, skey, openid } = (await nodes.one.login(nodes.one.user("alice"))).returnData;
    const verify = async (node: Waferd) =>
      (await node.call("qcloud.cam.auth", { id, skey })).returnCode;
    expect(await verify(nodes.two)).toBe(0);
    const api = await Api.of(nodes.two);
    const key = KEYS.WAFERD_ADMIN_KEY;
    const listed = await api.call("GET", `/apps/${APP.appid}/sessions?openid=${openid}`, { key });
    expect(listed.body.items).toMatchObject([{ id }]);
    expect((await api.call("DELETE", `/apps/${APP.appid}/sessions/${id}`, { key })).status).toBe(
      204,
    );
    expect([await verify(nodes.one.waferd), await verify(nodes.two)]).toEqual([60012, 60012]);
  });

  test("a thousand requests for a cold token over both nodes are one call to WeChat", async () => {
    await using nodes = await twoNodes();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        (index % 2 === 0 ? nodes.one.waferd : nodes.two).call(
          "qcloud.mimi.access_token",
          { appid: APP.appid },
          { key: KEYS.WAFERD_ADMIN_KEY },
        ),
      ),
    );
    expect(nodes.one.sandbox.calls(STABLE)).toBe(1);
    expect(new Set(answers.map(({ returnData }) => returnData?.access_token)).size).toBe(1);
  }, 30_000);

  test("waferd serve with another master key does not start, and says which key is wrong", async () => {
    const store = await server.address();
    await using _first = await Waferd.start({ environment: { WAFERD_STORE: store } });
    const second = Waferd.start({ environment: { WAFERD_STORE: store } });
    await expect(second).rejects.toThrow(
      /master\.key is missing, and the data .* is sealed with it/,
    );
    const wrong = Waferd.start({ environment: { WAFERD_STORE: store, ...KEYS } });
    await expect(wrong).rejects.toThrow(/WAFERD_MASTER_KEY is not the one that sealed the data/);
  });

  test("waferd serve warns of a password in argv, not of one in the environment, and shows neither", async () => {
    const store = new URL(await server.address());
    const bare = store.href;
    await using quiet = await Waferd.start({ environment: { WAFERD_STORE: bare } });
    expect(quiet.output).not.toContain("every user of this machine");
    if (store.password === "") return;
    await using loud = await Waferd.start({ args: ["--store", bare], dataDir: quiet.dataDir });
    await loud.logged(({ msg }) =>
      String(msg).startsWith("every user of this machine can read the store's"),
    );
    for (const { output } of [quiet, loud]) expect(output).not.toContain(store.password);
  });

  // Loose bounds, for slow machines. The soak prints the times.
  test.each(["kill", "hang"] as const)(
    "an outage of the server (%s) loses no acknowledged session, is answered in time, and ends",
    async (kind) => {
      await using mortal = await start();
      const report = await outage(mortal, kind, 1500);
      expect(report.lost).toBe(0);
      expect(report.acknowledged).toBeGreaterThan(10);
      expect([...report.failures.keys()].every((code) => code === 1001 || code === 1006)).toBe(
        true,
      );
      expect(report.failures.size).toBeGreaterThan(0);
      expect(report.slowestFailure).toBeLessThan(3000);
      expect(report.recovery).toBeLessThan(5000);
    },
    60_000,
  );
});

test("waferd serve with the go server's app.conf uses its MySQL or its Redis, by runmode", async () => {
  using folder = tempFolder();
  await using redis = await SHARED_STORES.redis.start();
  await using mysql = await SHARED_STORES.mysql.start();
  const ofMySql = new URL(await mysql.address());
  const ofRedis = new URL(await redis.address());
  const conf = join(folder.path, "app.conf");
  const lines = (mode: string): string => `appname = wafer-session-server
httpport = 0
runmode = ${mode}
autorender = false
copyrequestbody = true
EnableDocs = true

[dev]
dbdriver = mysql
mysql.host = 127.0.0.1
mysql.port = ${ofMySql.port}
mysql.user = ${ofMySql.username}
mysql.password = ${ofMySql.password}
mysql.db = ${ofMySql.pathname.slice(1)}
mysql.debug = true
redis.host = 127.0.0.1

[prod]
dbdriver = redis
redis.host = 127.0.0.1
redis.port = ${ofRedis.port}
redis.password =
redis.db = ${ofRedis.pathname.slice(1)}
redis.maxidle = 10
redis.maxactive = 1000
redis.timeout = 30
`;
  for (const { mode, place } of [
    { mode: "dev", place: "mysql://127.0.0.1:" },
    { mode: "prod", place: "redis://127.0.0.1:" },
  ] as const) {
    writeFileSync(conf, lines(mode));
    await using waferd = await Waferd.start({ args: ["--config", conf] });
    expect(waferd.output).toContain(`with its data in ${place}`);
    const made = await waferd.call(
      "qcloud.cam.initapp",
      { secret: "secret-of-go" },
      { appid: "wx-go" },
    );
    expect(made.returnCode).toBe(0);
    expect(waferd.output).not.toContain(ofMySql.password);
    // mysql.debug, without the values.
    const statements = waferd.log
      .filter(({ msg }) => msg === "mysql")
      .map(({ statement }) => String(statement));
    expect(statements.some((statement) => statement.includes("INSERT INTO `cAppinfo`"))).toBe(
      mode === "dev",
    );
    expect(waferd.output).not.toContain("secret-of-go");
  }
}, 60_000);
