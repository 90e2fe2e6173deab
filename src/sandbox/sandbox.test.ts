import { afterAll, beforeAll, expect, test } from "bun:test";
import { inflateSync } from "node:zlib";
import { TestClock } from "../../test/harness/clock.ts";
import { random } from "../../test/harness/scenario.ts";
import { signRawData } from "../crypto/raw-data.ts";
import { decodeUserData, decryptUserData } from "../crypto/user-data.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { DEMO_APP } from "./world.ts";

const clock = new TestClock();
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock, random });
});
afterAll(() => sandbox.stop());

const call = async (path: string, init?: RequestInit) => {
  // Bun's fetch repeats a GET whose kept-alive connection broke.
  const answer = await fetch(`${sandbox.apiBase}${path}`, { ...init, keepalive: false });
  return {
    status: answer.status,
    type: answer.headers.get("content-type"),
    body: JSON.parse(await answer.text()),
  };
};
const decrypted = (data: { encryptedData: string; iv: string }, sessionKey: string) =>
  JSON.parse(
    decryptUserData(decodeUserData(data.encryptedData, data.iv), sessionKey).plain.toString(),
  );
const login = async (user = "alice") => (await call(`/sandbox/login?user=${user}`)).body;
const exchange = async (change: Record<string, string | null>) => {
  const query = new URLSearchParams({
    appid: DEMO_APP.appid,
    secret: DEMO_APP.secret,
    grant_type: "authorization_code",
  });
  for (const [name, value] of Object.entries(change))
    value === null ? query.delete(name) : query.set(name, value);
  return call(`/sns/jscode2session?${query}`);
};

test("jscode2session exchanges a code once, as text/plain, for values that fit the client's", async () => {
  const client = await login();
  const { type, body } = await exchange({ js_code: client.code });
  expect(type).toBe("text/plain");
  expect(Object.keys(body).sort()).toEqual(["openid", "session_key", "unionid"]);
  expect(client.signature).toBe(signRawData(client.rawData, body.session_key));
  const plain = decrypted(client, body.session_key);
  expect(plain).toMatchObject({
    openId: body.openid,
    unionId: body.unionid,
    watermark: { appid: DEMO_APP.appid },
  });
  expect(plain).toMatchObject(JSON.parse(client.rawData));
  expect((await exchange({ js_code: client.code })).body).toMatchObject({ errcode: 40163 });
});

test.each([
  { name: "no appid", change: { appid: null }, errcode: 41002 },
  { name: "an unknown appid", change: { appid: "wx9" }, errcode: 40013 },
  { name: "no secret", change: { secret: null }, errcode: 41004 },
  { name: "a wrong secret", change: { secret: "x" }, errcode: 40125 },
  { name: "a wrong grant_type", change: { grant_type: "x" }, errcode: 40002 },
  { name: "no code", change: {}, errcode: 41008 },
  { name: "an unknown code", change: { js_code: "x" }, errcode: 40029 },
])("jscode2session with $name fails with $errcode", async ({ change, errcode }) => {
  const { body } = await exchange(change);
  expect(body.errcode).toBe(errcode);
  expect(body.errmsg).toMatch(/, rid: [0-9a-f-]+$/);
});

test("jscode2session refuses a code after five minutes, and one of another app", async () => {
  const { code } = await login();
  await call("/sandbox/apps", { method: "POST", body: '{"appid":"wx2","secret":"s2"}' });
  expect((await exchange({ js_code: code, appid: "wx2", secret: "s2" })).body.errcode).toBe(40029);
  clock.advance({ seconds: 300 });
  expect((await exchange({ js_code: code })).body.errcode).toBe(40029);
});

test("jscode2session exchanges a hundred codes of a user per minute", async () => {
  for (let count = 0; count < 100; count += 1)
    expect((await exchange({ js_code: (await login("busy")).code })).body.openid).toBeDefined();
  expect((await exchange({ js_code: (await login("busy")).code })).body.errcode).toBe(45011);
  clock.advance({ seconds: 60 });
  expect((await exchange({ js_code: (await login("busy")).code })).body.openid).toBeDefined();
});

test("PUT /sandbox/users sets openid, unionid, session_key and profile", async () => {
  const change = {
    openid: "o1",
    unionid: null,
    sessionKey: "tiihtNczf5v6AKRyjwEUhQ==",
    profile: { nickName: "爱丽丝 😀" },
  };
  await call("/sandbox/users/carol", { method: "PUT", body: JSON.stringify(change) });
  const client = await login("carol");
  expect(client.userInfo).toEqual({ nickName: "爱丽丝 😀" });
  expect((await exchange({ js_code: client.code })).body).toEqual({
    openid: "o1",
    session_key: change.sessionKey,
  });
  await call("/sandbox/users/carol", { method: "PUT", body: '{"blocked":true}' });
  expect((await exchange({ js_code: (await login("carol")).code })).body.errcode).toBe(40226);
});

test("/sandbox/login changes the session_key, and user-info and encrypt use the current one", async () => {
  const key = async () =>
    (await exchange({ js_code: (await login("dora")).code })).body.session_key;
  const [first, second] = [await key(), await key()];
  expect(first).not.toBe(second);
  const info = (await call("/sandbox/user-info?user=dora")).body;
  expect(info.signature).toBe(signRawData(info.rawData, second));
  const phone = (
    await call("/sandbox/encrypt?user=dora", {
      method: "POST",
      body: '{"phoneNumber":"13800000000"}',
    })
  ).body;
  expect(decrypted(phone, second)).toMatchObject({
    phoneNumber: "13800000000",
  });
});

test("PUT /sandbox/faults sets a fault for a number of calls, and DELETE clears it", async () => {
  const fault = (body: string, method = "PUT") =>
    call("/sandbox/faults/sns/jscode2session", { method, body });
  await fault('{"errcode":-1,"times":2}');
  expect((await exchange({})).body.errcode).toBe(-1);
  expect((await exchange({})).body.errcode).toBe(-1);
  expect((await exchange({})).body.errcode).toBe(41008);
  await fault('{"body":"{\\"a\\":1}","status":503}');
  expect(await exchange({})).toMatchObject({ status: 503, body: { a: 1 } });
  await fault("", "DELETE");
  expect((await exchange({})).body.errcode).toBe(41008);
  const before = (await call("/sandbox/calls")).body["/sns/jscode2session"];
  await exchange({});
  expect((await call("/sandbox/calls")).body["/sns/jscode2session"]).toBe(before + 1);
});

test("a fault with reset does the work and resets the connection", async () => {
  await call("/sandbox/faults/sns/jscode2session", {
    method: "PUT",
    body: '{"reset":true,"times":1}',
  });
  const { code } = await login("eve");
  await expect(exchange({ js_code: code })).rejects.toThrow();
  expect((await exchange({ js_code: code })).body.errcode).toBe(40163);
});

test.each([
  {
    name: "without a user",
    method: "GET",
    path: "/sandbox/login",
    body: undefined,
    status: 400,
    message: "name a user",
  },
  {
    name: "with an unknown appid",
    method: "GET",
    path: "/sandbox/login?user=a&appid=wx9",
    body: undefined,
    status: 400,
    message: "no app wx9 here",
  },
  {
    name: "of an unknown path",
    method: "GET",
    path: "/sandbox/nothing",
    body: undefined,
    status: 404,
    message: "GET /sandbox/login",
  },
  {
    name: "with half an object",
    method: "POST",
    path: "/sandbox/apps",
    body: "{",
    status: 400,
    message: "not JSON",
  },
  {
    name: "without an appid",
    method: "POST",
    path: "/sandbox/apps",
    body: "{}",
    status: 400,
    message: "/appid",
  },
  {
    name: "of an unknown endpoint",
    method: "PUT",
    path: "/sandbox/faults/nowhere",
    body: "{}",
    status: 400,
    message: "/sns/jscode2session",
  },
  {
    name: "with an unknown member",
    method: "PUT",
    path: "/sandbox/faults/sns/jscode2session",
    body: '{"latency":1}',
    status: 400,
    message: "/latency",
  },
  {
    name: "with a short session_key",
    method: "PUT",
    path: "/sandbox/users/a",
    body: '{"sessionKey":"short"}',
    status: 400,
    message: "/sessionKey",
  },
  {
    name: "with a name that is not UTF-8",
    method: "PUT",
    path: "/sandbox/users/%ff",
    body: "{}",
    status: 400,
    message: "",
  },
])(
  "$method $path $name is answered $status, and says how to correct it",
  async ({ method, path, body, status, message }) => {
    const answer = await call(path, { method, ...(body !== undefined && { body }) });
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain(message);
  },
);

const json = (value: object): RequestInit => ({
  method: "POST",
  body: JSON.stringify(value),
  headers: { "content-type": "application/json" },
});
const credentials = {
  grant_type: "client_credential",
  appid: DEMO_APP.appid,
  secret: DEMO_APP.secret,
};
const stable = async (members: object = {}) =>
  (await call("/cgi-bin/stable_token", json({ ...credentials, ...members }))).body;
const legacy = async () => (await call(`/cgi-bin/token?${new URLSearchParams(credentials)}`)).body;
const ticket = async (token: string) =>
  (await call(`/cgi-bin/ticket/getticket?access_token=${token}&type=jsapi`)).body;

test("stable_token returns the same token with its remaining seconds, and a new one in its last five minutes", async () => {
  const first = await stable();
  expect(first.expires_in).toBe(7200);
  clock.advance({ seconds: 6899 });
  expect(await stable()).toEqual({ ...first, expires_in: 301 });
  clock.advance({ seconds: 1 });
  const second = await stable();
  expect(second.access_token).not.toBe(first.access_token);
  expect((await ticket(first.access_token)).errcode).toBe(0);
  clock.advance({ seconds: 300 });
  expect((await ticket(first.access_token)).errcode).toBe(42001);
  expect((await ticket(second.access_token)).errcode).toBe(0);
});

test("stable_token with force_refresh replaces the token, 30 seconds apart, 20 times a day", async () => {
  clock.advance({ days: 1 });
  let token = (await stable()).access_token;
  for (let count = 0; count < 20; count += 1) {
    const forced = await stable({ force_refresh: true });
    expect((await ticket(token)).errcode).toBe(40001);
    token = forced.access_token;
    expect((await stable({ force_refresh: true })).errcode).toBe(45011);
    clock.advance({ seconds: 30 });
  }
  expect((await stable({ force_refresh: true })).errcode).toBe(45009);
  expect((await stable()).access_token).toBe(token);
});

test("token returns a new token at every call, and the one before lives for five more minutes", async () => {
  const [first, second] = [await legacy(), await legacy()];
  expect(second.access_token).not.toBe(first.access_token);
  expect((await ticket(first.access_token)).errcode).toBe(0);
  clock.advance({ seconds: 300 });
  expect((await ticket(first.access_token)).errcode).toBe(42001);
  expect((await ticket(second.access_token)).errcode).toBe(0);
});

test("stable_token refuses a form with 41002", async () => {
  const form = { method: "POST", body: new URLSearchParams(credentials) };
  expect((await call("/cgi-bin/stable_token", form)).body.errcode).toBe(41002);
});

test("PUT /sandbox/tokens shortens and revokes tokens", async () => {
  const token = (await stable()).access_token;
  await call(`/sandbox/tokens/${DEMO_APP.appid}`, { method: "PUT", body: '{"secondsLeft":400}' });
  expect(await stable()).toEqual({ access_token: token, expires_in: 400 });
  await call(`/sandbox/tokens/${DEMO_APP.appid}`, { method: "PUT", body: '{"revoked":true}' });
  expect((await ticket(token)).errcode).toBe(40001);
  expect((await stable()).access_token).not.toBe(token);
});

test("WeCom's endpoints give a token per agent, a ticket per corp, and one per agent", async () => {
  const corp = "ww1";
  for (const agentid of ["1", "2"])
    await call("/sandbox/agents", {
      method: "POST",
      body: JSON.stringify({ corpid: corp, agentid, secret: `s${agentid}` }),
    });
  const gettoken = async (secret: string, corpid = corp) =>
    (await call(`/cgi-bin/gettoken?corpid=${corpid}&corpsecret=${secret}`)).body;
  expect([(await gettoken("x")).errcode, (await gettoken("s1", "ww9")).errcode]).toEqual([
    40001, 40013,
  ]);
  const tokens = [(await gettoken("s1")).access_token, (await gettoken("s2")).access_token];
  expect(tokens[0]).not.toBe(tokens[1]);
  expect((await gettoken("s1")).access_token).toBe(tokens[0]);
  const tickets = async (path: string) =>
    Promise.all(
      tokens.map(async (token) => (await call(`${path}access_token=${token}`)).body.ticket),
    );
  const [ofCorp, ofCorpAgain] = await tickets("/cgi-bin/get_jsapi_ticket?");
  expect(ofCorp).toBe(ofCorpAgain);
  const [ofFirst, ofSecond] = await tickets("/cgi-bin/ticket/get?type=agent_config&");
  expect(new Set([ofCorp, ofFirst, ofSecond]).size).toBe(3);
});

/** A call of WeChat's API with the demo app's token. */
async function withToken(
  path: string,
  body: object | FormData,
  token?: string,
  others: Record<string, string | undefined> = {},
) {
  const query = new URLSearchParams({
    ...{ appid: DEMO_APP.appid, secret: DEMO_APP.secret },
    grant_type: "client_credential",
  });
  const valid = token ?? (await call(`/cgi-bin/token?${query}`)).body.access_token;
  const further = Object.entries(others).map(([name, value]) => `&${name}=${value}`);
  return fetch(`${sandbox.apiBase}${path}?access_token=${valid}${further.join("")}`, {
    method: "POST",
    body: body instanceof FormData ? body : JSON.stringify(body),
    keepalive: false,
  });
}

const GOOD_MESSAGE = {
  template_id: "tmpl",
  page: "pages/index/index",
  data: { thing1: { value: "包裹已送达" }, time2: { value: "2026年11月26日 15:30" } },
};

test("a file that was uploaded is there, for its app", async () => {
  const form = new FormData();
  form.set("media", new File(["\x00\xff picture"], "图片 1.png", { type: "image/png" }));
  const uploaded = await withToken("/cgi-bin/media/upload", form, undefined, { type: "image" });
  const { errcode, media_id, type } = (await uploaded.json()) as Record<string, string>;
  expect([errcode, type]).toEqual([0, "image"]);
  const got = await withToken("/cgi-bin/media/get", {}, undefined, { media_id });
  expect(got.headers.get("content-type")).toBe("image/png");
  expect(got.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w.-]+"$/);
  expect(await got.text()).toBe("\x00\xff picture");
});

test.each<{ path: string; query?: Record<string, string>; body: object; errcode: number }>([
  { path: "/cgi-bin/media/upload", query: { type: "zip" }, body: {}, errcode: 40004 },
  { path: "/cgi-bin/media/upload", query: { type: "image" }, body: {}, errcode: 41005 },
  { path: "/cgi-bin/media/get", query: { media_id: "none" }, body: {}, errcode: 40007 },
  { path: "/cgi-bin/message/custom/send", body: { touser: "nobody" }, errcode: 40003 },
  { path: "/cgi-bin/message/custom/send", body: { msgtype: "voice" }, errcode: 40008 },
  { path: "/cgi-bin/message/custom/send", body: { msgtype: "text" }, errcode: 44004 },
  {
    path: "/cgi-bin/message/custom/send",
    ...{ body: { msgtype: "image", image: { media_id: "none" } }, errcode: 40007 },
  },
  {
    path: "/cgi-bin/message/custom/send",
    ...{ body: { msgtype: "text", text: { content: "你好" } }, errcode: 0 },
  },
])("POST $path with $query and $body answers $errcode", async ({ path, query, body, errcode }) => {
  const { openid } = sandbox.world.user(DEMO_APP.appid, "alice");
  const answer = await withToken(path, { touser: openid, ...body }, undefined, query);
  expect(await answer.json()).toMatchObject({ errcode });
});

test("a subscribe message is kept for the developer to see", async () => {
  const alice = sandbox.world.user(DEMO_APP.appid, "alice");
  const sent = await withToken("/cgi-bin/message/subscribe/send", {
    ...GOOD_MESSAGE,
    touser: alice.openid,
  });
  expect(await sent.json()).toEqual({ errcode: 0, errmsg: "ok", msgid: 1 });
  const { body } = await call("/sandbox/messages?user=alice");
  expect(body.items).toEqual([
    {
      appid: DEMO_APP.appid,
      openid: alice.openid,
      templateId: "tmpl",
      page: "pages/index/index",
      data: { thing1: "包裹已送达", time2: "2026年11月26日 15:30" },
      sentAt: expect.any(String),
    },
  ]);
  expect((await call("/sandbox/messages?user=bob")).body).toEqual({ items: [] });
});

test.each([
  { name: "to nobody", change: { touser: "nobody" }, errcode: 40003 },
  { name: "without a template", change: { template_id: "" }, errcode: 40037 },
  { name: "with a wrong page", change: { page: "/pages/index" }, errcode: 41030 },
  { name: "without data", change: { data: undefined }, errcode: 47001 },
  {
    name: "with a thing of 21 characters",
    change: { data: { thing1: { value: "x".repeat(21) } } },
    errcode: 47003,
    errmsg: /^argument invalid! data\.thing1\.value invalid, rid: /,
  },
  {
    name: "with an amount without figures",
    change: { data: { amount2: { value: "a lot" } } },
    errcode: 47003,
  },
  { name: "with an empty value", change: { data: { phrase3: { value: "" } } }, errcode: 47003 },
  { name: "with an unknown kind", change: { data: { nothing: { value: "x" } } }, errcode: 47003 },
])("a subscribe message $name is refused with $errcode", async ({ change, errcode, errmsg }) => {
  const { openid } = sandbox.world.user(DEMO_APP.appid, "alice");
  const path = "/cgi-bin/message/subscribe/send";
  const answer = await withToken(path, { ...GOOD_MESSAGE, touser: openid, ...change });
  const body = (await answer.json()) as { errcode: number; errmsg: string };
  expect(body.errcode).toBe(errcode);
  expect(body.errmsg).toMatch(errmsg ?? /./);
});

test("a user who refuses messages gets none", async () => {
  await call("/sandbox/users/refuser", { method: "PUT", body: '{"refusesMessages":true}' });
  const { openid } = sandbox.world.user(DEMO_APP.appid, "refuser");
  const path = "/cgi-bin/message/subscribe/send";
  const answer = await withToken(path, { ...GOOD_MESSAGE, touser: openid });
  expect(await answer.json()).toMatchObject({ errcode: 43101 });
});

test.each([
  { content: "你好", result: { suggest: "pass", label: 100 } },
  { content: "it is sandbox-review", result: { suggest: "review", label: 20012 } },
  { content: "特3456书yuuo莞6543李zxcz蒜7782法fgnv级", result: { suggest: "risky", label: 20001 } },
])("msg_sec_check of $content says $result.suggest", async ({ content, result }) => {
  const { openid } = sandbox.world.user(DEMO_APP.appid, "alice");
  const checked = { content, version: 2, scene: 1, openid };
  const body = await (await withToken("/wxa/msg_sec_check", checked)).json();
  expect(body).toMatchObject({ errcode: 0, result, detail: [{ strategy: "content_model" }] });
  expect((body as { trace_id: string }).trace_id).toMatch(/^[0-9a-f]+$/);
});

test.each([
  { path: "/wxa/msg_sec_check", body: {}, errcode: 47001 },
  { path: "/wxa/msg_sec_check", body: { content: "" }, errcode: 44004 },
  { path: "/wxa/msg_sec_check", body: { content: "ok" }, errcode: 0 },
  { path: "/wxa/msg_sec_check", body: { content: "sandbox-risky" }, errcode: 87014 },
  {
    path: "/wxa/msg_sec_check",
    body: { content: "x", version: 2, scene: 9, openid: "o" },
    errcode: 40129,
  },
  {
    path: "/wxa/msg_sec_check",
    body: { content: "x", version: 2, scene: 1, openid: "nobody" },
    errcode: 40003,
  },
  { path: "/wxa/media_check_async", body: { media_type: 2, version: 2 }, errcode: 41005 },
  { path: "/wxa/img_sec_check", body: {}, errcode: 41005 },
  { path: "/wxa/getwxacode", body: {}, errcode: 40159 },
  { path: "/cgi-bin/wxaapp/createwxaqrcode", body: { path: "p".repeat(129) }, errcode: 40159 },
  { path: "/wxa/getwxacodeunlimit", body: { page: "pages/a" }, errcode: 40129 },
  { path: "/wxa/getwxacodeunlimit", body: { scene: "中文" }, errcode: 40129 },
  { path: "/wxa/getwxacodeunlimit", body: { scene: "a=1", page: "/pages/a" }, errcode: 41030 },
])("$path with $body answers errcode $errcode", async ({ path, body, errcode }) => {
  const answer = await withToken(path, body);
  expect(answer.headers.get("content-type")).toBe("text/plain");
  expect(await answer.json()).toMatchObject({ errcode });
});

test("img_sec_check reads the image of a form", async () => {
  const check = async (text: string) => {
    const form = new FormData();
    form.set("media", new Blob([text], { type: "image/png" }), "a.png");
    return (await withToken("/wxa/img_sec_check", form)).json();
  };
  expect(await check("harmless")).toMatchObject({ errcode: 0 });
  expect(await check("sandbox-risky")).toMatchObject({ errcode: 87014 });
});

test.each([
  { path: "/wxa/getwxacode", body: { path: "pages/index/index?id=1" } },
  { path: "/wxa/getwxacodeunlimit", body: { scene: "id=1", width: 280 } },
  { path: "/cgi-bin/wxaapp/createwxaqrcode", body: { path: "pages/a", width: 1280 } },
])("$path answers an image, and JSON to a dead token", async ({ path, body }) => {
  const answer = await withToken(path, body);
  expect(answer.headers.get("content-type")).toBe("image/png");
  const image = Buffer.from(await answer.arrayBuffer());
  expect(image.subarray(1, 4).toString()).toBe("PNG");
  const width = image.readUInt32BE(16);
  expect(width).toBe(image.readUInt32BE(20));
  expect(Math.abs(width - (("width" in body && body.width) || 430))).toBeLessThan(30);
  // A line has a byte for its filter.
  const pixels = inflateSync(image.subarray(41, image.length - 16));
  expect(pixels).toHaveLength(width * (width + 1));
  const dead = await withToken(path, body, "dead");
  expect(await dead.json()).toMatchObject({ errcode: 40001 });
});

test("business servers find the simulated API under /sandbox/api/", async () => {
  const grant = { grant_type: "client_credential", appid: DEMO_APP.appid, secret: DEMO_APP.secret };
  const token = await fetch(`${sandbox.apiBase}/sandbox/api/cgi-bin/stable_token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(grant),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const url = `${sandbox.apiBase}/sandbox/api/wxa/getwxacode?access_token=${access_token}`;
  const image = await fetch(url, { method: "POST", body: '{"path":"pages/a"}' });
  expect(image.headers.get("content-type")).toBe("image/png");
  expect(
    Buffer.from(await image.arrayBuffer())
      .subarray(1, 4)
      .toString(),
  ).toBe("PNG");
  expect((await fetch(`${sandbox.apiBase}/sandbox/api/nothing`)).status).toBe(404);
});

test("a refused code says how to get one", async () => {
  const { errmsg } = (await exchange({ js_code: "x" })).body;
  expect(errmsg).toMatch(
    /^invalid code \(sandbox: GET \/sandbox\/login\?user=alice .*--sandbox-any-code/,
  );
});

test("with any code taken, a code is a user, and an unknown app is known by its first secret", async () => {
  const open = await startSandbox({ clock, random, takesAnyCode: true });
  const take = async (
    code: string,
    appid: string = DEMO_APP.appid,
    secret: string = DEMO_APP.secret,
  ) => {
    const query = new URLSearchParams({ appid, secret, js_code: code });
    const url = `${open.apiBase}/sns/jscode2session?${query}&grant_type=authorization_code`;
    return JSON.parse(await (await fetch(url, { keepalive: false })).text());
  };
  const first = await take("0c3AbCdEfGhIjKlMnOpQrStUvWxYz123");
  expect(first.openid).toBe(
    open.world.user(DEMO_APP.appid, "0c3AbCdEfGhIjKlMnOpQrStUvWxYz123").openid,
  );
  expect((await take("alice")).openid).toBe((await take("alice")).openid);
  expect((await take("bob")).openid).not.toBe((await take("alice")).openid);
  // Codes that were issued here keep their rules.
  const issued = open.world.giveCode(open.world.user(DEMO_APP.appid, "carol"));
  expect((await take(issued)).openid).toBeDefined();
  expect((await take(issued)).errcode).toBe(40163);
  expect((await take("alice", "wx1234567890abcdef", "mine")).openid).toBeDefined();
  expect((await take("alice", "wx1234567890abcdef", "other")).errcode).toBe(40125);
  await open.stop();
});
