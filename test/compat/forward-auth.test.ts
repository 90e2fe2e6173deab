/** /forward-auth by itself; test/proxies has it behind the proxies. */
import { afterAll, beforeAll, expect, test } from "bun:test";
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

test("an outage does not ask for a new login", async () => {
  production.sandbox.faults.set("/sns/jscode2session", { reset: true, times: 1 });
  const user = production.user("carol");
  const { code, rawData, signature } = production.device(user);
  const answer = await ask({
    "X-WX-Code": code,
    "X-WX-RawData": encodeURIComponent(rawData),
    "X-WX-Signature": signature,
  });
  expect(answer.status).toBe(503);
});
