/** Sessions and calls to WeChat for them, over REST, through the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { credentialKinds, isAppKind, kindName } from "../../src/core/credentials/kinds.ts";
import { encrypt } from "../../src/sandbox/mini-program.ts";
import { DEMO_AGENT } from "../../src/sandbox/world.ts";
import { Api, type ApiRequest } from "../harness/api.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import v4 from "../vectors/cos-v4.json";
import v5 from "../vectors/cos-v5.json";

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const STABLE = "/cgi-bin/stable_token";
const MONTH = 2_592_000;

let production: Production;
let api: Api;
beforeAll(async () => {
  production = await startProduction();
  api = await Api.of(production.waferd);
});
afterAll(() => production[Symbol.asyncDispose]());

const admin = (method: string, path: string, request: ApiRequest = {}) =>
  api.call(method, path, { key: production.adminKey, ...request });

async function login(name: string, members: object = {}, appid = APP.appid) {
  const user = production.user(name, appid);
  const { code } = production.device(user);
  const answer = await api.call("POST", "/sessions", { body: { appid, code, ...members } });
  noteSecret(answer.body.skey);
  return { user, code, answer, ...(answer.body as { id: string; skey: string }) };
}

test("POST /sessions returns the session, and /verify the same without its skey", async () => {
  const user = production.user("alice");
  const { code, encryptedData, iv } = production.device(user);
  const { status, headers, body } = await api.call("POST", "/sessions", {
    body: { appid: APP.appid, code, encryptedData, iv },
  });
  noteSecret(body.skey);
  const session = {
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    appid: APP.appid,
    openid: user.openid,
    unionid: user.unionid,
    userInfo: { openId: user.openid, unionId: user.unionid, ...user.profile },
    expiresAt: expect.stringMatching(RFC_3339),
    durationSeconds: MONTH,
  };
  expect(status).toBe(201);
  expect(body).toEqual({ ...session, skey: expect.stringMatching(/^[0-9a-f]{64}$/), isNew: true });
  expect(Date.parse(body.expiresAt) - Date.now()).toBeWithin((MONTH - 10) * 1000, MONTH * 1000 + 1);
  expect(headers.get("location")).toBe(`/api/v1/apps/${APP.appid}/sessions/${body.id}`);
  const verified = await api.call("POST", `/sessions/${body.id}/verify`, {
    body: { skey: body.skey },
  });
  expect(verified.body).toEqual({
    ...session,
    id: body.id,
    durationSeconds: expect.any(Number),
  });
  const read = await admin("GET", headers.get("location")?.replace("/api/v1", "") ?? "");
  expect(read.body).toMatchObject({
    id: body.id,
    state: "active",
    loginAt: expect.stringMatching(RFC_3339),
  });
});

test("POST /sessions without an app uses the default app; a silent login has no profile", async () => {
  const { code } = production.device(production.user("silent"));
  const { body } = await api.call("POST", "/sessions", { body: { code } });
  noteSecret(body.skey);
  expect(body.appid).toBe(APP.appid);
  expect(Object.keys(body.userInfo)).toEqual(["openId", "unionId"]);
});

test("POST /sessions passes on WeChat's error for a code", async () => {
  const { code } = await login("carol");
  const used = await api.call("POST", "/sessions", { body: { appid: APP.appid, code } });
  expect(used.body).toMatchObject({
    status: 401,
    code: "codeRefused",
    wechat: {
      errcode: 40163,
      errmsg: expect.stringContaining("code been used"),
      rid: expect.any(String),
    },
  });
  const nowhere = await api.call("POST", "/sessions", { body: { appid: "nobody", code } });
  expect(nowhere.body).toMatchObject({ status: 404, code: "appNotFound" });
  const alone = await api.call("POST", "/sessions", {
    body: { code, iv: "r7BXXKkLb8qrSNn05n0qiA==" },
  });
  expect(alone.body.errors).toEqual([
    { in: "body", pointer: "/encryptedData", detail: expect.stringContaining("missing") },
  ]);
});

test("POST /sessions answers 504 and 502, not 401, for an unreachable and a confused WeChat", async () => {
  const { faults } = production.sandbox;
  const body = { appid: APP.appid, code: "c" };
  faults.set("/sns/jscode2session", { reset: true, times: 1 });
  expect((await api.call("POST", "/sessions", { body })).body).toMatchObject({ status: 504 });
  faults.set("/sns/jscode2session", { errcode: 40013, times: 1 });
  const wrong = await api.call("POST", "/sessions", { body });
  expect(wrong.body).toMatchObject({
    status: 502,
    code: "wechatAnswerWrong",
    wechat: { errcode: 40013 },
  });
});

test("/verify answers an unknown id, a wrong skey and another app alike", async () => {
  const { id, skey } = await login("dave");
  const other = await login("eve");
  const answers = await Promise.all([
    api.call("POST", "/sessions/nobody/verify", { body: { skey } }),
    api.call("POST", `/sessions/${id}/verify`, { body: { skey: other.skey } }),
    api.call("POST", `/sessions/${id}/verify`, { body: { skey, appid: OTHER_APP.appid } }),
  ]);
  for (const { body } of answers) {
    expect(body).toEqual({ ...answers[0]?.body, requestId: body.requestId });
    expect(body).toMatchObject({ status: 401, code: "sessionNotFound" });
  }
  const named = await api.call("POST", `/sessions/${id}/verify`, {
    body: { skey, appid: APP.appid },
  });
  expect(named.status).toBe(200);
});

test("/verify of an expired session names the clock that ran out", async () => {
  await admin("POST", "/apps", {
    body: { appid: "wx-short", secret: APP.secret, sessionDurationSeconds: 1 },
  });
  production.sandbox.world.apps.set("wx-short", APP.secret);
  const { id, skey, user } = await login("frank", {}, "wx-short");
  await Bun.sleep(1100);
  const expired = await api.call("POST", `/sessions/${id}/verify`, { body: { skey } });
  expect(expired.body).toMatchObject({ status: 401, code: "sessionExpired" });
  const { items } = (await admin("GET", `/apps/wx-short/sessions?openid=${user.openid}`)).body;
  expect(items).toMatchObject([{ id, state: "sessionExpired" }]);
});

test("/decrypt decrypts a user's data, and /user-info replaces the profile", async () => {
  const { id, skey, user } = await login("grace");
  const { world } = production.sandbox;
  const data = encrypt(world, user, { nickName: "later", openId: user.openid });
  const decrypted = await api.call("POST", `/sessions/${id}/decrypt`, { body: { skey, ...data } });
  expect(decrypted.body.data).toMatchObject({ nickName: "later" });
  const replaced = await api.call("PUT", `/sessions/${id}/user-info`, { body: { skey, ...data } });
  expect(replaced.body.userInfo).toEqual({
    openId: user.openid,
    unionId: user.unionid,
    nickName: "later",
  });
  const garbage = { skey, encryptedData: "AAAAAAAAAAAAAAAAAAAAAA==", iv: data.iv };
  const refused = await api.call("POST", `/sessions/${id}/decrypt`, { body: garbage });
  expect(refused.body).toMatchObject({
    status: 422,
    code: "decryptionFailed",
    detail: expect.any(String),
  });
});

test("DELETE /apps/{appid}/sessions?all=true ends the sessions of all users, and only with it", async () => {
  await admin("POST", "/apps", { body: { appid: "wx-all", secret: "the-secret-of-the-app" } });
  production.sandbox.world.apps.set("wx-all", "the-secret-of-the-app");
  const path = "/apps/wx-all/sessions";
  const sessions = [await login("a", {}, "wx-all"), await login("b", {}, "wx-all")];
  for (const query of ["", "?openid=x&all=true", "?all=false"])
    expect((await admin("DELETE", `${path}${query}`)).body).toMatchObject({
      ...{ status: 400, code: "badParameter" },
    });
  expect((await admin("GET", path)).body.items).toHaveLength(2);
  const { body } = await admin("DELETE", `${path}?all=true`);
  expect(body).toEqual({ revoked: 2, complete: true });
  for (const { id, skey } of sessions)
    expect((await api.call("POST", `/sessions/${id}/verify`, { body: { skey } })).status).toBe(401);
  const { items } = (await admin("GET", "/audit?target=wx-all&action=session.revoked")).body;
  expect(items).toMatchObject([{ target: "wx-all", changed: ["all"] }]);
  expect((await admin("DELETE", `${path}?all=true`)).body.revoked).toBe(0);
});

test("GET /users finds users by openid, unionid, session and nickname", async () => {
  const appid = "wx-find";
  await admin("POST", "/apps", { body: { appid, secret: "the-secret-of-the-app" } });
  production.sandbox.world.apps.set(appid, "the-secret-of-the-app");
  const user = production.user("searched-user", appid);
  const { code, encryptedData, iv } = production.device(user);
  const { id, skey } = (
    await api.call("POST", "/sessions", { body: { appid, code, encryptedData, iv } })
  ).body;
  noteSecret(skey);
  const session = (await admin("GET", `/apps/${appid}/sessions/${id}`)).body;
  const { state, loginAt, lastVisitAt, expiresAt, userInfo } = session;
  const found = {
    items: [
      {
        ...{ appid, openid: user.openid, unionid: user.unionid, userInfo },
        sessions: [{ id, state, loginAt, lastVisitAt, expiresAt }],
        moreSessions: false,
      },
    ],
    ...{ complete: true, next: null, searched: expect.any(Number) },
  };
  const nickname = encodeURIComponent(userInfo.nickName.toUpperCase());
  for (const query of [
    `openid=${user.openid}`,
    `app=${appid}&openid=${user.openid}`,
    `session=${id}`,
    `unionid=${user.unionid}&app=${appid}`,
    `nickname=${nickname}&app=${appid}`,
  ])
    expect((await admin("GET", `/users?${query}`)).body, query).toEqual(found);
  for (const query of [`session=${id}&app=${APP.appid}`, "session=nobody", "openid=nobody"])
    expect((await admin("GET", `/users?${query}`)).body.items).toEqual([]);
  for (const query of ["", "openid=a&session=b", "nickname=", "nickname=a&cursor=x"])
    expect((await admin("GET", `/users?${query}`)).body.code).toBe("badParameter");
  expect((await admin("GET", "/users?openid=a&app=nobody")).body.code).toBe("appNotFound");
});

test("/apps/{appid}/sessions lists by page, and ends one session or all of a user", async () => {
  const ids: string[] = [];
  for (const name of ["p", "q", "r"]) ids.push((await login(name, {}, OTHER_APP.appid)).id);
  const path = `/apps/${OTHER_APP.appid}/sessions`;
  const seen: string[] = [];
  let next: string | null = null;
  do {
    const cursor: string = next === null ? "" : `&cursor=${next}`;
    const { body } = await admin("GET", `${path}?limit=2${cursor}`);
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    next = body.next;
  } while (next !== null);
  expect(seen.sort()).toEqual([...ids].sort());
  expect((await admin("DELETE", `${path}/${ids[0]}`)).status).toBe(204);
  expect((await admin("DELETE", `${path}/${ids[0]}`)).body).toMatchObject({ status: 404 });
  expect((await admin("DELETE", `/apps/${APP.appid}/sessions/${ids[1]}`)).status).toBe(404);
  const { openid } = production.user("q", OTHER_APP.appid);
  expect((await admin("DELETE", `${path}?openid=${openid}`)).body).toEqual({
    revoked: 1,
    complete: true,
  });
  expect((await admin("DELETE", `${path}?openid=${openid}`)).body).toEqual({
    revoked: 0,
    complete: true,
  });
  expect((await admin("DELETE", path)).body.errors).toMatchObject([
    { in: "query", pointer: "/openid" },
  ]);
  expect((await admin("GET", path)).body.items).toHaveLength(1);
});

test("/session-key/check asks WeChat, and /reset stores a new session_key", async () => {
  const { id, skey, user } = await login("heidi");
  const path = `/apps/${APP.appid}/sessions/${id}/session-key`;
  expect((await admin("POST", `${path}/check`)).body).toEqual({ isCurrent: true });
  const before = user.sessionKey;
  expect((await admin("POST", `${path}/reset`)).status).toBe(204);
  noteSecret(before, user.sessionKey);
  expect(user.sessionKey).not.toBe(before);
  const data = encrypt(production.sandbox.world, user, { nickName: "x" });
  const decrypted = await api.call("POST", `/sessions/${id}/decrypt`, { body: { skey, ...data } });
  expect(decrypted.status).toBe(200);
  production.device(user);
  expect((await admin("POST", `${path}/check`)).body).toEqual({ isCurrent: false });
  expect((await admin("POST", `${path}/reset`)).body).toMatchObject({
    status: 502,
    code: "wechatRefused",
    wechat: { errcode: 87009 },
  });
});

test("PATCH /user-info changes members by the user's own word", async () => {
  const { id, skey, user } = await login("self");
  const patch = (body: object) =>
    api.call("PATCH", `/sessions/${id}/user-info`, { body: { skey, ...body } });
  const identity = { openId: user.openid, unionId: user.unionid };
  const avatarUrl = "https://cdn.example.com/a.png";
  expect((await patch({ nickName: "自己", city: "深圳" })).body).toEqual({
    userInfo: { ...identity, nickName: "自己", city: "深圳", selfReported: ["city", "nickName"] },
  });
  expect((await patch({ avatarUrl, city: null })).body).toEqual({
    userInfo: { ...identity, nickName: "自己", avatarUrl, selfReported: ["avatarUrl", "nickName"] },
  });
  const verified = await api.call("POST", `/sessions/${id}/verify`, { body: { skey } });
  expect(verified.body.userInfo).toMatchObject({ selfReported: ["avatarUrl", "nickName"] });

  for (const { body, pointer, detail } of [
    {
      body: { avatarUrl: "http://tmp/x.png" },
      pointer: "/avatarUrl",
      detail: /has to be uploaded first/,
    },
    { body: { nickName: "a\nb" }, pointer: "/nickName", detail: /control characters/ },
    { body: { gender: 5 }, pointer: "/gender", detail: /must be 0|one of/ },
    { body: { openId: "forged" }, pointer: "/openId", detail: /unknown member/ },
    { body: { selfReported: [] }, pointer: "/selfReported", detail: /unknown member/ },
  ]) {
    const { status, body: problem } = await patch(body);
    expect(status).toBe(400);
    expect(problem.errors).toMatchObject([{ pointer, detail: expect.stringMatching(detail) }]);
  }
  const wrong = await patch({ skey: "0".repeat(64), nickName: "x" });
  expect(wrong).toMatchObject({ status: 401, body: { code: "sessionNotFound" } });
  const other = await patch({ appid: OTHER_APP.appid, nickName: "x" });
  expect(other).toMatchObject({ status: 401, body: { code: "sessionNotFound" } });
});

test("PATCH /user-info refuses what does not fit beside the stored profile", async () => {
  const user = production.user("full");
  production.sandbox.world.change(user, { profile: { long: "x".repeat(16_200) } });
  const { code, encryptedData, iv } = production.device(user);
  const { body } = await api.call("POST", "/sessions", {
    body: { appid: APP.appid, code, encryptedData, iv },
  });
  noteSecret(body.skey);
  const full = await api.call("PATCH", `/sessions/${body.id}/user-info`, {
    body: { skey: body.skey, nickName: "x".repeat(64), city: "x".repeat(64) },
  });
  expect(full.body.errors).toMatchObject([
    { pointer: "/userInfo", detail: expect.stringContaining("larger than 16 KiB") },
  ]);
});

test("a successful verify is not in the log, a failed one is", async () => {
  const { id, skey } = await login("quiet");
  const verify = async (proof: string) => {
    const { headers } = await api.call("POST", `/sessions/${id}/verify`, { body: { skey: proof } });
    return headers.get("x-request-id") as string;
  };
  const good = await verify(skey);
  const bad = await verify("wrong");
  await production.waferd.logged(({ requestId }) => requestId === bad);
  expect(production.waferd.log.find(({ requestId }) => requestId === good)).toBeUndefined();
});

test("/phone-number exchanges a code once", async () => {
  const code = production.sandbox.world.givePhoneCode(APP.appid, "13800138000");
  noteSecret(code);
  const get = () => admin("POST", `/apps/${APP.appid}/phone-number`, { body: { code } });
  expect((await get()).body).toEqual({
    phoneNumber: "13800138000",
    purePhoneNumber: "13800138000",
    countryCode: "86",
  });
  // A used code is the caller's fault.
  expect((await get()).body).toMatchObject({
    status: 422,
    code: "codeRefused",
    wechat: { errcode: 40163 },
  });
});

test("/credentials fetches a token once, and renews it once for many callers that name it", async () => {
  const path = `/apps/${APP.appid}/credentials/access-token`;
  const first = await admin("GET", path);
  noteSecret(first.body.value);
  expect(first.body).toMatchObject({
    kind: "access-token",
    expiresAt: expect.stringMatching(RFC_3339),
  });
  expect((await admin("GET", path)).body).toEqual({ ...first.body, state: "stored" });
  production.sandbox.world.hosted.revoke(APP.appid);
  const calls = production.sandbox.calls(STABLE);
  const body = { rotate: first.body.value };
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => admin("POST", `${path}/renew`, { body })),
  );
  const values = new Set(answers.map((answer) => answer.body.value));
  noteSecret(...values);
  expect(values.size).toBe(1);
  expect(values.has(first.body.value)).toBe(false);
  // WeChat returned the dead token again, and was asked for another.
  expect(production.sandbox.calls(STABLE) - calls).toBeWithin(1, 3);
  const forced = await admin("POST", `${path}/renew`, { body: { force: true } });
  noteSecret(forced.body.value);
  expect(forced.body.state).toBe("new");
  expect((await admin("POST", `${path}/renew`, { body: {} })).body.errors).toEqual([
    { in: "body", pointer: "", detail: "must name at least one member" },
  ]);
  const listed = (await admin("GET", "/credentials")).body.items;
  expect(listed).toContainEqual(
    expect.objectContaining({ owner: APP.appid, kind: "access-token", state: "valid" }),
  );
  expect(JSON.stringify(listed)).not.toContain(forced.body.value);
});

test("/credentials has a value for every kind, and lists it under its owner", async () => {
  const { corpid, agentid, secret } = DEMO_AGENT;
  production.sandbox.world.agents.set(`${corpid}:${agentid}`, secret);
  await admin("PUT", `/work-agents/${corpid}/${agentid}`, { body: { secret } });
  const app = { path: `/apps/${OTHER_APP.appid}`, owner: OTHER_APP.appid };
  const agent = { path: `/work-agents/${corpid}/${agentid}`, owner: `${corpid}:${agentid}` };
  const wanted = credentialKinds.map((kind) => ({
    ...(isAppKind(kind) ? app : agent),
    kind: kindName(kind),
  }));
  const values = new Set<string>();
  for (const { path, kind } of wanted) {
    const { body } = await admin("GET", `${path}/credentials/${kind}`);
    expect(body).toMatchObject({ kind, state: expect.stringMatching(/new|stored/) });
    noteSecret(body.value);
    values.add(body.value);
  }
  expect(values.size).toBe(wanted.length);
  const { items } = (await admin("GET", "/credentials?limit=200")).body;
  for (const { owner, kind } of wanted)
    expect(items).toContainEqual(expect.objectContaining({ owner, kind, state: "valid" }));
  expect((await admin("GET", `${app.path}/credentials/ticket`)).body.errors).toMatchObject([
    { in: "path", pointer: "/kind" },
  ]);
});

test("/js-sdk-signature signs a page for an official account and for WeCom", async () => {
  const url = "https://example.com/page?a=1#/route";
  const { corpid, agentid } = DEMO_AGENT;
  const agent = `/work-agents/${corpid}/${agentid}/js-sdk-signature`;
  const config = await admin("POST", `/apps/${APP.appid}/js-sdk-signature`, { body: { url } });
  const work = await admin("POST", agent, { body: { url, for: "config" } });
  const agentConfig = await admin("POST", agent, { body: { url, for: "agentConfig" } });
  const ticket = (await admin("GET", `/apps/${APP.appid}/credentials/jsapi-ticket`)).body.value;
  noteSecret(ticket);
  const { timestamp, nonceStr, signature } = config.body;
  const text = `jsapi_ticket=${ticket}&noncestr=${nonceStr}&timestamp=${timestamp}&url=https://example.com/page?a=1`;
  expect(signature).toBe(new Bun.CryptoHasher("sha1").update(text).digest("hex"));
  expect([config.body.appId, work.body.appId]).toEqual([APP.appid, corpid]);
  expect(new Set([signature, work.body.signature, agentConfig.body.signature]).size).toBe(3);
  const bad = await admin("POST", agent, { body: { url: "ftp://x", for: "x" } });
  expect(bad.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
    "/for",
    "/url",
  ]);
});

test("/cos-signatures returns the vendor's known answers", async () => {
  const { secretId, secretKey, method, path, headers } = v5;
  noteSecret(secretKey, v4.secretKey);
  const [startsAt, expiresAt] = v5.keyTime
    .split(";")
    .map((seconds) => new Date(Number(seconds) * 1000).toISOString());
  const current = await api.call("POST", "/cos-signatures", {
    body: { secretId, secretKey, method, path, headers, startsAt, expiresAt },
  });
  expect(current.body).toMatchObject({ startsAt, expiresAt });
  expect(current.body.signature).toEndWith(`&q-url-param-list=&q-signature=${v5.signature}`);
  const legacy = await api.call("POST", "/cos-signatures/legacy", {
    body: {
      ...{ secretId: v4.secretId, secretKey: v4.secretKey, appid: v4.appid, bucket: v4.bucket },
      expiresAt: new Date(v4.reusable.expiration * 1000).toISOString(),
    },
  });
  const plain = Buffer.from(legacy.body.signature, "base64").subarray(20).toString();
  expect(plain).toMatch(
    new RegExp(
      `^a=200001&b=newbucket&k=${v4.secretId}&e=${v4.reusable.expiration}&t=\\d{10}&r=\\d{1,10}&f=$`,
    ),
  );
  const backwards = await api.call("POST", "/cos-signatures", {
    body: { secretId, secretKey, method, path, startsAt: expiresAt, expiresAt: startsAt },
  });
  expect(backwards.body.errors).toMatchObject([{ pointer: "/expiresAt" }]);
  const nowhere = await api.call("POST", "/cos-signatures/legacy", {
    body: { secretId, secretKey, appid: "1", bucket: "b" },
  });
  expect(nowhere.body.errors).toMatchObject([{ pointer: "/path" }]);
});

const COS = { secretId: "id-of-the-account", secretKey: "key-of-the-account" };

test.each<{ path: string; body: object; pointer: string }>([
  { path: "", body: { ...COS, method: "GET", path: "/\ud800" }, pointer: "/path" },
  {
    path: "",
    body: { ...COS, method: "GET", path: "/", parameters: { a: "\udc00" } },
    pointer: "/parameters/a",
  },
  {
    path: "",
    body: { ...COS, method: "GET", path: "/", headers: { "x\ud800": "" } },
    pointer: "/headers/x\ufffd",
  },
  {
    path: "/legacy",
    body: { ...COS, appid: "1", bucket: "b", path: "/\ud800" },
    pointer: "/path",
  },
])("/cos-signatures$path refuses half a character at $pointer", async ({ path, body, pointer }) => {
  const { status, body: problem } = await api.call("POST", `/cos-signatures${path}`, { body });
  expect(status).toBe(400);
  expect(problem.errors).toMatchObject([{ in: "body", pointer }]);
});
