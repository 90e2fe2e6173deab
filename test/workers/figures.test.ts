/** The kept counts of a server, of all its processes, as REST gives them out. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MOST_FIGURE_FOLLOWERS } from "../../src/http/rest/stats/followers.ts";
import { DEMO_APP } from "../../src/sandbox/world.ts";
import { Api } from "../harness/api.ts";
import { EventStream } from "../harness/event-stream.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

interface Bucket {
  at: string;
  logins: number;
  verifications: number;
  tokens: number;
  failedVerifications: number;
}

describe.each([1, 2])("with %p workers", (workers) => {
  let waferd: Waferd;
  let api: Api;

  beforeAll(async () => {
    waferd = await Waferd.start({ args: ["--sandbox", "--workers", String(workers)] });
    api = await Api.of(waferd);
  });
  afterAll(() => waferd[Symbol.asyncDispose]());

  const get = (path: string) => api.call("GET", path, { key: waferd.adminKey });

  /** Makes checks that fail, on connections of their own, which reach all workers. */
  const fail = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async () => {
        const answer = await fetch(`${waferd.url}/api/v1/sessions/nobody/verify`, {
          method: "POST",
          headers: { Connection: "close" },
          body: JSON.stringify({ skey: "x", appid: DEMO_APP.appid }),
        });
        expect(answer.status).toBe(401);
      }),
    );

  const failuresIn = async (query: string): Promise<number> => {
    const { body } = await get(`/stats/series?${query}`);
    const buckets: Bucket[] = [...body.previous, ...body.buckets];
    return buckets.reduce((sum, bucket) => sum + bucket.failedVerifications, 0);
  };

  test("every process's failures are counted once, in each span, by app and in all", async () => {
    const before = await failuresIn("span=hour");
    await fail(50);
    await until(async () => (await failuresIn("span=hour")) === before + 50);
    await Bun.sleep(6000);
    for (const span of ["hour", "day", "month"])
      for (const app of ["", `&app=${DEMO_APP.appid}`])
        expect(await failuresIn(`span=${span}${app}`)).toBe(before + 50);
    const { body } = await get("/overview");
    expect(body.failures).toMatchObject({
      last24Hours: before + 50,
      causes: [{ operation: "verification", code: "sessionNotFound", count: before + 50 }],
    });
  }, 30_000);

  test("buckets are whole minutes in UTC, and each follows the one before", async () => {
    const { body } = await get("/stats/series?span=hour");
    const starts = [...body.previous, ...body.buckets].map(({ at }: Bucket) => Date.parse(at));
    expect(starts).toHaveLength(120);
    for (const [index, start] of starts.entries())
      expect(start).toBe((starts[0] ?? 0) + index * 60_000);
    expect(body.buckets.at(-1).at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000Z$/);
    expect((await get("/stats/series")).body).toMatchObject({ span: "day", bucketSeconds: 3600 });
  });

  test.each([
    { query: "span=year", status: 400, pointer: "/span" },
    { query: "span=", status: 400, pointer: "/span" },
    { query: "app=", status: 400, pointer: "/app" },
    { query: "from=2026-01-01", status: 400, pointer: "/from" },
    { query: "app=nobody", status: 404, pointer: null },
    { query: "app=*", status: 404, pointer: null },
  ])("GET /stats/series refuses $query, also as events", async ({ query, status, pointer }) => {
    const answer = await get(`/stats/series?${query}`);
    expect(answer.status).toBe(status);
    if (pointer !== null) expect(answer.body.errors).toMatchObject([{ in: "query", pointer }]);
    const url = `${waferd.url}/api/v1/stats/series?${query}`;
    using events = await EventStream.open(url, waferd.adminKey);
    expect(events.status).toBe(status);
  });

  test.each(["/stats/series?span=hour", "/overview"])(
    "a follower of %s gets it at once, and again when any process counted something",
    async (path) => {
      using events = await EventStream.open(`${waferd.url}/api/v1${path}`, waferd.adminKey);
      expect(events.headers.get("content-type")).toBe("text/event-stream");
      await until(() => events.data.length > 0);
      const { body } = await get(path);
      expect(Object.keys(events.data[0] ?? {}).sort()).toEqual(Object.keys(body).sort());
      const failures = (figures: unknown): string =>
        JSON.stringify((figures as { failures: unknown }).failures);
      const before = failures(events.data.at(-1));
      await fail(20);
      await until(() => failures(events.data.at(-1)) !== before, 12_000);
    },
    20_000,
  );

  test("a follower is refused without the admin key, and when it is one too many", async () => {
    const url = `${waferd.url}/api/v1/overview`;
    using guest = await EventStream.open(url, "no-key");
    expect(guest.status).toBe(401);
    const streams: EventStream[] = [];
    for (let count = 0; count <= workers * MOST_FIGURE_FOLLOWERS; count += 1)
      streams.push(await EventStream.open(url, waferd.adminKey));
    const refused = streams.filter(({ status }) => status !== 200);
    expect(refused).not.toBeEmpty();
    expect([refused[0]?.status, refused[0]?.headers.get("retry-after")]).toEqual([429, "5"]);
    for (const stream of streams) stream[Symbol.dispose]();
  });

  test("a reload and the end of the server end followers at once", async () => {
    const ending = await Waferd.start({ args: ["--workers", String(workers)] });
    const open = () => EventStream.open(`${ending.url}/api/v1/overview`, ending.adminKey);
    using first = await open();
    await until(() => first.data.length > 0);
    ending.signal("SIGHUP");
    await ending.logged(({ msg }) => msg === "reloaded");
    expect(await first.ended).toBe("complete");
    using second = await open();
    await until(() => second.data.length > 0);
    await ending.stop();
    expect(await second.ended).toBe("complete");
    await ending[Symbol.asyncDispose]();
  }, 40_000);
});

describe("with a simulated WeChat of the tests", () => {
  let production: Production;

  beforeAll(async () => {
    production = await startProduction({ args: ["--workers", "2"] });
  });
  afterAll(() => production[Symbol.asyncDispose]());

  /** Makes a request to the server that runs now: a restart changes its port. */
  const admin = async (method: string, path: string, body?: object) => {
    const api = await Api.of(production.waferd);
    return api.call(method, path, {
      key: production.adminKey,
      ...(body !== undefined && { body }),
    });
  };

  test("counts survive a restart, and logins are those of their app", async () => {
    await production.login(production.user("alice"));
    await production.login(production.user("bob", OTHER_APP.appid));
    await production.restart();
    const logins = async (query: string): Promise<number> => {
      const { body } = await admin("GET", `/stats/series?span=hour${query}`);
      return body.buckets.reduce((sum: number, bucket: Bucket) => sum + bucket.logins, 0);
    };
    expect(await logins("")).toBe(2);
    expect(await logins(`&app=${APP.appid}`)).toBe(1);
    expect((await admin("GET", "/overview")).body).toMatchObject({
      apps: 2,
      sessions: 2,
      logins: { today: 2 },
      endpoints: [{ endpoint: "/sns/jscode2session", today: 2, yesterday: 0 }],
    });
  });

  test("GET /credentials of any process has the last failure, also after a restart", async () => {
    const path = `/apps/${APP.appid}/credentials/access-token`;
    production.sandbox.faults.set("/cgi-bin/stable_token", {
      errcode: 40164,
      errmsg: "invalid ip",
    });
    expect((await admin("GET", path)).status).toBe(502);
    const missing = {
      owner: APP.appid,
      kind: "access-token",
      state: "missing",
      fetchedAt: null,
      expiresAt: null,
      lastFailure: {
        code: "tokenRefused",
        wechat: { errcode: 40164, errmsg: expect.stringMatching(/^invalid ip/) },
        upstream: null,
        failures: expect.any(Number),
      },
    };
    for (let count = 0; count < 8; count += 1)
      expect((await admin("GET", "/credentials")).body.items).toMatchObject([missing]);
    await production.restart();
    expect((await admin("GET", "/credentials")).body.items).toMatchObject([missing]);
    production.sandbox.faults.clear("/cgi-bin/stable_token");
    await until(async () => (await admin("GET", path)).status === 200);
    const { body } = await admin("GET", "/credentials");
    expect(body.items).toMatchObject([
      { state: "valid", lastFailure: { code: "tokenRefused" }, forcedAt: null },
    ]);
    const [{ fetchedAt, nextAttemptAt, expiresAt, lastFailure }] = body.items;
    expect(fetchedAt > lastFailure.at).toBe(true);
    expect(Date.parse(expiresAt) - Date.parse(nextAttemptAt)).toBe(600_000);
  }, 30_000);

  test("POST /apps/check answers what WeChat says, stores nothing, and logs no secret", async () => {
    const { sandbox, waferd } = production;
    const appid = "wx0a0b0c0d0e0f0a0b";
    const secret = "a-secret-that-is-only-checked";
    sandbox.world.apps.set(appid, secret);
    const check = async (of: string) => {
      const { status, body } = await admin("POST", "/apps/check", { appid, secret: of });
      expect(status).toBe(200);
      return body;
    };
    expect(await check(secret)).toEqual({ ok: true });
    const wrong = "a-secret-that-is-wrong";
    expect(await check(wrong)).toMatchObject({
      ok: false,
      cause: "secretWrong",
      wechat: { errcode: 40125, rid: expect.any(String) },
      address: null,
      upstream: null,
    });
    expect((await admin("GET", `/apps/${appid}`)).status).toBe(404);
    const swapped = await admin("POST", "/apps/check", { appid, secret: APP.appid });
    expect(swapped.body.errors).toMatchObject([{ in: "body", pointer: "/secret" }]);
    expect(waferd.output).not.toContain(secret);
    expect(waferd.output).not.toContain(wrong);
  });
});
