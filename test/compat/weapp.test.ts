/**
 * weapp-session's header protocol and the Django app's two calls, replayed against the executable.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { signRawData } from "../../src/crypto/raw-data.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { testStore } from "../harness/stores/store.ts";
import vector from "../vectors/raw-data.json";

const MAGIC_ID = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A";

/** An answer of the Django app's. */
interface MinaOutcome {
  ok: string;
  msg: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into whatever it gives
  data: any;
}

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

describe("/weapp-session", () => {
  const ask = async (headers: Record<string, string>, method = "GET") => {
    const answer = await fetch(`${production.waferd.url}/weapp-session`, { method, headers });
    expect(answer.status).toBe(200);
    // biome-ignore lint/suspicious/noExplicitAny: the tests look into whatever it gives
    return (await answer.json()) as any;
  };
  const headersOf = (code: string, rawData: string, signature: string) => ({
    "X-WX-Code": code,
    "X-WX-RawData": encodeURIComponent(rawData),
    "X-WX-Signature": signature,
  });
  const login = (name: string, appid = APP.appid) => {
    const user = production.user(name, appid);
    const { code, rawData, signature } = production.device(user);
    return { user, code, rawData, signature, headers: headersOf(code, rawData, signature) };
  };

  test.each(["GET", "POST", "PUT", "DELETE"])("%s without a code has no user", async (method) => {
    expect(await ask({}, method)).toEqual({ $wxUserInfo: null });
  });

  test("a login is remembered under its code, for the other requests and over a restart", async () => {
    const { user, code, headers } = login("alice");
    const expected = { $wxUserInfo: { ...user.profile, openId: user.openid } };
    expect(await ask(headers, "POST")).toEqual(expected);
    expect(await ask({ "X-WX-Code": code })).toEqual(expected);
    await production.restart();
    expect(await ask({ "X-WX-Code": code })).toEqual(expected);
  });

  test("a new login of the same user forgets that user's older code, and nobody else's", async () => {
    const [first, other, elsewhere] = [login("bob"), login("carol"), login("bob", OTHER_APP.appid)];
    for (const { headers } of [first, other]) await ask(headers);
    await ask({ ...elsewhere.headers, "X-WX-Appid": OTHER_APP.appid });
    const second = login("bob");
    await ask(second.headers);
    expect((await ask({ "X-WX-Code": first.code })).reason).toBe("ERR_SESSION_EXPIRED");
    expect((await ask({ "X-WX-Code": second.code })).$wxUserInfo).not.toBeNull();
    expect((await ask({ "X-WX-Code": other.code })).$wxUserInfo).not.toBeNull();
    const named = { "X-WX-Code": elsewhere.code, "X-WX-Appid": OTHER_APP.appid };
    expect((await ask(named)).$wxUserInfo.openId).toBe(elsewhere.user.openid);
    expect((await ask({ "X-WX-Code": elsewhere.code })).reason).toBe("ERR_SESSION_EXPIRED");
  });

  test("requests that carry one login at once, or again, are one exchange and one answer", async () => {
    const { headers, user } = login("dave");
    const before = production.sandbox.calls("/sns/jscode2session");
    // So that all have come before the first is answered.
    production.sandbox.faults.set("/sns/jscode2session", { latencyMs: 300, times: 1 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(headers)));
    answers.push(await ask(headers));
    for (const answer of answers) expect(answer.$wxUserInfo.openId).toBe(user.openid);
    expect(production.sandbox.calls("/sns/jscode2session") - before).toBe(1);
  });

  test("raw data is checked byte for byte, as WeChat's own sample is", async () => {
    const { user } = login("erin");
    production.sandbox.world.change(user, { sessionKey: vector.sessionKey });
    const code = production.sandbox.world.giveCode(user);
    production.sandbox.world.change(user, { sessionKey: vector.sessionKey });
    noteSecret(code, vector.sessionKey);
    const { $wxUserInfo } = await ask(headersOf(code, vector.rawData, vector.signature));
    expect($wxUserInfo).toEqual({ ...JSON.parse(vector.rawData), openId: user.openid });
  });

  test("an openId in the raw data is not believed", async () => {
    const user = production.user("frank");
    const { code } = production.device(user);
    const rawData = JSON.stringify({ openId: "somebody-else", nickName: "😀" });
    const signature = signRawData(rawData, user.sessionKey);
    expect(await ask(headersOf(code, rawData, signature))).toEqual({
      $wxUserInfo: { openId: user.openid, nickName: "😀" },
    });
  });

  test("each failure has the body that the clients know", async () => {
    const { code, rawData, signature, headers } = login("grace");
    const failed = (reason: string | null, detail?: object) => ({
      [MAGIC_ID]: 1,
      ...(reason !== null && { reason }),
      error: {
        name: reason === null ? "SyntaxError" : "Error",
        message: expect.any(String),
        ...(detail && { detail }),
      },
    });
    expect(await ask({ "X-WX-Code": "unknown" })).toEqual(failed("ERR_SESSION_EXPIRED"));
    for (const bad of ["{", "5", "%zz"])
      expect(await ask({ ...headers, "X-WX-RawData": bad })).toEqual(failed(null));
    expect(await ask({ "X-WX-Code": code, "X-WX-RawData": encodeURIComponent(rawData) })).toEqual(
      failed("ERR_UNTRUSTED_RAW_DATA"),
    );
    const bent = { ...headers, "X-WX-RawData": encodeURIComponent(`${rawData} `) };
    expect(await ask(bent)).toEqual(failed("ERR_UNTRUSTED_RAW_DATA"));
    const refused = { errcode: 40163, errmsg: expect.stringContaining("code been used") };
    expect(await ask(headersOf(code, rawData, signature))).toEqual(
      failed("ERR_SESSION_KEY_EXCHANGE_FAILED", refused),
    );
    production.sandbox.faults.set("/sns/jscode2session", { reset: true, times: 1 });
    expect(await ask(login("heidi").headers)).toEqual(failed("ERR_SESSION_KEY_EXCHANGE_FAILED"));
  });

  test("the remembered codes do not lie in the data files", async () => {
    const { code, headers } = login("ivan");
    await ask(headers);
    const contents = await testStore.contents(production.waferd.dataDir);
    expect(contents).toContain(APP.appid);
    expect(contents).not.toContain(code);
  });
});

describe("/mina", () => {
  const post = async (call: string, body: string, type = "application/json") => {
    const answer = await fetch(`${production.waferd.url}/mina/${call}`, {
      method: "POST",
      body,
      headers: { "Content-Type": type },
    });
    expect(answer.status).toBe(200);
    const outcome = (await answer.json()) as MinaOutcome;
    noteSecret(outcome.data?.["skey"]);
    return outcome;
  };
  const json = (call: string, body: object) => post(call, JSON.stringify(body));
  const form = (call: string, body: Record<string, string>) =>
    post(call, new URLSearchParams(body).toString(), "application/x-www-form-urlencoded");

  test.each([
    { name: "its number", app_id: "1", appid: APP.appid },
    { name: "its appid", app_id: APP.appid, appid: APP.appid },
    { name: "the other's number", app_id: "2", appid: OTHER_APP.appid },
    { name: "nothing, for the default one", app_id: "", appid: APP.appid },
  ])("login and auth of the app by $name, in JSON and as a form", async ({ app_id, appid }) => {
    const user = production.user("mina", appid);
    for (const send of [json, form]) {
      const { code, encryptedData, iv } = production.device(user);
      const login = await send("login", { code, encrypt_data: encryptedData, iv, app_id });
      const user_info = { openId: user.openid, unionId: user.unionid, ...user.profile };
      expect(login).toEqual({
        ok: "success",
        msg: expect.stringMatching(/^(NEW|UPDATE)_SESSION_SUCCESS$/),
        data: {
          uuid: expect.stringMatching(/^[0-9a-f]{32}$/),
          skey: expect.stringMatching(/^[0-9a-f]{64}$/),
          user_info,
          duration: 2_592_000,
        },
      });
      const { uuid = "", skey = "" } = login.data as Record<string, string>;
      expect(await send("auth", { uuid, skey, app_id })).toEqual({
        ok: "success",
        msg: "AUTH_SUCCESS",
        data: { user_info },
      });
      const other = app_id === "2" ? "1" : "2";
      expect(await send("auth", { uuid, skey, app_id: other })).toEqual({
        ok: "fail",
        msg: "AUTH_ERR_NO_EXIST",
        data: null,
      });
    }
  });

  test("a silent login, whose user data is empty", async () => {
    const user = production.user("silent");
    const { code } = production.device(user);
    const login = await form("login", { code, encrypt_data: "", iv: "", app_id: "1" });
    expect(login.data["user_info"]).toEqual({ openId: user.openid, unionId: user.unionid });
  });

  test.each([
    { name: "login without a code", call: "login", body: { app_id: "1" }, msg: "PARA_ERR: code" },
    {
      name: "login with an invalid code",
      call: "login",
      body: { code: "bad", app_id: "1" },
      msg: "WEIXIN_CODE_ERR",
    },
    {
      name: "login of an unknown number",
      call: "login",
      body: { code: "c", app_id: "99" },
      msg: "NO_APPID",
    },
    {
      name: "login of an unknown appid",
      call: "login",
      body: { code: "c", app_id: "wx-nobody" },
      msg: "NO_APPID",
    },
    {
      name: "auth without an skey",
      call: "auth",
      body: { uuid: "u", app_id: "1" },
      msg: "PARA_ERR: skey",
    },
    {
      name: "auth of an unknown session",
      call: "auth",
      body: { uuid: "u", skey: "s", app_id: "1" },
      msg: "AUTH_ERR_NO_EXIST",
    },
  ])("$name fails with $msg", async ({ call, body, msg }) => {
    for (const send of [json, form])
      expect(await send(call, body as never)).toEqual({ ok: "fail", msg, data: null });
  });

  test("a form's spaces in Base64 are pluses, and JSON under a form's content type is JSON", async () => {
    const user = production.user("spaces");
    const { code, encryptedData, iv } = production.device(user);
    const raw = `code=${code}&encrypt_data=${encryptedData}&iv=${iv}&app_id=1`;
    expect((await post("login", raw, "application/x-www-form-urlencoded")).ok).toBe("success");
    const again = production.device(user);
    const body = JSON.stringify({ code: again.code, app_id: 1 });
    expect((await post("login", body, "application/x-www-form-urlencoded")).ok).toBe("success");
    expect((await post("login", "")).msg).toBe("PARA_ERR: body");
  });
});
