/** The gateway of the executable, before the simulated WeChat. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEMO_AGENT } from "../../src/sandbox/world.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { agentKeyOf, keyOf, tokenOf } from "./keys.ts";

const { corpid, agentid } = DEMO_AGENT;
const WECHAT = `/wechat/${APP.appid}`;
const WECOM = `/wecom/${corpid}/${agentid}`;
const PATH = "/wxa/getwxacode";

let production: Production;
beforeAll(async () => {
  production = await startProduction();
  const { waferd, adminKey } = production;
  const agent = await fetch(`${waferd.url}/api/v1/work-agents/${corpid}/${agentid}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${adminKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ secret: DEMO_AGENT.secret, remark: "" }),
  });
  expect(agent.status).toBeOneOf([200, 201]);
});
afterAll(() => production[Symbol.asyncDispose]());

/** Asks the gateway; a key goes into the header, anything else into the query. */
async function ask(
  path: string,
  { key, method = "GET", body }: { key?: string; method?: string; body?: string } = {},
) {
  const answer = await fetch(`${production.waferd.url}${path}`, {
    ...{ method, redirect: "manual" },
    headers: { ...(key !== undefined && { Authorization: `Bearer ${key}` }) },
    ...(body !== undefined && { body }),
  });
  const text = await answer.text();
  return { answer, text, json: (): Record<string, unknown> => JSON.parse(text) };
}

const post = (path: string, key: string, body: object) =>
  ask(path, { key, method: "POST", body: JSON.stringify(body) });

describe("who may call", () => {
  test.each<{ key: string; with: Parameters<typeof keyOf>[1]; path: string; code: string }>([
    { key: "without proxy", with: { capabilities: ["token"] }, path: PATH, code: "forbidden" },
    { key: "of another app", with: { apps: [OTHER_APP.appid] }, path: PATH, code: "forbidden" },
    { key: "of other paths", with: { paths: ["/cgi-bin/*"] }, path: PATH, code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/sns/jscode2session", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/SNS/jscode2session", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/cgi-bin/component/x", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/cgi-bin/clear_quota", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/cgi-bin/clear_quota/v2", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/wxa/..%2fsns/x", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/wxa/%2e%2e/sns/x", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "/wxa%2fx", code: "pathRefused" },
    { key: "of all paths", with: {}, path: "//sns/x", code: "pathRefused" },
  ])("a service key $key is refused $path by $code, and by 48001 as a token", async (row) => {
    const { waferd } = production;
    const key = await keyOf(production, row.with);
    const before = production.sandbox.calls(PATH);
    const refused = await ask(`${WECHAT}${row.path}`, { key });
    expect({ status: refused.answer.status, ...refused.json() }).toMatchObject({
      status: 403,
      code: row.code,
    });
    const token = await tokenOf(waferd.url, WECHAT, APP.appid, await keyOf(production, row.with));
    if (row.with.capabilities === undefined && row.with.apps === undefined) {
      const inWords = await ask(`${WECHAT}${row.path}?access_token=${token.access_token}`);
      expect(inWords.answer.status).toBe(200);
      expect(inWords.json()).toMatchObject({
        errcode: 48001,
        errmsg: expect.stringMatching(/rid: \S+$/),
      });
    }
    expect(production.sandbox.calls(PATH)).toBe(before);
  });

  test("a caller without a key is refused, and learns nothing of the app", async () => {
    for (const path of [WECHAT, "/wechat/wx-nobody"])
      expect((await ask(path + PATH)).json()).toMatchObject({ status: 401, code: "keyRequired" });
  });

  test("the admin key may clear quotas, and call every other path", async () => {
    const { adminKey: key } = production;
    const cleared = await ask(`${WECHAT}/cgi-bin/clear_quota`, { key, method: "POST" });
    // The simulated WeChat has no such endpoint.
    expect(cleared.answer.status).toBe(404);
    expect((await ask(`${WECHAT}/sns/jscode2session`, { key })).answer.status).toBe(403);
    expect((await ask(`/wechat/wx-nobody${PATH}`, { key })).json()).toMatchObject({
      code: "appNotFound",
    });
    expect((await ask(`/wechat/${APP.appid}`, { key })).answer.status).toBe(404);
  });

  test("a service key in the query is refused, and reaches neither WeChat nor the log", async () => {
    const { adminKey: key } = production;
    const secret = await keyOf(production, {});
    const answered = await ask(`${WECHAT}/cgi-bin/user/get?secret=${secret}`, { key });
    expect(answered.json()).toMatchObject({ code: "keyRequired" });
  });

  test("calls answers with WeChat's status, type, disposition, length and body, and an id", async () => {
    const key = await keyOf(production, { paths: ["/wxa/*"] });
    const { answer } = await post(`${WECHAT}${PATH}`, key, { path: "pages/index" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("image/png");
    expect(answer.headers.get("x-request-id")).toMatch(/./);
    const refused = await post(`${WECHAT}${PATH}`, key, {});
    expect(refused.json()).toMatchObject({ errcode: 40159 });
  });

  test("a call of WeCom's goes to the agent's API with the agent's token", async () => {
    const key = await agentKeyOf(production, `${corpid}:${agentid}`);
    const answered = await ask(`${WECOM}/cgi-bin/user/get?userid=u`, { key });
    // The simulated WeCom has no such endpoint.
    expect(answered.answer.status).toBe(404);
    expect((await ask(`/wecom/${corpid}/7/cgi-bin/user/get`, { key })).json()).toMatchObject({
      code: "forbidden",
    });
  });
});

describe("tokens and tickets in WeChat's format", () => {
  test("a key with token gets the hosted token, one with proxy only a gateway token", async () => {
    const { waferd, sandbox } = production;
    const hosted = await tokenOf(
      ...([waferd.url, WECHAT, APP.appid] as const),
      await keyOf(production, { capabilities: ["token"] }),
    );
    expect(sandbox.world.hosted.ownerOf(hosted.access_token)).toBe(APP.appid);
    expect(hosted.expires_in).toBeWithin(7000, 7201);
    const own = await tokenOf(waferd.url, WECHAT, APP.appid, await keyOf(production, {}));
    expect(own.access_token).toStartWith("waferd_gateway_");
    expect(own.expires_in).toBe(7200);
    const answered = await ask(`${WECHAT}${PATH}?access_token=${own.access_token}`, {
      ...{ method: "POST", body: '{"path":"p"}' },
    });
    expect(answered.answer.headers.get("content-type")).toBe("image/png");
  });

  test.each<{ name: string; change: Record<string, string>; errcode: number }>([
    { name: "another appid", change: { appid: OTHER_APP.appid }, errcode: 40013 },
    { name: "no appid", change: { appid: "" }, errcode: 41002 },
    { name: "no secret", change: { secret: "" }, errcode: 41004 },
    { name: "the AppSecret", change: { secret: APP.secret }, errcode: 40125 },
    { name: "a wrong key", change: { secret: `waferd_key_${"0".repeat(64)}` }, errcode: 40125 },
    { name: "another grant type", change: { grant_type: "x" }, errcode: 40002 },
  ])("the token endpoints refuse $name by $errcode", async ({ change, errcode }) => {
    const secret = await keyOf(production, {});
    const given = { appid: APP.appid, secret, grant_type: "client_credential", ...change };
    const query = new URLSearchParams(given);
    const answers = [
      await ask(`${WECHAT}/cgi-bin/token?${query}`),
      await ask(`${WECHAT}/cgi-bin/stable_token`, { method: "POST", body: JSON.stringify(given) }),
    ];
    for (const { answer, json } of answers) {
      expect(answer.status).toBe(200);
      expect(json()).toEqual({ errcode, errmsg: expect.stringMatching(/, rid: \S+$/) });
    }
  });

  test("the admin key is refused as the secret of an SDK, and an unknown app is 40013", async () => {
    const { adminKey, waferd } = production;
    expect(await tokenOf(waferd.url, WECHAT, APP.appid, adminKey)).toMatchObject({
      errcode: 40125,
    });
    const key = await keyOf(production, {});
    expect(await tokenOf(waferd.url, "/wechat/wx-nobody", "wx-nobody", key)).toMatchObject({
      errcode: 40013,
    });
  });

  test.each<{ name: string; make: (key: string) => Promise<string> }>([
    { name: "one that nobody issued", make: async () => "waferd_gateway_AAAA" },
    {
      name: "one of a key that was revoked",
      async make(key) {
        const token = await tokenOf(production.waferd.url, WECHAT, APP.appid, key);
        await revoke(key);
        return token.access_token;
      },
    },
    {
      name: "one of another app",
      async make() {
        const key = await keyOf(production, { apps: [OTHER_APP.appid] });
        const path = `/wechat/${OTHER_APP.appid}`;
        return (await tokenOf(production.waferd.url, path, OTHER_APP.appid, key)).access_token;
      },
    },
  ])("the gateway refuses $name by 40001", async ({ make }) => {
    const token = await make(await keyOf(production, {}));
    const { answer, json } = await ask(`${WECHAT}${PATH}?access_token=${token}`);
    expect(answer.status).toBe(200);
    expect(json()).toEqual({ errcode: 40001, errmsg: expect.stringMatching(/, rid: \S+$/) });
  });

  test("the gateway refuses the hosted token by 48001, so that no SDK asks for it again", async () => {
    const key = await keyOf(production, { capabilities: ["token", "proxy"] });
    const token = await tokenOf(production.waferd.url, WECHAT, APP.appid, key);
    const refused = await ask(`${WECHAT}${PATH}?access_token=${token.access_token}`);
    expect(refused.json()).toMatchObject({ errcode: 48001 });
  });

  test.each<{ path: string; capabilities: string[]; paths?: string[]; gives: boolean }>([
    { path: "/cgi-bin/ticket/getticket?type=jsapi", capabilities: ["ticket"], gives: true },
    { path: "/cgi-bin/ticket/getticket?type=wx_card", capabilities: ["proxy"], gives: true },
    {
      ...{ path: "/cgi-bin/ticket/getticket?type=jsapi", capabilities: ["proxy"] },
      ...{ paths: ["/wxa/*"], gives: false },
    },
    { path: "/cgi-bin/ticket/getticket?type=jsapi", capabilities: ["token"], gives: false },
  ])("$path answers a key with $capabilities and $paths: $gives", async (row) => {
    const { capabilities, paths, path } = row;
    const key = await keyOf(production, { capabilities, ...(paths && { paths }) });
    const { json } = await ask(WECHAT + path, { key });
    if (row.gives)
      expect(json()).toMatchObject({ errcode: 0, ticket: expect.any(String), errmsg: "ok" });
    else expect(json()).toMatchObject({ status: 403 });
    noteSecret(json()["ticket"]);
  });

  test("WeCom's endpoints give tokens and tickets of the agent", async () => {
    const { waferd } = production;
    const key = await agentKeyOf(production, `${corpid}:${agentid}`);
    const query = new URLSearchParams({ corpid, corpsecret: key });
    const token = (await ask(`${WECOM}/cgi-bin/gettoken?${query}`)).json();
    expect(token).toMatchObject({ errcode: 0, expires_in: 7200 });
    noteSecret(token["access_token"]);
    for (const path of ["get_jsapi_ticket?", "ticket/get?type=agent_config"])
      expect(
        (await ask(`${WECOM}/cgi-bin/${path}&access_token=${token["access_token"]}`)).json(),
      ).toMatchObject({ errcode: 0, ticket: expect.any(String) });
    expect(waferd.output).not.toContain("a bug");
  });
});

/** Revokes a service key. */
async function revoke(key: string): Promise<void> {
  const { waferd, adminKey } = production;
  const headers = { Authorization: `Bearer ${adminKey}` };
  const list = await fetch(`${waferd.url}/api/v1/service-keys?limit=200`, { headers });
  const { items } = (await list.json()) as { items: { id: string; createdAt: string }[] };
  // The latest one: the key itself is shown once.
  const [latest] = items.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt));
  expect(key).toStartWith("waferd_key_");
  await fetch(`${waferd.url}/api/v1/service-keys/${latest?.id}`, { method: "DELETE", headers });
}

describe("a dead token", () => {
  const calls = (path: string) => production.sandbox.calls(path);

  test("a thousand parallel calls with a revoked token make one renewal, and are all answered", async () => {
    const { sandbox } = production;
    const key = await keyOf(production, {});
    const user = production.user("alice");
    const path = "/wxa/msg_sec_check";
    const body = { content: "x", version: 2, scene: 1, openid: user.openid };
    await post(WECHAT + path, key, body);
    sandbox.world.hosted.revoke(APP.appid);
    const [callsBefore, tokensBefore] = [calls(path), calls("/cgi-bin/stable_token")];
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => (await post(WECHAT + path, key, body)).json()),
    );
    expect(answers.filter(({ errcode }) => errcode === 0)).toHaveLength(1000);
    expect(calls("/cgi-bin/stable_token") - tokensBefore).toBe(1);
    const refused = sandbox.refusedTokens(path);
    expect(calls(path) - callsBefore).toBe(1000 + refused);
    expect(refused).toBeWithin(1, 1001);
  }, 60_000);

  test("a call whose body was not kept gets WeChat's error, and the next one is good", async () => {
    const key = await keyOf(production, {});
    production.sandbox.world.hosted.revoke(APP.appid);
    const large = JSON.stringify({ content: "x".repeat(2 * 1024 * 1024) });
    const path = `${WECHAT}/wxa/msg_sec_check`;
    const first = await ask(path, { key, method: "POST", body: large });
    expect(first.json()).toMatchObject({ errcode: 40001 });
    const second = await ask(path, { key, method: "POST", body: large });
    expect(second.json()).toMatchObject({ errcode: 45002 });
  });
});

test("the log has app, key, path, errcode, request id and bytes of a call, and no query or body", async () => {
  const key = await keyOf(production, {});
  const path = "/wxa/media_check_async";
  const { json } = await post(`${WECHAT}${path}?extra=in-the-query`, key, { media_url: "in-body" });
  const line = await production.waferd.logged((one) => one["path"] === path);
  expect(line).toMatchObject({
    ...{ appid: APP.appid, errcode: 47001, status: 200, method: "POST" },
    by: expect.stringMatching(/^key:[0-9a-f]{16}$/),
    rid: expect.stringMatching(/./),
    bytes: JSON.stringify(json()).length,
  });
  expect(production.waferd.output).not.toMatch(/in-the-query|in-body/);
});

test("GET /gateway-calls lists the latest calls by app, caller, path and errcode", async () => {
  const { waferd, adminKey } = production;
  const key = await keyOf(production, {});
  const path = "/cgi-bin/message/custom/send";
  await post(WECHAT + path, key, { touser: "nobody" });
  const line = await waferd.logged((one) => one["path"] === path);
  const list = async (query: Record<string, string>) => {
    const answer = await fetch(`${waferd.url}/api/v1/gateway-calls?${new URLSearchParams(query)}`, {
      headers: { Authorization: `Bearer ${adminKey}` },
    });
    return ((await answer.json()) as { items: object[] }).items;
  };
  const by = String(line["by"]);
  expect(await list({ app: APP.appid, by, path, code: "40003" })).toEqual([
    expect.objectContaining({
      ...{ app: APP.appid, by, method: "POST", path, status: 200, errcode: 40003 },
      ...{ failure: null, requestId: line["requestId"] },
    }),
  ]);
  expect(await list({ by, code: "40001" })).toEqual([]);
});
