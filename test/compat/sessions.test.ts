/** Sessions of a mini program and its business server, through the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { encryptUserData } from "../../src/crypto/user-data.ts";
import { encrypt } from "../../src/sandbox/mini-program.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { testStore } from "../harness/stores/store.ts";
import { until } from "../harness/until.ts";
import type { Waferd } from "../harness/waferd.ts";
import vector from "../vectors/user-data.json";

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

const call = (name: string, para: Record<string, unknown>, appid?: string) =>
  production.waferd.call(name, para, appid === undefined ? {} : { appid });

test("a login gives the session, the user and how long it lasts; auth gives the same", async () => {
  const user = production.user("alice");
  const login = await production.login(user);
  const { id, skey } = login.returnData;
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(skey).toMatch(/^[0-9a-f]{64}$/);
  expect(login.returnData).toEqual({
    id,
    skey,
    appid: APP.appid,
    openid: user.openid,
    unionid: user.unionid,
    user_info: { openId: user.openid, unionId: user.unionid, ...user.profile },
    duration: 2_592_000,
  });
  const auth = await call("qcloud.cam.auth", { id, skey });
  expect({ ...auth.returnData, duration: 0 }).toEqual({ ...login.returnData, duration: 0 });
  expect(auth.returnData.duration).toBeGreaterThan(2_591_990);
});

test("a silent login has no profile until userinfo brings it; later silent logins keep it", async () => {
  const user = production.user("silent");
  const { id, skey, user_info } = (await production.login(user, true)).returnData;
  const identity = { openId: user.openid, unionId: user.unionid };
  expect(user_info).toEqual(identity);
  // getUserProfile's data has no openId.
  const { encryptedData, iv } = encrypt(production.sandbox.world, user, { nickName: "later" });
  const updated = await call("qcloud.cam.userinfo", { id, skey, encrypt_data: encryptedData, iv });
  expect(updated.returnData).toEqual({
    id,
    skey,
    appid: APP.appid,
    user_info: { ...identity, nickName: "later" },
  });
  const again = await production.login(user, true);
  expect(again).toMatchObject({ returnMessage: "UPDATE_SESSION_SUCCESS", returnData: { id } });
  expect(again.returnData.user_info).toEqual({ ...identity, nickName: "later" });
  expect(again.returnData.skey).not.toBe(skey);
});

test("a profile in clear replaces the stored one, and is marked as the user's own word until WeChat's comes", async () => {
  const user = production.user("own");
  const { id, skey } = (await production.login(user)).returnData;
  const identity = { openId: user.openid, unionId: user.unionid };
  const own = { nickName: "自己 😀", avatarUrl: "https://cdn.example.com/a.png", gender: 0 };
  const update = (user_info: unknown, more: object = {}) =>
    call("qcloud.cam.userinfo", { id, skey, user_info, ...more });
  const marked = { ...identity, ...own, selfReported: ["avatarUrl", "gender", "nickName"] };
  // getUserProfile adds a member of its own; the identity and the mark are not the client's.
  const sent = { ...own, is_demote: true, openId: "forged", unionId: "forged", selfReported: [] };
  for (const form of [sent, JSON.stringify(sent)]) {
    const answer = await update(form);
    expect(answer.returnMessage).toBe("UPDATE_USERINFO_SUCCESS");
    expect(answer.returnData).toEqual({ id, skey, appid: APP.appid, user_info: marked });
  }
  expect((await call("qcloud.cam.auth", { id, skey })).returnData.user_info).toEqual(marked);
  // A silent login keeps it, one with WeChat's data takes what that has.
  const silent = (await production.login(user, true)).returnData;
  expect(silent.user_info).toEqual(marked);
  const decrypted = (await production.login(user)).returnData;
  expect(decrypted.user_info).toEqual({ ...identity, ...own, ...user.profile });

  const last = { id: decrypted.id, skey: decrypted.skey };
  const wrong = [
    { user_info: { avatarUrl: "wxfile://tmp_a.png" } },
    { user_info: { nickName: 7 } },
    { user_info: "not JSON" },
    { user_info: [own] },
    { user_info: own, encrypt_data: "AAAA", iv: "AAAA" },
  ];
  for (const para of wrong)
    expect(await call("qcloud.cam.userinfo", { ...last, ...para })).toMatchObject({
      returnCode: 1003,
      returnMessage: "PARA_ERR: user_info",
    });
  expect(await call("qcloud.cam.userinfo", last)).toMatchObject({
    returnCode: 1003,
    returnMessage: "PARA_ERR: encrypt_data",
  });
  expect(await update(own)).toMatchObject({ returnCode: 60021 });
  expect(
    await call("qcloud.cam.userinfo", { ...last, user_info: own }, OTHER_APP.appid),
  ).toMatchObject({ returnCode: 60012 });
});

test("visits are stored after their answers, and by a stop", async () => {
  const lastVisitOf = async (id: string): Promise<number> => {
    const headers = { authorization: `Bearer ${production.adminKey}` };
    const answer = await fetch(`${production.waferd.url}/api/v1/apps/${APP.appid}/sessions/${id}`, {
      headers,
    });
    const { lastVisitAt } = (await answer.json()) as { lastVisitAt: string };
    return Date.parse(lastVisitAt);
  };
  const { id, skey } = (await production.login(production.user("visitor"), true)).returnData;
  const dayOld = () =>
    testStore.age(production.waferd.dataDir, { appid: APP.appid, id }, { lastVisitAt: 86_400_000 });
  const began = Date.now() - 1000;
  await dayOld();
  expect((await call("qcloud.cam.auth", { id, skey })).returnData.duration).toBeGreaterThan(
    2_591_000,
  );
  await until(async () => (await lastVisitOf(id)) > began);
  await dayOld();
  expect(await lastVisitOf(id)).toBeLessThan(began);
  expect((await call("qcloud.cam.auth", { id, skey })).returnCode).toBe(0);
  await production.restart();
  expect(await lastVisitOf(id)).toBeGreaterThan(began);
});

test("WeChat's official user data sample decrypts, by login, decrypt and the auth call of scf's README", async () => {
  const plain = JSON.parse(vector.plain);
  const secret = "the-secret-of-the-sample-app";
  await production.waferd.call(
    "qcloud.cam.initapp",
    { appid: vector.appid, secret },
    { key: production.adminKey },
  );
  production.sandbox.world.apps.set(vector.appid, secret);
  const user = production.user("Band", vector.appid);
  production.sandbox.world.change(user, {
    openid: plain.openId,
    unionid: plain.unionId,
    sessionKey: vector.sessionKey,
  });
  noteSecret(vector.sessionKey);
  const sample = { encrypt_data: vector.encryptedData, iv: vector.iv };

  const login = await call(
    "qcloud.cam.id_skey",
    { code: production.device(user).code, ...sample },
    vector.appid,
  );
  const { watermark: _, ...profile } = plain;
  expect(login.returnData.user_info).toEqual(profile);
  const { id, skey } = login.returnData;
  for (const name of ["qcloud.cam.decrypt", "qcloud.cam.auth"])
    expect(await call(name, { id, skey, ...sample })).toMatchObject({
      returnMessage: "DECRYPT_SUCCESS",
      returnData: plain,
    });
});

test("the scheme of before 2016 decrypts to text", async () => {
  const user = production.user("old");
  production.sandbox.world.change(user, { sessionKey: vector.sessionKey });
  const encrypt_data = encryptUserData('{"nickName":"old"}', vector.sessionKey, null);
  const login = await call("qcloud.cam.id_skey", {
    code: production.device(user).code,
    encrypt_data,
  });
  expect(login.returnData.user_info).toMatchObject({ openId: user.openid, nickName: "old" });
  const { id, skey } = login.returnData;
  const decrypted = await call("qcloud.cam.decrypt", { id, skey, encrypt_data });
  expect(decrypted).toMatchObject({ returnCode: 0, returnData: '{"nickName":"old"}' });
});

test("decrypted data of a great depth is refused", async () => {
  const user = production.user("deep");
  const { id, skey } = (await production.login(user)).returnData;
  const text = `{"watermark":{"appid":"${APP.appid}"},"deep":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
  const encrypt_data = encryptUserData(text, user.sessionKey, vector.iv);
  const answer = await call("qcloud.cam.decrypt", { id, skey, encrypt_data, iv: vector.iv });
  expect(answer.returnMessage).toBe("GET_SESSION_KEY_SUCCESS_BUT_DECRYPT_FAIL: not decryptable");
  // Empty counts as absent.
  expect(
    (await call("qcloud.cam.auth", { id, skey, encrypt_data: "", iv: "" })).returnMessage,
  ).toBe("AUTH_SUCCESS");
});

test("two apps cannot see each other's sessions, even with one openid", async () => {
  const mine = production.user("shared");
  const theirs = production.user("shared", OTHER_APP.appid);
  for (const user of [mine, theirs])
    production.sandbox.world.change(user, { openid: "one-openid" });
  const first = (await production.login(mine)).returnData;
  const second = await production.login(theirs);
  expect(second.returnMessage).toBe("NEW_SESSION_SUCCESS");
  expect(second.returnData.id).not.toBe(first.id);
  const { id, skey } = first;
  for (const name of ["qcloud.cam.auth", "qcloud.cam.userinfo", "qcloud.cam.decrypt"]) {
    const answer = await call(name, { id, skey, encrypt_data: "e", iv: "i" }, OTHER_APP.appid);
    expect(answer).toMatchObject({
      returnCode: 60012,
      returnMessage: "AUTH_ERR_NO_EXIST",
      returnData: null,
    });
  }
  for (const proof of [first, second.returnData])
    expect(
      (await call("qcloud.cam.auth", { id: proof.id, skey: proof.skey }, proof.appid)).returnCode,
    ).toBe(0);
});

test("a login that names no app is for the first one, a call with a session for the session's own", async () => {
  const { code } = production.device(production.user("nameless"));
  expect((await call("qcloud.cam.id_skey", { code })).returnData.appid).toBe(APP.appid);
  const { id, skey } = (await production.login(production.user("nameless", OTHER_APP.appid)))
    .returnData;
  expect((await call("qcloud.cam.auth", { id, skey })).returnData.appid).toBe(OTHER_APP.appid);
});

test("fifty equal logins at once make one call to WeChat, and all get one answer", async () => {
  const { code, encryptedData, iv } = production.device(production.user("many"));
  const before = production.sandbox.calls("/sns/jscode2session");
  // So that all have come before the first is answered.
  production.sandbox.faults.set("/sns/jscode2session", { latencyMs: 300, times: 1 });
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      call("qcloud.cam.id_skey", { code, encrypt_data: encryptedData, iv }),
    ),
  );
  expect(production.sandbox.calls("/sns/jscode2session") - before).toBe(1);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  expect(answers[0]?.returnMessage).toBe("NEW_SESSION_SUCCESS");
});

const authOf = (para: object) =>
  JSON.stringify({ interface: { interfaceName: "qcloud.cam.auth", para } });

test("successful checks of sessions are logged at debug only", async () => {
  const { id, skey } = (await production.login(production.user("quiet"))).returnData;
  const refused = async () => {
    const response = await production.waferd.post(authOf({ id: "nobody", skey: "nothing" }));
    const requestId = response.headers.get("x-request-id");
    return production.waferd.logged((line) => line["requestId"] === requestId);
  };
  const from = await refused();
  for (let count = 0; count < 10; count += 1) await call("qcloud.cam.auth", { id, skey });
  const to = await refused();
  const { log } = production.waferd;
  const start = log.findIndex((line) => line["requestId"] === from["requestId"]) + 1;
  expect(log.slice(start)).toEqual([to]);
  expect(to).toMatchObject({ level: "info", interface: "qcloud.cam.auth", returnCode: 60012 });
});

const severalServers = test.skipIf(!testStore.takesSeveralServers);

severalServers("a session that one server revoked, another refuses at once", async () => {
  await using other = await production.another();
  const { id, skey } = (await production.login(production.user("two-processes"))).returnData;
  for (let round = 0; round < 20; round += 1) {
    const user = production.user(`two-processes-${round}`);
    const proof = (await production.login(user)).returnData;
    const check = (waferd: Waferd) =>
      waferd.call("qcloud.cam.auth", { id: proof.id, skey: proof.skey }, { appid: APP.appid });
    expect((await check(other)).returnMessage).toBe("AUTH_SUCCESS");
    // Checks go on all the while, so that the other process has a view of the data from before.
    const busy = Promise.all(
      Array.from({ length: 20 }, () =>
        other.call("qcloud.cam.auth", { id, skey }, { appid: APP.appid }),
      ),
    );
    const revoked = await fetch(
      `${production.waferd.url}/api/v1/apps/${APP.appid}/sessions/${proof.id}`,
      {
        method: "DELETE",
        headers: { Authorization: `Bearer ${production.adminKey}` },
      },
    );
    expect(revoked.status).toBe(204);
    expect((await check(other)).returnCode).toBe(60012);
    expect((await check(production.waferd)).returnCode).toBe(60012);
    for (const answer of await busy) expect(answer.returnCode).toBe(0);
  }
});
