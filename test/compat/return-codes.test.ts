/**
 * Every return code that the interfaces can give, each by its real cause, through the executable.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { encrypt } from "../../src/sandbox/mini-program.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { testStore } from "../harness/stores/store.ts";
import type { EnvelopeAnswer } from "../harness/waferd.ts";

const UPSTREAM = "/sns/jscode2session";
const MINUTE = 60_000;

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

const idSkey = (para: Record<string, unknown>, appid = APP.appid) =>
  production.waferd.call("qcloud.cam.id_skey", para, { appid });

/** Logs in with this fault upstream. */
async function loginUnder(
  fault: Parameters<Production["sandbox"]["faults"]["set"]>[1],
): Promise<EnvelopeAnswer> {
  const { code } = production.device(production.user("alice"));
  production.sandbox.faults.set(UPSTREAM, fault);
  const answer = await idSkey({ code });
  production.sandbox.faults.clear(UPSTREAM);
  return answer;
}

/** Runs something while the server's files cannot grow; afterwards it has to work again. */
async function onFullDisk(run: () => Promise<EnvelopeAnswer>): Promise<EnvelopeAnswer> {
  await testStore.refuseWrites(production.waferd);
  const answer = await run();
  await testStore.allowWrites(production.waferd);
  expect((await production.login(production.user("after-full-disk"))).returnCode).toBe(0);
  return answer;
}

/** A session of alice's, as para of the calls that need one. */
async function session(name = "alice"): Promise<{ id: string; skey: string }> {
  const { id, skey } = (await production.login(production.user(name))).returnData;
  return { id, skey };
}

/** Moves the clocks of a session of the first app back, by milliseconds. */
const age = (id: string, by: { loginAt?: number; lastVisitAt?: number }) =>
  testStore.age(production.waferd.dataDir, { appid: APP.appid, id }, by);

const auth = (para: Record<string, unknown>, appid?: string) =>
  production.waferd.call("qcloud.cam.auth", para, appid === undefined ? {} : { appid });

const admin = (interfaceName: string, para: Record<string, unknown>) =>
  production.waferd.call(interfaceName, para, { key: production.adminKey });

type Cause = () => Promise<EnvelopeAnswer>;
const raw =
  (body: string): Cause =>
  async () =>
    production.waferd.read(await production.waferd.post(body));

/** Data that alice's phone encrypted, with these members. */
const dataOf = (members: Record<string, unknown>, name = "alice") => {
  const { encryptedData, iv } = encrypt(production.sandbox.world, production.user(name), members);
  return { encrypt_data: encryptedData, iv };
};
const otherWatermark = { watermark: { appid: OTHER_APP.appid, timestamp: 1 } };

const DAMAGED_APP = "an app whose record was damaged";
const DAMAGED_SESSION = "a session whose record was damaged";

const CAUSES: [returnCode: number, returnMessage: string, what: string, cause: Cause][] = [
  [
    0,
    "NEW_SESSION_SUCCESS",
    "a user's first login",
    () => production.login(production.user("newcomer")),
  ],
  [
    0,
    "UPDATE_SESSION_SUCCESS",
    "a user's second login",
    async () => {
      await session("returning");
      return production.login(production.user("returning"));
    },
  ],
  [0, "AUTH_SUCCESS", "a good session", async () => auth(await session())],
  [
    0,
    "UPDATE_USERINFO_SUCCESS",
    "new user data",
    async () =>
      production.waferd.call("qcloud.cam.userinfo", {
        ...(await session()),
        ...dataOf({ nickName: "new" }),
      }),
  ],
  [
    0,
    "DECRYPT_SUCCESS",
    "data to decrypt",
    async () =>
      production.waferd.call("qcloud.cam.decrypt", {
        ...(await session()),
        ...dataOf({ phoneNumber: "1" }),
      }),
  ],
  [
    0,
    "INIT_APPINFO_SUCCESS",
    "a new app",
    () => admin("qcloud.cam.initapp", { appid: "wx-new", secret: "secret-of-new" }),
  ],
  [
    1001,
    "DB_ERR",
    DAMAGED_APP,
    async () => {
      await admin("qcloud.cam.initapp", { appid: "wx-damaged", secret: "secret-of-damaged" });
      await testStore.damageApp?.(production.waferd.dataDir, "wx-damaged");
      return idSkey({ code: "any" }, "wx-damaged");
    },
  ],
  [
    1001,
    "DB_ERR",
    DAMAGED_SESSION,
    async () => {
      const proof = await session("damaged");
      await testStore.damageSession?.(production.waferd.dataDir, {
        appid: APP.appid,
        id: proof.id,
      });
      return auth(proof);
    },
  ],
  [
    1001,
    "DB_ERR",
    "a full disk under userinfo",
    async () => {
      const para = { ...(await session()), ...dataOf({ nickName: "new" }) };
      return onFullDisk(() => production.waferd.call("qcloud.cam.userinfo", para));
    },
  ],
  [1002, "NO_INTERFACENAME_PARA", "no interface", raw('{"version":1}')],
  [
    1002,
    "NO_INTERFACENAME_PARA",
    "an interface that is not an object",
    raw('{"interface":"qcloud.cam.auth"}'),
  ],
  [
    1002,
    "NO_INTERFACENAME_PARA",
    "a name that is not a string",
    raw('{"interface":{"interfaceName":1,"para":{}}}'),
  ],
  [1003, "PARA_ERR: code", "no code", () => idSkey({})],
  [1003, "PARA_ERR: code", "an empty code", () => idSkey({ code: "" })],
  [1003, "PARA_ERR: code", "a code that is an object", () => idSkey({ code: {} })],
  [1003, "PARA_ERR: code", "an endless code", () => idSkey({ code: "x".repeat(600) })],
  [
    1003,
    "PARA_ERR: encrypt_data",
    "an iv with nothing to decrypt",
    () => idSkey({ code: "c", iv: "i" }),
  ],
  [
    1003,
    "PARA_ERR: appid",
    "two appids that differ",
    () => idSkey({ code: "c", appid: OTHER_APP.appid }),
  ],
  [1003, "PARA_ERR: appid", "an appid that is an array", () => idSkey({ code: "c", appid: [] })],
  [1003, "PARA_ERR: id", "no id", () => auth({ skey: "s" })],
  [1003, "PARA_ERR: skey", "no skey", () => auth({ id: "i" })],
  [
    1003,
    "PARA_ERR: iv",
    "user data without iv",
    () => production.waferd.call("qcloud.cam.userinfo", { id: "i", skey: "s", encrypt_data: "e" }),
  ],
  [
    1003,
    "PARA_ERR: encrypt_data",
    "nothing to decrypt",
    () => production.waferd.call("qcloud.cam.decrypt", { id: "i", skey: "s" }),
  ],
  [
    1003,
    "PARA_ERR: appid",
    "an app without appid",
    () => admin("qcloud.cam.initapp", { secret: "secret" }),
  ],
  [
    1003,
    "PARA_ERR: appid",
    "an appid that is invalid",
    () => admin("qcloud.cam.initapp", { appid: "a b", secret: "secret" }),
  ],
  [
    1003,
    "PARA_ERR: secret",
    "an appid and a secret that were swapped",
    () =>
      admin("qcloud.cam.initapp", {
        appid: "0123456789abcdef0123456789abcdef",
        secret: "wxaaaaaaaaaaaaaaaa",
      }),
  ],
  [
    1003,
    "PARA_ERR: secret",
    "an app without secret",
    () => admin("qcloud.cam.initapp", { appid: "wx9" }),
  ],
  [
    1003,
    "PARA_ERR: cdb_ip",
    "initdata without the database",
    () =>
      admin("qcloud.cam.initdata", {
        appid: "wx9",
        secret: "secret",
        qcloud_appid: "q",
        ip: "0.0.0.0",
      }),
  ],
  [
    1003,
    "PARA_ERR: cdb_port",
    "initdata whose database port is an object",
    () => initdata("any-secret", { cdb_port: {} }),
  ],
  [
    1003,
    "PARA_ERR: cdb_ip",
    "initdata whose database is null",
    () => initdata("any-secret", { cdb_ip: null }),
  ],
  [1005, "WEIXIN_NET_ERR", "WeChat answering 502", () => loginUnder({ status: 502 })],
  [1005, "WEIXIN_NET_ERR", "WeChat resetting the connection", () => loginUnder({ reset: true })],
  [1005, "WEIXIN_NET_ERR", "WeChat not answering in time", () => loginUnder({ latencyMs: 3000 })],
  [
    1006,
    "CHANGE_SESSION_ERR",
    "a full disk under a login",
    () => onFullDisk(() => production.login(production.user("alice"))),
  ],
  [1007, "WEIXIN_RETURN_ERR", "WeChat answering HTML", () => loginUnder({ body: "<html>" })],
  [1007, "WEIXIN_RETURN_ERR", "WeChat answering without openid", () => loginUnder({ body: "{}" })],
  [1007, "WEIXIN_RETURN_ERR", "WeChat being busy for good", () => loginUnder({ errcode: -1 })],
  [
    1007,
    "WEIXIN_RETURN_ERR",
    "a wrong secret",
    async () => {
      await admin("qcloud.cam.initapp", { appid: "wx-wrong-secret", secret: "not-the-secret" });
      production.sandbox.world.apps.set("wx-wrong-secret", "the-right-secret");
      return idSkey({ code: "any" }, "wx-wrong-secret");
    },
  ],
  [
    1007,
    "WEIXIN_RETURN_ERR",
    "an appid that WeChat does not know",
    async () => {
      await admin("qcloud.cam.initapp", { appid: "wx-unknown-there", secret: "any-secret" });
      return idSkey({ code: "any" }, "wx-unknown-there");
    },
  ],
  [
    1008,
    "UPDATE_LASTVISITTIME_ERR",
    "a full disk when the visit is due",
    async () => {
      const proof = await session("visitor");
      await age(proof.id, { lastVisitAt: 2 * MINUTE });
      const answer = await onFullDisk(() => auth(proof));
      expect((await auth(proof)).returnCode).toBe(0);
      return answer;
    },
  ],
  [1009, "REQUEST_IS_NOT_JSON", "a body that is not JSON", raw("code=1")],
  [
    1010,
    "INTERFACENAME_PARA_ERR",
    "an interface that nobody knows",
    () => admin("qcloud.cam.nothing", {}),
  ],
  [1011, "NO_PARA", "no para", raw('{"interface":{"interfaceName":"qcloud.cam.auth"}}')],
  [
    1011,
    "NO_PARA",
    "a para that is an array",
    raw('{"interface":{"interfaceName":"qcloud.cam.auth","para":[]}}'),
  ],
  [1012, "NO_APPID", "an app that is not registered", () => idSkey({ code: "any" }, "wx-nobody")],
  [
    1012,
    "NO_APPID",
    "a session called under an app that is not registered",
    async () => auth(await session(), "wx-nobody"),
  ],
  [
    1013,
    "APPID_ALREADY_EXISTS",
    "an app that is there already",
    () => admin("qcloud.cam.initapp", APP),
  ],
  [
    1013,
    "INIT_APPINFO_FAIL",
    "a full disk under a new app",
    () =>
      onFullDisk(() =>
        admin("qcloud.cam.initapp", { appid: "wx-too-much", secret: "secret-too-much" }),
      ),
  ],
  [
    1013,
    "INIT_APPINFO_FAIL",
    "a full disk under a new secret",
    () => onFullDisk(() => initdata("unsaved-secret")),
  ],
  [
    40029,
    "WEIXIN_CODE_ERR",
    "a code that WeChat never gave",
    () => idSkey({ code: "never-given" }),
  ],
  [
    40029,
    "WEIXIN_CODE_ERR",
    "a used code",
    async () => {
      const { code } = production.device(production.user("alice"));
      await idSkey({ code });
      return idSkey({ code });
    },
  ],
  [
    40029,
    "WEIXIN_CODE_ERR",
    "a user whom WeChat blocks",
    () => {
      production.sandbox.world.change(production.user("mallory"), { blocked: true });
      return production.login(production.user("mallory"));
    },
  ],
  [
    60012,
    "AUTH_ERR_NO_EXIST",
    "an unknown id",
    () => auth({ id: "0".repeat(32), skey: "0".repeat(64) }),
  ],
  [
    60012,
    "AUTH_ERR_NO_EXIST",
    "a wrong skey",
    async () => auth({ ...(await session()), skey: "0".repeat(64) }),
  ],
  [
    60012,
    "AUTH_ERR_NO_EXIST",
    "another app's session",
    async () => auth(await session(), OTHER_APP.appid),
  ],
  [
    60012,
    "AUTH_ERR_NO_EXIST",
    "another app's session in decrypt",
    async () =>
      production.waferd.call(
        "qcloud.cam.decrypt",
        { ...(await session()), ...dataOf({}) },
        { appid: OTHER_APP.appid },
      ),
  ],
  [
    60012,
    "AUTH_ERR_LOGIN_EXPIRED",
    "a login of 31 days ago",
    async () => {
      const proof = await session("lapsed");
      await age(proof.id, { loginAt: 31 * 24 * 60 * MINUTE });
      return auth(proof);
    },
  ],
  [
    60012,
    "AUTH_ERR_SESSION_EXPIRED",
    "a session that nobody visited in time",
    async () => {
      const user = production.user("absent", OTHER_APP.appid);
      await testStore.setSessionDuration(production.waferd.dataDir, OTHER_APP.appid, 1);
      const { id, skey } = (await production.login(user)).returnData;
      await Bun.sleep(2100);
      const answer = await auth({ id, skey });
      await testStore.setSessionDuration(production.waferd.dataDir, OTHER_APP.appid, 1000);
      return answer;
    },
  ],
  [
    60012,
    "KEY_REQUIRED",
    "a key call without a key",
    () => production.waferd.call("qcloud.cam.initapp", { appid: "wx9", secret: "secret" }),
  ],
  [
    60012,
    "KEY_REQUIRED",
    "a key call with a wrong key",
    () =>
      production.waferd.call(
        "qcloud.cam.initdata",
        { appid: "wx9" },
        { key: "waferd_admin_wrong" },
      ),
  ],
  [
    60021,
    "DECRYPT_FAIL: bad padding",
    "a login with bad user data",
    async () => {
      // With a key by chance, one time in 256 the padding would look good.
      const user = production.user("padding");
      production.sandbox.world.change(user, { sessionKey: Buffer.alloc(16, 1).toString("base64") });
      const { code } = production.device(user);
      const iv = Buffer.alloc(16).toString("base64");
      return idSkey({ code, encrypt_data: Buffer.alloc(32).toString("base64"), iv });
    },
  ],
  [
    60021,
    "DECRYPT_FAIL: openId is another user's",
    "a login with another user's data",
    () => {
      const { code } = production.device(production.user("alice"));
      return idSkey({ code, ...dataOf({ openId: production.user("bob").openid }) });
    },
  ],
  [
    60021,
    "USERINFO_DECRYPT_FAIL: watermark is of another app",
    "userinfo made for another app",
    async () =>
      production.waferd.call("qcloud.cam.userinfo", {
        ...(await session()),
        ...dataOf(otherWatermark),
      }),
  ],
  [
    60021,
    "GET_SESSION_KEY_SUCCESS_BUT_DECRYPT_FAIL: iv is not 16 bytes of Base64",
    "a short iv",
    async () =>
      production.waferd.call("qcloud.cam.decrypt", {
        ...(await session()),
        ...dataOf({}),
        iv: "AAAA",
      }),
  ],
  [
    60021,
    "GET_SESSION_KEY_FAIL",
    "userinfo of an unknown session",
    () =>
      production.waferd.call("qcloud.cam.userinfo", {
        id: "0",
        skey: "0",
        encrypt_data: "e",
        iv: "i",
      }),
  ],
  [
    60021,
    "GET_SESSION_KEY_FAIL",
    "decrypt with a wrong skey",
    async () =>
      production.waferd.call("qcloud.cam.decrypt", {
        ...(await session()),
        skey: "0",
        encrypt_data: "e",
        iv: "i",
      }),
  ],
];

const initdata = (secret: string, members: object = {}) =>
  admin("qcloud.cam.initdata", {
    ...{ appid: OTHER_APP.appid, secret, qcloud_appid: "q", ip: "0.0.0.0" },
    ...{ cdb_ip: "127.0.0.1", cdb_port: 3306, cdb_user_name: "root", cdb_pass_wd: "" },
    ...members,
  });

/** Where a store has no record that could not be read, there is no such cause. */
const causes = CAUSES.filter(
  ([, , what]) =>
    (what !== DAMAGED_APP || testStore.damageApp !== undefined) &&
    (what !== DAMAGED_SESSION || testStore.damageSession !== undefined),
);

test.each(causes)("%i %s for %s", async (returnCode, returnMessage, _what, cause) => {
  const answer = await cause();
  expect(answer).toMatchObject({ returnCode, returnMessage });
  if (returnCode !== 0) expect(answer.returnData).toBeNull();
});

test("1005 WEIXIN_NET_ERR for a WeChat that is gone", async () => {
  await using own = await startProduction();
  await own.sandbox.stop();
  const answer = await own.waferd.call("qcloud.cam.id_skey", { code: "any" });
  expect(answer).toMatchObject({
    returnCode: 1005,
    returnMessage: "WEIXIN_NET_ERR",
    returnData: null,
  });
  expect(answer.wechat).toBeUndefined();
});

test("WeChat's own answer is in the answer and in the log", async () => {
  const answer = await idSkey({ code: "never-given-either" });
  expect(answer.wechat?.errcode).toBe(40029);
  expect(answer.wechat?.errmsg).toBe(`invalid code, rid: ${answer.wechat?.rid}`);
  const line = await production.waferd.logged(({ wechat }) =>
    Bun.deepEquals(wechat, answer.wechat),
  );
  expect(line).toMatchObject({
    returnCode: 40029,
    interface: "qcloud.cam.id_skey",
    appid: APP.appid,
  });
});

test("initdata replaces an app's secret, and registers an app that is not there", async () => {
  expect(await initdata("a-new-secret-for-it")).toMatchObject({ returnCode: 0, returnData: null });
  const user = production.user("carol", OTHER_APP.appid);
  expect((await production.login(user)).wechat?.errcode).toBe(40125);
  production.sandbox.world.apps.set(OTHER_APP.appid, "a-new-secret-for-it");
  expect((await production.login(user)).returnCode).toBe(0);
});
