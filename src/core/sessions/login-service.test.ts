import { expect, test } from "bun:test";
import { openScenario, type Scenario, succeeded } from "../../../test/harness/scenario.ts";
import { until } from "../../../test/harness/until.ts";
import { encrypt, getUserInfo } from "../../sandbox/mini-program.ts";
import { DEMO_APP } from "../../sandbox/world.ts";

const UPSTREAM = "/sns/jscode2session";

/** Alice's code, and the answer of wx.getUserInfo after it. */
function device({ sandbox }: Scenario, name = "alice") {
  const { world } = sandbox;
  const user = world.user(DEMO_APP.appid, name);
  const code = world.giveCode(user);
  return { user, code, userData: getUserInfo(world, user) };
}

test("login() with user data returns a session that holds the profile", async () => {
  await using scenario = await openScenario();
  const { user, code, userData } = device(scenario);
  const login = succeeded(await scenario.core.logins.login({ appid: null, code, userData }));
  expect(login).toMatchObject({ isNew: true, durationSeconds: 2_592_000 });
  expect(login.session.id).toMatch(/^[0-9a-f]{32}$/);
  expect(login.skey).toMatch(/^[0-9a-f]{64}$/);
  expect(login.session.userInfo).toEqual({
    openId: user.openid,
    unionId: user.unionid,
    ...user.profile,
  } as never);
});

test("login() of a known user keeps id and profile, and changes the skey", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  const first = device(scenario);
  const before = succeeded(
    await core.logins.login({ appid: null, code: first.code, userData: first.userData }),
  );
  const after = succeeded(
    await core.logins.login({ appid: null, code: device(scenario).code, userData: null }),
  );
  expect(after.isNew).toBe(false);
  expect(after.session.id).toBe(before.session.id);
  expect(after.session.userInfo).toEqual(before.session.userInfo);
  expect(after.skey).not.toBe(before.skey);
  const proof = { id: before.session.id, appid: null };
  expect(await core.sessions.verify({ ...proof, skey: before.skey })).toMatchObject({
    code: "sessionNotFound",
  });
  succeeded(await core.sessions.verify({ ...proof, skey: after.skey }));
});

test("login() takes the unionid from jscode2session only, and stores it", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { user } = device(scenario);
  sandbox.world.change(user, { unionid: null });
  const code = sandbox.world.giveCode(user);
  const forged = {
    ...encrypt(sandbox.world, user, { openId: user.openid, unionId: "forged", city: "x" }),
  };
  const first = succeeded(await core.logins.login({ appid: null, code, userData: forged }));
  expect(first.session.unionid).toBeNull();
  expect(first.session.userInfo).toEqual({ openId: user.openid, city: "x" });
  sandbox.world.change(user, { unionid: "the-unionid" });
  succeeded(
    await core.logins.login({ appid: null, code: sandbox.world.giveCode(user), userData: null }),
  );
  sandbox.world.change(user, { unionid: null });
  const last = succeeded(
    await core.logins.login({ appid: null, code: sandbox.world.giveCode(user), userData: null }),
  );
  expect(last.session.unionid).toBe("the-unionid");
});

test("login() with one code makes one call and one answer for fifty callers", async () => {
  await using scenario = await openScenario();
  const { code, userData } = device(scenario);
  const request = { appid: null, code, userData };
  const logins = await Promise.all(
    Array.from({ length: 50 }, () => scenario.core.logins.login(request).then(succeeded)),
  );
  expect(scenario.sandbox.calls(UPSTREAM)).toBe(1);
  expect(new Set(logins.map((login) => JSON.stringify(login))).size).toBe(1);
  succeeded(
    await scenario.core.sessions.verify({
      id: logins[0]?.session.id ?? "",
      skey: logins[0]?.skey ?? "",
      appid: null,
    }),
  );
  expect(await scenario.core.logins.login(request)).toMatchObject({ code: "codeRefused" });
});

test("login() with one code, with and without the appid, is one exchange and one session", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { code } = device(scenario);
  const login = (appid: string | null) => core.logins.login({ appid, code, userData: null });
  sandbox.faults.set(UPSTREAM, { latencyMs: 50 });
  const first = login(null);
  // The others come while WeChat is asked.
  await until(() => sandbox.calls(UPSTREAM) > 0);
  const logins = await Promise.all([first, ...[DEMO_APP.appid, null, DEMO_APP.appid].map(login)]);
  expect(new Set(logins.map((login) => succeeded(login).skey)).size).toBe(1);
  expect(sandbox.calls(UPSTREAM)).toBe(1);
});

test("login() with one code and different user data makes one session; bad data fails its caller only", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { code, user, userData } = device(scenario);
  const more = encrypt(sandbox.world, user, { city: "Shenzhen 2" });
  const [silent, bad, full, other] = await Promise.all(
    [null, { ...userData, encryptedData: "AAAA" }, userData, more].map((data) =>
      core.logins.login({ appid: null, code, userData: data }),
    ),
  );
  expect(sandbox.calls(UPSTREAM)).toBe(1);
  expect(bad).toMatchObject({ code: "decryptionFailed" });
  const logins = [silent, full, other].map((login) => succeeded(login ?? {})) as { skey: string }[];
  expect(new Set(logins.map((login) => login.skey)).size).toBe(1);
  expect(full).toMatchObject({ session: { userInfo: { nickName: "alice" } } });
  expect(other).toMatchObject({ session: { userInfo: { city: "Shenzhen 2" } } });
});

test("login() with bad user data keeps the earlier session", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const first = device(scenario);
  const before = succeeded(
    await core.logins.login({ appid: null, code: first.code, userData: null }),
  );
  const bob = sandbox.world.user(DEMO_APP.appid, "bob");
  const { code, user } = device(scenario);
  const stolen = encrypt(sandbox.world, user, { openId: bob.openid });
  expect(await core.logins.login({ appid: null, code, userData: stolen })).toMatchObject({
    code: "decryptionFailed",
    detail: { reason: "openId is another user's" },
  });
  succeeded(await core.sessions.verify({ id: before.session.id, skey: before.skey, appid: null }));
});

test("login() keeps as many sessions as the app says, else as sessions_per_user says", async () => {
  await using scenario = await openScenario({ sessionsPerUser: 2 });
  const { core, store } = scenario;
  const login = async () => {
    scenario.clock.advance({ seconds: 2 });
    return succeeded(
      await core.logins.login({ appid: null, code: device(scenario).code, userData: null }),
    );
  };
  const [first, second, third] = [await login(), await login(), await login()];
  const isGood = async ({ session, skey }: Awaited<ReturnType<typeof login>>) =>
    !("code" in (await core.sessions.verify({ id: session.id, skey, appid: null })));
  expect([await isGood(first), await isGood(second), await isGood(third)]).toEqual([
    false,
    true,
    true,
  ]);
  await store.apps.update(DEMO_APP.appid, { sessionsPerUser: 3 });
  await login();
  expect([await isGood(second), await isGood(third)]).toEqual([true, true]);
});

test("login() for an unregistered app, or without any app, fails with appNotFound", async () => {
  await using scenario = await openScenario();
  const { code } = device(scenario);
  const { logins } = scenario.core;
  for (const appid of ["wx-unknown", "not an appid", "x".repeat(5000)])
    expect(await logins.login({ appid, code, userData: null })).toMatchObject({
      code: "appNotFound",
    });
  expect(scenario.sandbox.calls(UPSTREAM)).toBe(0);
});
