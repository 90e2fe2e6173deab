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
const DAY = 24 * 60 * MINUTE;

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

const CAUSES: { returnCode: number; returnMessage: string; of: string; cause: Cause }[] = [
  {
    returnCode: 0,
    returnMessage: "NEW_SESSION_SUCCESS",
    of: "a user's first login",
    cause: () => production.login(production.user("newcomer")),
  },
  {
    returnCode: 0,
    returnMessage: "UPDATE_SESSION_SUCCESS",
    of: "a user's second login",
    cause: async () => {
      await session("returning");
      return production.login(production.user("returning"));
    },
  },
  {
    returnCode: 0,
    returnMessage: "AUTH_SUCCESS",
    of: "a good session",
    cause: async () => auth(await session()),
  },
  {
    returnCode: 0,
    returnMessage: "UPDATE_USERINFO_SUCCESS",
    of: "new user data",
    cause: async () =>
      production.waferd.call("qcloud.cam.userinfo", {
        ...(await session()),
        ...dataOf({ nickName: "new" }),
      }),
  },
  {
    returnCode: 0,
    returnMessage: "DECRYPT_SUCCESS",
    of: "data to decrypt",
    cause: async () =>
      production.waferd.call("qcloud.cam.decrypt", {
        ...(await session()),
        ...dataOf({ phoneNumber: "1" }),
      }),
  },
  {
    returnCode: 0,
    returnMessage: "INIT_APPINFO_SUCCESS",
    of: "a new app",
    cause: () => admin("qcloud.cam.initapp", { appid: "wx-new", secret: "secret-of-new" }),
  },
  {
    returnCode: 1001,
    returnMessage: "DB_ERR",
    of: DAMAGED_APP,
    cause: async () => {
      await admin("qcloud.cam.initapp", { appid: "wx-damaged", secret: "secret-of-damaged" });
      await testStore.damageApp?.(production.waferd.dataDir, "wx-damaged");
      return idSkey({ code: "any" }, "wx-damaged");
    },
  },
  {
    returnCode: 1001,
    returnMessage: "DB_ERR",
    of: DAMAGED_SESSION,
    cause: async () => {
      const proof = await session("damaged");
      await testStore.damageSession?.(production.waferd.dataDir, {
        appid: APP.appid,
        id: proof.id,
      });
      return auth(proof);
    },
  },
  {
    returnCode: 1001,
    returnMessage: "DB_ERR",
    of: "a full disk under userinfo",
    cause: async () => {
      const para = { ...(await session()), ...dataOf({ nickName: "new" }) };
      return onFullDisk(() => production.waferd.call("qcloud.cam.userinfo", para));
    },
  },
  {
    returnCode: 1002,
    returnMessage: "NO_INTERFACENAME_PARA",
    of: "no interface",
    cause: raw('{"version":1}'),
  },
  {
    returnCode: 1002,
    returnMessage: "NO_INTERFACENAME_PARA",
    of: "an interface that is not an object",
    cause: raw('{"interface":"qcloud.cam.auth"}'),
  },
  {
    returnCode: 1002,
    returnMessage: "NO_INTERFACENAME_PARA",
    of: "a name that is not a string",
    cause: raw('{"interface":{"interfaceName":1,"para":{}}}'),
  },
  { returnCode: 1003, returnMessage: "PARA_ERR: code", of: "no code", cause: () => idSkey({}) },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: code",
    of: "an empty code",
    cause: () => idSkey({ code: "" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: code",
    of: "a code that is an object",
    cause: () => idSkey({ code: {} }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: code",
    of: "an endless code",
    cause: () => idSkey({ code: "x".repeat(600) }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: encrypt_data",
    of: "an iv with nothing to decrypt",
    cause: () => idSkey({ code: "c", iv: "i" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: appid",
    of: "two appids that differ",
    cause: () => idSkey({ code: "c", appid: OTHER_APP.appid }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: appid",
    of: "two spellings with appids that differ",
    cause: () => idSkey({ code: "c", appId: APP.appid, APPID: OTHER_APP.appid }),
  },
  {
    returnCode: 60012,
    returnMessage: "AUTH_ERR_NO_EXIST",
    of: "another app's appId",
    cause: async () => auth({ ...(await session()), appId: OTHER_APP.appid }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: appid",
    of: "an appid that is an array",
    cause: () => idSkey({ code: "c", appid: [] }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: id",
    of: "no id",
    cause: () => auth({ skey: "s" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: skey",
    of: "no skey",
    cause: () => auth({ id: "i" }),
  },
  ...["auth", "userinfo", "decrypt"].flatMap((name) =>
    [
      { id: "", skey: "s" },
      { id: "i", skey: "" },
      { id: "", skey: "" },
    ].map((proof) => ({
      returnCode: 60012,
      returnMessage: "AUTH_ERR_NO_EXIST",
      of: `${name} of ${JSON.stringify(proof)}`,
      cause: () =>
        production.waferd.call(`qcloud.cam.${name}`, {
          ...proof,
          encrypt_data: "AA==",
          iv: "AA==",
        }),
    })),
  ),
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: iv",
    of: "user data without iv",
    cause: () =>
      production.waferd.call("qcloud.cam.userinfo", { id: "i", skey: "s", encrypt_data: "e" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: encrypt_data",
    of: "nothing to decrypt",
    cause: () => production.waferd.call("qcloud.cam.decrypt", { id: "i", skey: "s" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: appid",
    of: "an app without appid",
    cause: () => admin("qcloud.cam.initapp", { secret: "secret" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: appid",
    of: "an appid that is invalid",
    cause: () => admin("qcloud.cam.initapp", { appid: "a b", secret: "secret" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: secret",
    of: "an appid and a secret that were swapped",
    cause: () =>
      admin("qcloud.cam.initapp", {
        appid: "0123456789abcdef0123456789abcdef",
        secret: "wxaaaaaaaaaaaaaaaa",
      }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: secret",
    of: "an app without secret",
    cause: () => admin("qcloud.cam.initapp", { appid: "wx9" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: cdb_ip",
    of: "initdata without the database",
    cause: () =>
      admin("qcloud.cam.initdata", {
        appid: "wx9",
        secret: "secret",
        qcloud_appid: "q",
        ip: "0.0.0.0",
      }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: cdb_port",
    of: "initdata whose database port is an object",
    cause: () => initdata("any-secret", { cdb_port: {} }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: cdb_ip",
    of: "initdata whose database is null",
    cause: () => initdata("any-secret", { cdb_ip: null }),
  },
  {
    returnCode: 1005,
    returnMessage: "WEIXIN_NET_ERR",
    of: "WeChat answering 502",
    cause: () => loginUnder({ status: 502 }),
  },
  {
    returnCode: 1005,
    returnMessage: "WEIXIN_NET_ERR",
    of: "WeChat resetting the connection",
    cause: () => loginUnder({ reset: true }),
  },
  {
    returnCode: 1005,
    returnMessage: "WEIXIN_NET_ERR",
    of: "WeChat not answering in time",
    cause: () => loginUnder({ latencyMs: 3000 }),
  },
  {
    returnCode: 1006,
    returnMessage: "CHANGE_SESSION_ERR",
    of: "a full disk under a login",
    cause: () => onFullDisk(() => production.login(production.user("alice"))),
  },
  {
    returnCode: 1007,
    returnMessage: "WEIXIN_RETURN_ERR",
    of: "WeChat answering HTML",
    cause: () => loginUnder({ body: "<html>" }),
  },
  {
    returnCode: 1007,
    returnMessage: "WEIXIN_RETURN_ERR",
    of: "WeChat answering without openid",
    cause: () => loginUnder({ body: "{}" }),
  },
  {
    returnCode: 1007,
    returnMessage: "WEIXIN_RETURN_ERR",
    of: "WeChat being busy for good",
    cause: () => loginUnder({ errcode: -1 }),
  },
  {
    returnCode: 1007,
    returnMessage: "WEIXIN_RETURN_ERR",
    of: "a wrong secret",
    cause: async () => {
      await admin("qcloud.cam.initapp", { appid: "wx-wrong-secret", secret: "not-the-secret" });
      production.sandbox.world.apps.set("wx-wrong-secret", "the-right-secret");
      return idSkey({ code: "any" }, "wx-wrong-secret");
    },
  },
  {
    returnCode: 1007,
    returnMessage: "WEIXIN_RETURN_ERR",
    of: "an appid that WeChat does not know",
    cause: async () => {
      await admin("qcloud.cam.initapp", { appid: "wx-unknown-there", secret: "any-secret" });
      return idSkey({ code: "any" }, "wx-unknown-there");
    },
  },
  {
    returnCode: 1008,
    returnMessage: "UPDATE_LASTVISITTIME_ERR",
    of: "a full disk, more than half of session_duration after the stored visit",
    cause: async () => {
      const proof = await session("visitor");
      await age(proof.id, { loginAt: 16 * DAY, lastVisitAt: 16 * DAY });
      // Before that a check goes on.
      const early = await session("early visitor");
      await age(early.id, { loginAt: 16 * DAY, lastVisitAt: 14 * DAY });
      expect((await onFullDisk(() => auth(early))).returnCode).toBe(0);
      const answer = await onFullDisk(() => auth(proof));
      expect((await auth(proof)).returnCode).toBe(0);
      return answer;
    },
  },
  {
    returnCode: 1009,
    returnMessage: "REQUEST_IS_NOT_JSON",
    of: "a body that is not JSON",
    cause: raw("code=1"),
  },
  {
    returnCode: 1010,
    returnMessage: "INTERFACENAME_PARA_ERR",
    of: "an interface that nobody knows",
    cause: () => admin("qcloud.cam.nothing", {}),
  },
  {
    returnCode: 1011,
    returnMessage: "NO_PARA",
    of: "no para",
    cause: raw('{"interface":{"interfaceName":"qcloud.cam.auth"}}'),
  },
  {
    returnCode: 1011,
    returnMessage: "NO_PARA",
    of: "a para that is an array",
    cause: raw('{"interface":{"interfaceName":"qcloud.cam.auth","para":[]}}'),
  },
  {
    returnCode: 1012,
    returnMessage: "NO_APPID",
    of: "an app that is not registered",
    cause: () => idSkey({ code: "any" }, "wx-nobody"),
  },
  {
    returnCode: 1012,
    returnMessage: "NO_APPID",
    of: "a session called under an app that is not registered",
    cause: async () => auth(await session(), "wx-nobody"),
  },
  {
    returnCode: 1013,
    returnMessage: "APPID_ALREADY_EXISTS",
    of: "an app that is there already",
    cause: () => admin("qcloud.cam.initapp", APP),
  },
  {
    returnCode: 1013,
    returnMessage: "INIT_APPINFO_FAIL",
    of: "a full disk under a new app",
    cause: () =>
      onFullDisk(() =>
        admin("qcloud.cam.initapp", { appid: "wx-too-much", secret: "secret-too-much" }),
      ),
  },
  {
    returnCode: 1013,
    returnMessage: "INIT_APPINFO_FAIL",
    of: "a full disk under a new secret",
    cause: () => onFullDisk(() => initdata("unsaved-secret")),
  },
  {
    returnCode: 40029,
    returnMessage: "WEIXIN_CODE_ERR",
    of: "a code that WeChat never gave",
    cause: () => idSkey({ code: "never-given" }),
  },
  {
    returnCode: 40029,
    returnMessage: "WEIXIN_CODE_ERR",
    of: "a used code",
    cause: async () => {
      const { code } = production.device(production.user("alice"));
      await idSkey({ code });
      return idSkey({ code });
    },
  },
  {
    returnCode: 40029,
    returnMessage: "WEIXIN_CODE_ERR",
    of: "a user whom WeChat blocks",
    cause: () => {
      production.sandbox.world.change(production.user("mallory"), { blocked: true });
      return production.login(production.user("mallory"));
    },
  },
  {
    returnCode: 60012,
    returnMessage: "AUTH_ERR_NO_EXIST",
    of: "an unknown id",
    cause: () => auth({ id: "0".repeat(32), skey: "0".repeat(64) }),
  },
  {
    returnCode: 60012,
    returnMessage: "AUTH_ERR_NO_EXIST",
    of: "a wrong skey",
    cause: async () => auth({ ...(await session()), skey: "0".repeat(64) }),
  },
  {
    returnCode: 60012,
    returnMessage: "AUTH_ERR_NO_EXIST",
    of: "another app's session",
    cause: async () => auth(await session(), OTHER_APP.appid),
  },
  {
    returnCode: 60012,
    returnMessage: "AUTH_ERR_NO_EXIST",
    of: "another app's session in decrypt",
    cause: async () =>
      production.waferd.call(
        "qcloud.cam.decrypt",
        { ...(await session()), ...dataOf({}) },
        { appid: OTHER_APP.appid },
      ),
  },
  {
    returnCode: 60012,
    returnMessage: "AUTH_ERR_LOGIN_EXPIRED",
    of: "a login of 31 days ago",
    cause: async () => {
      const proof = await session("lapsed");
      await age(proof.id, { loginAt: 31 * DAY });
      return auth(proof);
    },
  },
  {
    returnCode: 60012,
    returnMessage: "AUTH_ERR_SESSION_EXPIRED",
    of: "a session that nobody visited in time",
    cause: async () => {
      const user = production.user("absent", OTHER_APP.appid);
      await testStore.setSessionDuration(production.waferd.dataDir, OTHER_APP.appid, 1);
      const { id, skey } = (await production.login(user)).returnData;
      await Bun.sleep(2100);
      const answer = await auth({ id, skey });
      await testStore.setSessionDuration(production.waferd.dataDir, OTHER_APP.appid, 1000);
      return answer;
    },
  },
  {
    returnCode: 60012,
    returnMessage: "KEY_REQUIRED",
    of: "a key call without a key",
    cause: () => production.waferd.call("qcloud.cam.initapp", { appid: "wx9", secret: "secret" }),
  },
  {
    returnCode: 60012,
    returnMessage: "KEY_REQUIRED",
    of: "a key call with a wrong key",
    cause: () =>
      production.waferd.call(
        "qcloud.cam.initdata",
        { appid: "wx9" },
        { key: "waferd_admin_wrong" },
      ),
  },
  {
    returnCode: 60021,
    returnMessage: "DECRYPT_FAIL: not decryptable",
    of: "a login with bad user data",
    cause: async () => {
      const { code } = production.device(production.user("garbage"));
      const iv = Buffer.alloc(16).toString("base64");
      return idSkey({ code, encrypt_data: Buffer.alloc(32).toString("base64"), iv });
    },
  },
  {
    returnCode: 60021,
    returnMessage: "DECRYPT_FAIL: openId is another user's",
    of: "a login with another user's data",
    cause: () => {
      const { code } = production.device(production.user("alice"));
      return idSkey({ code, ...dataOf({ openId: production.user("bob").openid }) });
    },
  },
  {
    returnCode: 60021,
    returnMessage: "USERINFO_DECRYPT_FAIL: watermark is of another app",
    of: "userinfo made for another app",
    cause: async () =>
      production.waferd.call("qcloud.cam.userinfo", {
        ...(await session()),
        ...dataOf(otherWatermark),
      }),
  },
  {
    returnCode: 60021,
    returnMessage: "GET_SESSION_KEY_SUCCESS_BUT_DECRYPT_FAIL: iv is not 16 bytes of Base64",
    of: "a short iv",
    cause: async () =>
      production.waferd.call("qcloud.cam.decrypt", {
        ...(await session()),
        ...dataOf({}),
        iv: "AAAA",
      }),
  },
  {
    returnCode: 60021,
    returnMessage: "GET_SESSION_KEY_FAIL",
    of: "userinfo of an unknown session",
    cause: () =>
      production.waferd.call("qcloud.cam.userinfo", {
        id: "0",
        skey: "0",
        encrypt_data: "e",
        iv: "i",
      }),
  },
  {
    returnCode: 60021,
    returnMessage: "GET_SESSION_KEY_FAIL",
    of: "decrypt with a wrong skey",
    cause: async () =>
      production.waferd.call("qcloud.cam.decrypt", {
        ...(await session()),
        skey: "0",
        encrypt_data: "e",
        iv: "i",
      }),
  },
];

const initdata = (secret: string, members: object = {}) =>
  admin("qcloud.cam.initdata", {
    ...{ appid: OTHER_APP.appid, secret, qcloud_appid: "q", ip: "0.0.0.0" },
    ...{ cdb_ip: "127.0.0.1", cdb_port: 3306, cdb_user_name: "root", cdb_pass_wd: "" },
    ...members,
  });

/** Where a store has no record that could not be read, there is no such cause. */
const causes = CAUSES.filter(
  ({ of }) =>
    (of !== DAMAGED_APP || testStore.damageApp !== undefined) &&
    (of !== DAMAGED_SESSION || testStore.damageSession !== undefined),
);

test.each(causes)(
  "$returnCode $returnMessage is the answer for $of",
  async ({ returnCode, returnMessage, cause }) => {
    const answer = await cause();
    expect(answer).toMatchObject({ returnCode, returnMessage });
    if (returnCode !== 0) expect(answer.returnData).toBeNull();
  },
);

test("1005 WEIXIN_NET_ERR is the answer for a WeChat that does not listen", async () => {
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
  expect(answer.wechat?.errmsg).toMatch(
    new RegExp(`^invalid code \\(sandbox: .+\\), rid: ${answer.wechat?.rid}$`),
  );
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
