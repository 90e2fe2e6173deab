/** `waferd audit` and `waferd stats`, on a running server, and on the store when none runs. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { runCommand, UNUSED_PORT } from "../../harness/command.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../../harness/production.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

describe.each([
  { way: "a running server", isRunning: true },
  { way: "the store", isRunning: false },
])("by $way", ({ isRunning }) => {
  let production: Production;
  let keyId: string;

  const run = (...args: string[]) =>
    runCommand(
      [...args, "--data-dir", production.waferd.dataDir, "--port", UNUSED_PORT],
      {},
      production.waferd.dataDir,
    );

  beforeAll(async () => {
    production = await startProduction();
    const { waferd, adminKey } = production;
    for (const name of ["alice", "bob"]) {
      const { returnData } = await production.login(production.user(name));
      const { id, skey } = returnData;
      await waferd.call("qcloud.cam.auth", { id, skey }, { appid: APP.appid });
    }
    const answer = await fetch(`${waferd.url}/api/v1/service-keys`, {
      method: "POST",
      headers: { Authorization: `Bearer ${adminKey}` },
      body: JSON.stringify({
        title: "shop",
        apps: [APP.appid],
        capabilities: ["session.revoke"],
      }),
    });
    const { id, key } = (await answer.json()) as { id: string; key: string };
    keyId = id;
    const { openid } = production.user("bob");
    await fetch(`${waferd.url}/api/v1/apps/${APP.appid}/sessions?openid=${openid}`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${key}` },
    });
    await waferd.call("qcloud.cam.auth", { id: "nobody", skey: "a-false-skey" });
    if (!isRunning) await waferd.stop();
  });
  afterAll(() => production[Symbol.asyncDispose]());

  test("audit lists who changed what, latest first", async () => {
    const { status, stdout, stderr } = await run("audit");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^AT +BY +FROM +ACTION +TARGET +CHANGED/);
    expect(lines.slice(-2).map((line) => line.split(/ {2,}/)[4])).toEqual([
      OTHER_APP.appid,
      APP.appid,
    ]);
  });

  test.each([
    { args: ["--action", "app.created"], count: 2 },
    { args: ["--action", "serviceKey.created", "--by", "admin"], count: 1 },
    { args: ["--target", OTHER_APP.appid], count: 1 },
    { args: ["--since", "1h", "--action", "app.created"], count: 2 },
    { args: ["--until", "1h"], count: 0 },
    { args: ["--since", "2020-01-01", "--action", "app.created", "--limit", "1"], count: 1 },
    { args: ["--by", "nobody"], count: 0 },
  ])("audit filters by $args", async ({ args, count }) => {
    const { status, stdout } = await run("audit", ...args, "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout).items).toHaveLength(count);
  });

  test("audit finds a service key by its id", async () => {
    const { stdout } = await run("audit", "--by", keyId, "--json");
    expect(JSON.parse(stdout).items).toMatchObject([
      { by: `key:${keyId}`, action: "session.revoked" },
    ]);
  });

  test("audit says that no entry fits, and refuses an action that does not exist", async () => {
    expect((await run("audit", "--by", "nobody")).stderr).toBe("no entry fits these filters\n");
    const wrong = await run("audit", "--action", "app.eaten");
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("app.created");
  });

  test("stats shows the sums of all apps, and a line for each", async () => {
    const { status, stdout } = await run("stats");
    expect(status).toBe(0);
    for (const line of [
      /^apps +2$/m,
      /^ +TODAY +YESTERDAY +7 DAYS +31 DAYS$/m,
      /^logins +2 +0 +2 +2$/m,
      /^checks +2 +0 +2 +2$/m,
      /^calls to WeChat +2 +0 +2 +2$/m,
      /^check +sessionNotFound +1 +1$/m,
      new RegExp(`^${APP.appid} +\\d +2 +2 +2$`, "m"),
      new RegExp(`^${OTHER_APP.appid} +0 +0 +0 +0$`, "m"),
    ])
      expect(stdout).toMatch(line);
    expect(JSON.parse((await run("stats", "--json")).stdout)).toMatchObject({
      all: { apps: 2, days: { length: 31 } },
      apps: [
        { appid: APP.appid, calls: [{ endpoint: "/sns/jscode2session", count: 2 }] },
        { appid: OTHER_APP.appid, sessions: 0 },
      ],
    });
  });

  test("stats of one app shows its calls by endpoint, and its JSON is the API's", async () => {
    const { stdout } = await run("stats", APP.appid);
    expect(stdout).toMatch(new RegExp(`^appid +${APP.appid}$`, "m"));
    expect(stdout).toMatch(/^\/sns\/jscode2session +2$/m);
    expect(JSON.parse((await run("stats", APP.appid, "--json")).stdout)).toMatchObject({
      days: { length: 31 },
    });
    const missing = await run("stats", "wx0000000000000000");
    expect(missing.status).toBe(3);
  });

  test.each([
    { span: "hour", buckets: 60, start: /^20\d\d-\d\d-\d\d \d\d:\d\d:00Z +0 +0 +0 +0 +0 +0$/gm },
    { span: "day", buckets: 24, start: /^20\d\d-\d\d-\d\d \d\d:00:00Z +0 +0 +0 +0 +0 +0$/gm },
    { span: "month", buckets: 30, start: /^20\d\d-\d\d-\d\d 16:00:00Z +0 +0 +0 +0 +0 +0$/gm },
  ])("stats --span $span shows its $buckets buckets and their sum", async (row) => {
    const { span, buckets, start } = row;
    const { status, stdout } = await run("stats", "--span", span, "--utc");
    expect(status).toBe(0);
    expect(stdout.match(start)?.length).toBeGreaterThanOrEqual(buckets - 2);
    expect(stdout).toMatch(/^in all +2 +2 +0 +2 +0 +1$/m);
    expect(stdout).toMatch(/^before +0 +0 +0 +0 +0 +0$/m);
    expect(stdout).toMatch(/^check +sessionNotFound +1$/m);
    const other = await run("stats", OTHER_APP.appid, "--span", span);
    expect(other.stdout).toMatch(/^in all +0 +0 +0 +0 +0 +0$/m);
    const { stdout: json } = await run("stats", APP.appid, "--span", span, "--json");
    expect(JSON.parse(json)).toMatchObject({ span, buckets: { length: buckets } });
  });

  test("stats --span refuses another span, and an unknown app", async () => {
    expect(await run("stats", "--span", "year")).toMatchObject({ status: 2 });
    expect(await run("stats", "nobody", "--span", "day")).toMatchObject({ status: 3 });
  });
});
