/** Apps, agents, keys, audit and stats over REST, through the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { DEMO_AGENT } from "../../src/sandbox/world.ts";
import { Api, type ApiRequest } from "../harness/api.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { until } from "../harness/until.ts";

const SECRET = "the-secret-of-an-app-of-rest";
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let production: Production;
let api: Api;
beforeAll(async () => {
  production = await startProduction();
  api = await Api.of({
    get url() {
      return production.waferd.url;
    },
  });
  noteSecret(SECRET);
});
afterAll(() => production[Symbol.asyncDispose]());

const call = (method: string, path: string, request: ApiRequest = {}) =>
  api.call(method, path, { key: production.adminKey, ...request });
const register = (appid: string, members: object = {}, headers: Record<string, string> = {}) =>
  call("POST", "/apps", { body: { appid, secret: SECRET, ...members }, headers });

test("/apps registers an app with defaults, reads, changes and deletes it", async () => {
  const created = await register("wx-life", { title: "应用 😀", sessionsPerUser: 3 });
  const app = {
    appid: "wx-life",
    number: 3,
    title: "应用 😀",
    loginDurationDays: 30,
    sessionDurationSeconds: 2_592_000,
    sessionsPerUser: 3,
    tokenEndpoint: "stable",
    createdAt: expect.stringMatching(RFC_3339),
    updatedAt: expect.stringMatching(RFC_3339),
  };
  expect(created).toMatchObject({ status: 201, body: app });
  expect(created.headers.get("location")).toBe("/api/v1/apps/wx-life");
  const read = await call("GET", "/apps/wx-life");
  expect(read.body).toEqual(created.body);
  expect(read.headers.get("etag")).toBe(created.headers.get("etag"));

  const changed = await call("PATCH", "/apps/wx-life", {
    headers: { "If-Match": read.headers.get("etag") ?? "" },
    body: { sessionsPerUser: null, tokenEndpoint: "legacy", sessionDurationSeconds: 60 },
  });
  expect(changed.body).toEqual({
    ...app,
    sessionsPerUser: null,
    tokenEndpoint: "legacy",
    sessionDurationSeconds: 60,
  });
  expect((await call("GET", "/apps/wx-life")).body).toEqual(changed.body);
  expect((await call("DELETE", "/apps/wx-life")).status).toBe(204);
  expect((await call("GET", "/apps/wx-life")).body.code).toBe("appNotFound");
});

test("PATCH /apps refuses the second change of one revision", async () => {
  const etag = (await register("wx-two-admins")).headers.get("etag") ?? "";
  const change = (title: string, ifMatch?: string) =>
    call("PATCH", "/apps/wx-two-admins", {
      body: { title },
      ...(ifMatch !== undefined && { headers: { "If-Match": ifMatch } }),
    });
  const answers = await Promise.all([change("first", etag), change("second", etag)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  expect((await change("x")).status).toBe(428);
  expect((await change("x", "1")).body.errors).toEqual([
    { in: "header", pointer: "/if-match", detail: expect.stringContaining("ETag") },
  ]);
  expect((await change("anyway", "*")).body.title).toBe("anyway");
  const stale = await call("DELETE", "/apps/wx-two-admins", { headers: { "If-Match": etag } });
  expect(stale.body.code).toBe("appChanged");
});

test("DELETE /apps deletes an app's sessions and credentials for good", async () => {
  production.sandbox.world.apps.set("wx-deleted", SECRET);
  await register("wx-deleted");
  const user = production.user("alice", "wx-deleted");
  const { id, skey } = (await production.login(user)).returnData;
  noteSecret((await call("GET", "/apps/wx-deleted/credentials/access-token")).body.value);
  expect((await call("DELETE", "/apps/wx-deleted")).status).toBe(204);
  const verify = () => api.call("POST", `/sessions/${id}/verify`, { body: { skey } });
  expect((await verify()).body.code).toBe("sessionNotFound");
  const owners = (await call("GET", "/credentials")).body.items.map(
    ({ owner }: { owner: string }) => owner,
  );
  expect(owners).not.toContain("wx-deleted");
  await register("wx-deleted");
  expect((await verify()).body.code).toBe("sessionNotFound");
  expect((await call("GET", "/apps/wx-deleted/sessions")).body).toEqual({ items: [], next: null });
});

test("PATCH /apps with a new secret takes effect at once", async () => {
  production.sandbox.world.apps.set("wx-secret", SECRET);
  await register("wx-secret", { secret: "not-the-secret-of-this-app" });
  const token = () => call("GET", "/apps/wx-secret/credentials/access-token");
  expect((await token()).body).toMatchObject({
    status: 502,
    code: "tokenRefused",
    wechat: { errcode: 40125, errmsg: expect.stringContaining("invalid appsecret") },
  });
  await call("PATCH", "/apps/wx-secret", {
    headers: { "If-Match": "*" },
    body: { secret: SECRET },
  });
  const given = await token();
  noteSecret(given.body.value);
  expect(given.status).toBe(200);
});

test("an app's sessionsPerUser overrides the option", async () => {
  production.sandbox.world.apps.set("wx-devices", SECRET);
  await register("wx-devices", { sessionsPerUser: 2 });
  const user = production.user("alice", "wx-devices");
  const ids = new Set();
  for (let device = 0; device < 3; device += 1)
    ids.add((await production.login(user)).returnData.id);
  expect(ids.size).toBe(3);
  const { items } = (await call("GET", `/apps/wx-devices/sessions?openid=${user.openid}`)).body;
  expect(items).toHaveLength(2);
});

test("POST /apps names every faulty member by its pointer", async () => {
  const { body } = await register("wx 1", {
    titel: "x",
    title: "x".repeat(101),
    loginDurationDays: 0,
    sessionDurationSeconds: "60",
    sessionsPerUser: 1001,
    tokenEndpoint: "other",
    secret: "with space",
  });
  expect(body).toMatchObject({
    type: "urn:waferd:problem:badParameter",
    status: 400,
    code: "badParameter",
    requestId: expect.stringMatching(/^[0-9a-f]{12}-/),
  });
  const details = new Map(
    body.errors.map(({ pointer, detail }: { pointer: string; detail: string }) => [
      pointer,
      detail,
    ]),
  );
  expect([...details.keys()].sort()).toEqual([
    "/appid",
    "/loginDurationDays",
    "/secret",
    "/sessionDurationSeconds",
    "/sessionsPerUser",
    "/titel",
    "/title",
    "/tokenEndpoint",
  ]);
  expect(details.get("/titel")).toContain("remove it");
  expect(details.get("/title")).toBe("must be a text of at most 100 characters");
  expect(details.get("/loginDurationDays")).toBe("must be a whole number of 1 to 3650");
  expect(details.get("/sessionsPerUser")).toBe("must be a whole number of 1 to 1000 or null");
  expect(details.get("/tokenEndpoint")).toBe('must be one of "stable", "legacy"');
  expect(JSON.stringify(body)).not.toContain("with space");
});

test("POST /apps names values without a text, and at most 100 faulty members", async () => {
  const odd = await register("wx-odd", {
    title: { toString: null },
    secret: { valueOf: 1, toString: 2 },
  });
  const pointers = odd.body.errors.map(({ pointer }: { pointer: string }) => pointer);
  expect(pointers.sort()).toEqual(["/secret", "/title"]);
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`m${index}`, index]));
  expect((await register("wx-many", many)).body.errors).toHaveLength(100);
});

test.each([
  { body: "missing", sent: undefined, detail: "is missing: send JSON" },
  { body: "not JSON", sent: "{", detail: "is not JSON" },
  { body: "not an object", sent: "[]", detail: "must be an object" },
])("POST /apps of a body that is $body says so", async ({ sent, detail }) => {
  const answer = await call("POST", "/apps", { body: sent });
  expect(answer.body.errors).toEqual([{ in: "body", pointer: "", detail }]);
});

test("a lone surrogate is refused", async () => {
  const half = '"\\ud800"';
  const pointers = async (method: string, path: string, body: string) =>
    (await call(method, path, { body })).body.errors.map(
      ({ pointer }: { pointer: string }) => pointer,
    );
  const app = `{"appid":"wx-half","secret":"${SECRET}","title":${half}}`;
  expect(await pointers("POST", "/apps", app)).toEqual(["/title"]);
  const agent = `{"secret":"${SECRET}","remark":${half}}`;
  expect(await pointers("PUT", "/work-agents/ww1/1", agent)).toEqual(["/remark"]);
  const key = `{"title":${half},"apps":["${APP.appid}"],"capabilities":["token"]}`;
  expect(await pointers("POST", "/service-keys", key)).toEqual(["/title"]);
});

test("POST /apps refuses an appid as the secret, and accepts JSON of any content type", async () => {
  const swapped = await register("wx-swapped", { secret: "wx0123456789abcdef" });
  expect(swapped.body.errors).toEqual([
    { in: "body", pointer: "/secret", detail: "is an appid; the two are swapped" },
  ]);
  const form = { "Content-Type": "application/x-www-form-urlencoded" };
  expect((await register("wx-form", {}, form)).status).toBe(201);
});

test("POST /apps of a body that is too large is answered 413", async () => {
  expect((await register("wx-large", { title: "x".repeat(300_000) })).body.code).toBe(
    "bodyTooLarge",
  );
});

test("lists return each item once by cursor, and refuse another list's cursor", async () => {
  for (const appid of ["wx-page-1", "wx-page-2", "wx-page-3"]) await register(appid);
  const seen: string[] = [];
  let next: string | null = null;
  do {
    const cursor: string = next === null ? "" : `&cursor=${next}`;
    const { body } = await call("GET", `/apps?limit=2${cursor}`);
    seen.push(...body.items.map(({ appid }: { appid: string }) => appid));
    next = body.next;
  } while (next !== null);
  expect(seen).toContain("wx-page-3");
  expect(new Set(seen).size).toBe(seen.length);
  const first = (await call("GET", "/apps?limit=1")).body.next;
  for (const path of [`/service-keys?cursor=${first}`, "/apps?cursor=x"])
    expect((await call("GET", path)).body.errors).toEqual([
      { in: "query", pointer: "/cursor", detail: expect.stringContaining("cursor") },
    ]);
  const wrong = (await call("GET", "/apps?limit=0&offset=1")).body.errors;
  expect(wrong.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
    "/limit",
    "/offset",
  ]);
});

test("a create that is repeated with its Idempotency-Key runs once, and is answered alike", async () => {
  const headers = { "Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324" };
  const first = await register("wx-once", {}, headers);
  const again = await register("wx-once", {}, headers);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("etag")).toBe(first.headers.get("etag"));
  expect(first.headers.get("idempotency-replayed")).toBe("false");
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect((await register("wx-other", {}, headers)).body.code).toBe("idempotencyKeyReused");
  expect((await register("wx-once")).body.code).toBe("appExists");
  expect((await register("wx-bad", {}, { "Idempotency-Key": "x".repeat(256) })).status).toBe(400);

  const body = { title: "shop", apps: [APP.appid], capabilities: ["token"] };
  const keys = await Promise.all(
    Array.from({ length: 10 }, () =>
      call("POST", "/service-keys", { body, headers: { "Idempotency-Key": "k" } }),
    ),
  );
  const made = keys.filter(({ status }) => status === 201);
  noteSecret(...made.map((answer) => answer.body.key));
  expect(new Set(made.map((answer) => answer.body.key)).size).toBe(1);
  for (const { status, body: problem } of keys)
    if (status !== 201) expect(problem.code).toBe("idempotencyKeyInUse");
  await production.restart();
  const replayed = await call("POST", "/service-keys", {
    body,
    headers: { "Idempotency-Key": "k" },
  });
  expect(replayed.body).toEqual(made[0]?.body);
  const stored = readFileSync(join(production.waferd.dataDir, "data.mdb")).toString("latin1");
  expect(stored).not.toContain(made[0]?.body.key);
  expect(stored).not.toContain("waferd_key_");
});

test("a failed create runs again with the same Idempotency-Key", async () => {
  const headers = { "Idempotency-Key": "failing" };
  const body = { title: "t", apps: ["wx-not-yet"], capabilities: ["token"] };
  const create = () => call("POST", "/service-keys", { body, headers });
  expect((await create()).body.errors).toEqual([
    { in: "body", pointer: "/apps", detail: "names an app or agent that is not registered" },
  ]);
  await register("wx-not-yet");
  const created = await create();
  noteSecret(created.body.key);
  expect(created.status).toBe(201);
});

test("POST /service-keys returns the key once, and it expires and records its use", async () => {
  const wanted = {
    title: "shop server",
    apps: [APP.appid, OTHER_APP.appid],
    capabilities: ["session.read"],
  };
  const expiresAt = new Date(Date.now() + 1500).toISOString();
  const created = await call("POST", "/service-keys", { body: { ...wanted, expiresAt } });
  const { key, ...record } = created.body;
  noteSecret(key);
  expect(key).toMatch(/^waferd_key_[0-9a-f]{64}$/);
  expect(record).toMatchObject({ ...wanted, expiresAt, lastUsedAt: null });
  expect(created.headers.get("location")).toBe(`/api/v1/service-keys/${record.id}`);
  const read = () => call("GET", `/service-keys/${record.id}`);
  expect((await read()).body).toEqual(record);
  const use = () => api.call("GET", `/apps/${APP.appid}/sessions?limit=1`, { key });
  expect((await use()).status).toBe(200);
  for (let tries = 0; (await read()).body.lastUsedAt === null && tries < 100; tries += 1)
    await Bun.sleep(10);
  expect((await read()).body.lastUsedAt).toMatch(RFC_3339);
  const { items } = (await call("GET", "/service-keys?limit=200")).body;
  expect(items.find(({ id }: { id: string }) => id === record.id)).toEqual((await read()).body);
  await Bun.sleep(Date.parse(expiresAt) - Date.now() + 1);
  expect((await use()).body.code).toBe("keyRequired");
  const over = await call("POST", "/service-keys", { body: { ...wanted, expiresAt } });
  expect(over.body.errors).toEqual([
    { in: "body", pointer: "/expiresAt", detail: "is in the past" },
  ]);
});

test("the envelope accepts service keys", async () => {
  const created = await call("POST", "/service-keys", {
    body: { title: "t", apps: [APP.appid], capabilities: ["token"] },
  });
  const { key } = created.body;
  noteSecret(key);
  const ask = (name: string, para: object) => production.waferd.call(name, { ...para }, { key });
  expect((await ask("qcloud.mimi.access_token", { appid: APP.appid })).returnCode).toBe(0);
  expect((await ask("qcloud.mimi.access_token", {})).returnMessage).toBe("PARA_ERR: appid");
  for (const { name, para } of [
    { name: "qcloud.mimi.access_token", para: { appid: OTHER_APP.appid } },
    { name: "qcloud.mimi.ticket", para: { appid: APP.appid } },
    { name: "qcloud.cam.initapp", para: { appid: "wx-x", secret: SECRET } },
    {
      name: "qcloud.work.initagent",
      para: { corpid: "ww1", agentid: "1", agentsecret: SECRET, remark: "r" },
    },
  ] as const)
    expect(await ask(name, para)).toMatchObject({
      returnCode: 60012,
      returnMessage: "KEY_REQUIRED",
    });
});

test("the envelope accepts an agent's service keys for that agent, token and tickets apart", async () => {
  const { corpid, agentid, secret } = DEMO_AGENT;
  for (const id of [agentid, "1000009"]) {
    production.sandbox.world.agents.set(`${corpid}:${id}`, secret);
    await call("PUT", `/work-agents/${corpid}/${id}`, { body: { secret } });
  }
  const newKey = async (...capabilities: string[]): Promise<string> => {
    const body = { title: "t", apps: [`${corpid}:${agentid}`], capabilities };
    const { key } = (await call("POST", "/service-keys", { body })).body;
    noteSecret(key);
    return key;
  };
  const keys = { token: await newKey("token"), ticket: await newKey("ticket") };
  const ask = async (name: string, key: string, id: string = agentid) =>
    (await production.waferd.call(`qcloud.work.${name}`, { corpid, agentid: id }, { key }))
      .returnCode;
  for (const { name, good, bad } of [
    { name: "access_token", good: keys.token, bad: keys.ticket },
    { name: "ticket", good: keys.ticket, bad: keys.token },
    { name: "agent.ticket", good: keys.ticket, bad: keys.token },
  ] as const)
    expect([await ask(name, good), await ask(name, bad), await ask(name, good, "1000009")]).toEqual(
      [0, 60012, 60012],
    );
});

test("GET /audit lists changes, latest first, without values", async () => {
  await register("wx-audit", { title: "a title, not a secret" });
  await call("PATCH", "/apps/wx-audit", {
    headers: { "If-Match": "*" },
    body: { secret: SECRET, title: "t" },
  });
  await call("PUT", "/work-agents/ww-audit/1", { body: { secret: SECRET } });
  await call("DELETE", "/work-agents/ww-audit/1");
  const created = await call("POST", "/service-keys", {
    body: { title: "t", apps: ["wx-audit"], capabilities: ["session.revoke"] },
  });
  const { id, key } = created.body;
  noteSecret(key);
  production.sandbox.world.apps.set("wx-audit", SECRET);
  const { openid } = production.user("alice", "wx-audit");
  const session = (await production.login(production.user("alice", "wx-audit"))).returnData.id;
  await api.call("DELETE", `/apps/wx-audit/sessions/${session}`, { key });
  await production.login(production.user("alice", "wx-audit"));
  await api.call("DELETE", `/apps/wx-audit/sessions?openid=${openid}`, { key });
  await call("DELETE", `/service-keys/${id}`);
  await call("DELETE", "/apps/wx-audit");
  const { items } = (await call("GET", "/audit?limit=9")).body;
  const entries = items.map(({ by, action, target, changed }: Record<string, unknown>) => [
    by,
    action,
    target,
    changed,
  ]);
  expect(entries).toEqual([
    ["admin", "app.deleted", "wx-audit", []],
    ["admin", "serviceKey.revoked", id, []],
    [`key:${id}`, "session.revoked", `wx-audit/${openid}`, []],
    [`key:${id}`, "session.revoked", `wx-audit/${session}`, []],
    ["admin", "serviceKey.created", id, ["title", "apps", "capabilities", "expiresAt"]],
    ["admin", "agent.deleted", "ww-audit:1", []],
    ["admin", "agent.registered", "ww-audit:1", ["secret", "remark"]],
    ["admin", "app.updated", "wx-audit", ["title", "secret"]],
    ["admin", "app.created", "wx-audit", ["secret", "title"]],
  ]);
  for (const { at, requestId } of items) {
    expect(at).toMatch(RFC_3339);
    await production.waferd.logged((line) => line["requestId"] === requestId);
  }
  expect(JSON.stringify(items)).not.toContain("no secret");
});

test.each<{ query: string; actions: string[] }>([
  { query: "", actions: ["app.deleted", "app.updated", "app.created"] },
  { query: "&action=app.updated", actions: ["app.updated"] },
  { query: "&by=local", actions: [] },
  { query: "&since=2999-01-01T00:00:00Z", actions: [] },
  { query: "&since=2020-01-01T00:00:00Z&action=app.created", actions: ["app.created"] },
  { query: "&until=2020-01-01T00:00:00%2B08:00", actions: [] },
  { query: "&limit=1&by=admin", actions: ["app.deleted"] },
])("GET /audit?target=wx-filter…$query lists the changes that it names", async (row) => {
  const appid = `wx-filter${encodeURIComponent(row.query).replaceAll(/\W/g, "")}`;
  await register(appid);
  await call("PATCH", `/apps/${appid}`, { body: { title: "t" }, headers: { "If-Match": "*" } });
  await call("DELETE", `/apps/${appid}`);
  const { items } = (await call("GET", `/audit?target=${appid}${row.query}`)).body;
  expect(items.map(({ action }: { action: string }) => action)).toEqual(row.actions);
});

test.each(["action=app.eaten", "since=yesterday", "until=7d", "by=", "limit=201", "app=wx1"])(
  "GET /audit refuses %p, and names it",
  async (query) => {
    const { status, body } = await call("GET", `/audit?${query}`);
    expect([status, body.errors.map(({ pointer }: { pointer: string }) => pointer)]).toEqual([
      400,
      [`/${query.split("=")[0]}`],
    ]);
  },
);

test("GET /audit has the client's address, and is CSV for clients that want it", async () => {
  await register("wx-csv");
  await call("DELETE", "/apps/wx-csv");
  const { items } = (await call("GET", "/audit?target=wx-csv")).body;
  expect(items.map(({ address }: { address: string }) => address)).toEqual([
    "127.0.0.1",
    "127.0.0.1",
  ]);
  const json = await call("GET", "/audit?target=wx-csv&format=json", {
    headers: { Accept: "text/csv" },
  });
  expect(json.body.items).toEqual(items);
  for (const [query, headers] of [
    ["&format=csv", {}],
    ["", { Accept: "text/csv, */*;q=0.1" }],
  ] as const) {
    const csv = await call("GET", `/audit?target=wx-csv${query}`, { headers });
    expect(csv.headers.get("content-type")).toStartWith("text/csv");
    expect(csv.headers.get("content-disposition")).toContain("attachment");
    const [heads, ...lines] = csv.text.trimEnd().split("\r\n");
    expect(heads).toBe("at,by,address,action,target,changed,requestId");
    expect(lines).toEqual(
      items.map(
        (item: Record<string, string> & { changed: string[] }) =>
          `${item["at"]},admin,127.0.0.1,${item["action"]},wx-csv,${item.changed.join(" ")},${item["requestId"]}`,
      ),
    );
  }
  expect((await call("GET", "/audit?format=csv&cursor=x")).body.code).toBe("badParameter");
});

test("GET /service-keys/{id} has the address of the last use", async () => {
  await register("wx-key-use");
  const { id, key } = (
    await call("POST", "/service-keys", {
      body: { title: "t", apps: ["wx-key-use"], capabilities: ["session.read"] },
    })
  ).body;
  noteSecret(key);
  expect((await call("GET", `/service-keys/${id}`)).body.lastUsedFrom).toBeNull();
  await api.call("GET", "/apps/wx-key-use/sessions", { key });
  await until(
    async () => (await call("GET", `/service-keys/${id}`)).body.lastUsedFrom === "127.0.0.1",
  );
});

test("GET /audit lists changes by the envelope", async () => {
  const envelope = (name: string, para: Record<string, unknown>) =>
    production.waferd.call(name, para, { key: production.adminKey });
  await envelope("qcloud.cam.initapp", { appid: "wx-envelope", secret: SECRET });
  await envelope("qcloud.work.initagent", {
    corpid: "ww2",
    agentid: "7",
    agentsecret: SECRET,
    remark: "r",
  });
  const { items } = (await call("GET", "/audit?limit=2")).body;
  expect(items).toMatchObject([
    { by: "admin", action: "agent.registered", target: "ww2:7" },
    { by: "admin", action: "app.created", target: "wx-envelope", changed: ["secret"] },
  ]);
});

test("GET /stats counts logins, verifications and calls by days, of an app and of all", async () => {
  production.sandbox.world.apps.set("wx-stats", SECRET);
  await register("wx-stats");
  const before = (await call("GET", "/stats")).body;
  const { id, skey } = (await production.login(production.user("alice", "wx-stats"))).returnData;
  for (let count = 0; count < 5; count += 1)
    await api.call("POST", `/sessions/${id}/verify`, { body: { skey } });
  const ofApp = (await call("GET", "/apps/wx-stats/stats")).body;
  expect(ofApp.sessions).toBe(1);
  expect(ofApp.days).toHaveLength(31);
  const china = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  expect(ofApp.days.at(-1)).toEqual({ day: china, logins: 1, verifications: 5, calls: 1 });
  expect(ofApp.calls).toEqual([{ endpoint: "/sns/jscode2session", count: 1 }]);
  const after = (await call("GET", "/stats")).body;
  expect(after.sessions).toBe(before.sessions + 1);
  expect(after.apps).toBe(before.apps);
  const grown = (member: string) => after.days.at(-1)[member] - before.days.at(-1)[member];
  expect([grown("logins"), grown("verifications"), grown("calls")]).toEqual([1, 5, 1]);
  await api.call("POST", `/sessions/${id}/verify`, { body: { skey } });
  await production.restart();
  const again = (await call("GET", "/apps/wx-stats/stats")).body;
  expect(again.days.at(-1)).toMatchObject({ logins: 1, verifications: 6 });
});

test("/work-agents registers, replaces, lists without the secret, and deletes an agent", async () => {
  const path = "/work-agents/ww1234567890abcdef/1000002";
  const created = await call("PUT", path, { body: { secret: SECRET, remark: "a" } });
  expect(created).toMatchObject({
    status: 201,
    body: { corpid: "ww1234567890abcdef", agentid: "1000002", remark: "a" },
  });
  const replaced = await call("PUT", path, { body: { secret: "another-secret-of-it" } });
  expect(replaced).toMatchObject({
    status: 200,
    body: { remark: "", createdAt: created.body.createdAt },
  });
  expect((await call("GET", path)).body).toEqual(replaced.body);
  expect((await call("GET", "/work-agents?limit=200")).body.items).toContainEqual(replaced.body);
  expect((await call("DELETE", path)).status).toBe(204);
  expect((await call("GET", path)).body.code).toBe("agentNotFound");
});

test("GET /server returns version, address, data, start and its one worker", async () => {
  const { status, body } = await call("GET", "/server");
  expect(status).toBe(200);
  expect(body).toEqual({
    version: packageJson.version,
    url: production.waferd.url,
    startedAt: expect.stringMatching(RFC_3339),
    data: production.waferd.dataDir,
    sandbox: false,
    certificate: null,
    workers: {
      supervisor: production.waferd.pid,
      configured: 1,
      serving: [{ pid: production.waferd.worker, startedAt: expect.stringMatching(RFC_3339) }],
    },
  });
});
