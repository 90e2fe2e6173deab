/** /forward-auth by itself; test/proxies has it behind the proxies. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Fault } from "../../src/sandbox/faults.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";

const MAGIC_ID = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A";
const INVALID_SESSION = {
  [MAGIC_ID]: 1,
  error: "ERR_INVALID_SESSION",
  message: expect.any(String),
};

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

async function loggedIn(name: string, appid = APP.appid) {
  const user = production.user(name, appid);
  const { id, skey } = (await production.login(user)).returnData;
  return { user, headers: { "X-WX-Id": id as string, "X-WX-Skey": skey as string } };
}

const ask = (headers: Record<string, string>, query = "") =>
  fetch(`${production.waferd.url}/forward-auth${query}`, { headers });

test("a Wafer session is let through, with who it is in headers", async () => {
  const { user, headers } = await loggedIn("爱丽丝 😀");
  const answer = await ask(headers);
  expect([answer.status, await answer.text()]).toEqual([204, ""]);
  expect(answer.headers.get("x-wafer-appid")).toBe(APP.appid);
  expect(answer.headers.get("x-wafer-openid")).toBe(user.openid);
  expect(answer.headers.get("x-wafer-unionid")).toBe(user.unionid);
  const userInfo = JSON.parse(decodeURIComponent(answer.headers.get("x-wafer-user-info") ?? ""));
  expect(userInfo).toEqual({ openId: user.openid, unionId: user.unionid, ...user.profile });
});

test("a weapp session is let through, at its login and after it", async () => {
  const user = production.user("weapp");
  production.sandbox.world.change(user, { unionid: null });
  const { code, rawData, signature } = production.device(user);
  const login = {
    "X-WX-Code": code,
    "X-WX-RawData": encodeURIComponent(rawData),
    "X-WX-Signature": signature,
  };
  for (const headers of [login, { "X-WX-Code": code }]) {
    const answer = await ask(headers);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("x-wafer-openid")).toBe(user.openid);
    // Empty, not absent: a proxy overwrites what the client may have forged.
    expect(answer.headers.get("x-wafer-unionid")).toBe("");
  }
  const expired = await ask({ "X-WX-Code": "unknown" });
  expect(expired.status).toBe(401);
  expect(await expired.json()).toMatchObject({ [MAGIC_ID]: 1, reason: "ERR_SESSION_EXPIRED" });
});

test.each<{
  name: string;
  change: (good: Record<string, string>) => Record<string, string>;
  query: string;
}>([
  { name: "no session", change: () => ({}), query: "" },
  { name: "an unknown id", change: (good) => ({ ...good, "X-WX-Id": "nobody" }), query: "" },
  { name: "a wrong skey", change: (good) => ({ ...good, "X-WX-Skey": "wrong" }), query: "" },
  {
    name: "a session of another app than the operator's",
    change: (good) => good,
    query: `?appid=${OTHER_APP.appid}`,
  },
  {
    name: "the client's word against the operator's",
    change: (good) => ({ ...good, "X-WX-Appid": APP.appid }),
    query: `?appid=${OTHER_APP.appid}`,
  },
  {
    name: "a session of another app than the client's own word",
    change: (good) => ({ ...good, "X-WX-Appid": OTHER_APP.appid }),
    query: "",
  },
])("$name is answered 401, with the body that makes the SDK log in", async ({ change, query }) => {
  const { headers } = await loggedIn("bob");
  const answer = await ask(change(headers), query);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toEqual(INVALID_SESSION);
});

const JSCODE2SESSION = "/sns/jscode2session";

test.each<{ name: string; fault: Fault; status: number }>([
  { name: "an invalid code", fault: { errcode: 40029 }, status: 401 },
  { name: "a used code", fault: { errcode: 40163 }, status: 401 },
  { name: "a blocked user", fault: { errcode: 40226 }, status: 401 },
  { name: "a refused code, as text", fault: { body: '{"errcode":"40029"}' }, status: 401 },
  { name: "busy", fault: { errcode: -1 }, status: 503 },
  { name: "too often", fault: { errcode: 45011 }, status: 503 },
  { name: "an address that is not on the white list", fault: { errcode: 40164 }, status: 503 },
  { name: "a wrong AppSecret", fault: { errcode: 40125 }, status: 503 },
  { name: "a wrong appid", fault: { errcode: 40013 }, status: 503 },
  { name: "an errcode that nobody knows", fault: { errcode: 99_999 }, status: 503 },
  { name: "HTML", fault: { body: "<html>" }, status: 503 },
  { name: "HTTP 502", fault: { status: 502 }, status: 503 },
  { name: "a reset", fault: { reset: true }, status: 503 },
])("of WeChat's answers to a login, $name is $status", async ({ fault, status }) => {
  production.sandbox.faults.set(JSCODE2SESSION, fault);
  const { code, rawData, signature } = production.device(production.user("carol"));
  const answer = await ask({
    "X-WX-Code": code,
    "X-WX-RawData": encodeURIComponent(rawData),
    "X-WX-Signature": signature,
  });
  production.sandbox.faults.clear(JSCODE2SESSION);
  expect(answer.status).toBe(status);
  expect(await answer.json()).toMatchObject({ [MAGIC_ID]: 1 });
});

test("an app that nobody registered is 503: a login could not help", async () => {
  const { headers } = await loggedIn("dave");
  const answer = await ask(headers, "?appid=wx-unknown");
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    [MAGIC_ID]: 1,
    error: "ERR_CHECK_LOGIN_FAILED",
    message: "no such app",
  });
});

test("raw data with a wrong signature is 401", async () => {
  const { code, rawData } = production.device(production.user("erin"));
  const answer = await ask({
    "X-WX-Code": code,
    "X-WX-RawData": encodeURIComponent(rawData),
    "X-WX-Signature": "0".repeat(40),
  });
  expect([answer.status, await answer.json()]).toEqual([
    401,
    expect.objectContaining({ reason: "ERR_UNTRUSTED_RAW_DATA" }),
  ]);
});
