import { expect, test } from "bun:test";
import { type Calls, countingStore } from "../../../test/harness/counting-store.ts";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { getUserInfo } from "../../sandbox/mini-program.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { Failure } from "../errors.ts";
import { StoreError } from "../store-error.ts";

async function loggedIn({ core, sandbox }: Scenario, name = "alice") {
  const code = sandbox.world.giveCode(sandbox.world.user(DEMO_APP.appid, name));
  const { session, skey } = succeeded(
    await core.logins.login({ appid: null, code, userData: null }),
  );
  return { id: session.id, skey, appid: null };
}

test("verify() costs one read and no write inside the minute, and tells when the session ends", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const proof = await loggedIn(scenario);
  calls.clear();
  for (let second = 0; second < 60; second += 1) {
    const { durationSeconds } = succeeded(await scenario.core.sessions.verify(proof));
    expect(durationSeconds).toBe(2_592_000 - second);
    scenario.clock.advance({ seconds: 1 });
  }
  expect(Object.fromEntries(calls)).toEqual({ "sessions.get": 60 });

  calls.clear();
  expect(succeeded(await scenario.core.sessions.verify(proof)).durationSeconds).toBe(
    2_592_000 - 60,
  );
  expect(Object.fromEntries(calls)).toEqual({
    "sessions.get": 1,
    "apps.get": 1,
    "sessions.touch": 1,
  });
});

test("verify() of one session many times at once, when its visit is due, makes one write", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const proof = await loggedIn(scenario);
  scenario.clock.advance({ seconds: 60 });
  calls.clear();
  await Promise.all(
    Array.from({ length: 100 }, async () => succeeded(await scenario.core.sessions.verify(proof))),
  );
  expect(calls.get("sessions.touch")).toBe(1);
  succeeded(await scenario.core.sessions.verify(proof));
  expect(calls.get("sessions.touch")).toBe(1);
});

test("verify() keeps a session alive by visits until its login lapses", async () => {
  await using scenario = await openScenario();
  await scenario.store.apps.update(DEMO_APP.appid, {
    sessionDurationSeconds: 36 * 3600,
    loginDurationDays: 3,
  });
  scenario.clock.advance({ seconds: 2 });
  const proof = await loggedIn(scenario);
  const visit = () => scenario.core.sessions.verify(proof);
  expect(succeeded(await visit()).durationSeconds).toBe(36 * 3600);
  scenario.clock.advance({ days: 1 });
  expect(succeeded(await visit()).durationSeconds).toBe(36 * 3600);
  scenario.clock.advance({ days: 1 });
  expect(succeeded(await visit()).durationSeconds).toBe(24 * 3600);
  scenario.clock.advance({ days: 1, ms: -1 });
  succeeded(await visit());
  scenario.clock.advance({ ms: 1 });
  expect(await visit()).toMatchObject({ code: "loginExpired" });
});

test("verify() of a session that nobody visited in time fails with sessionExpired, also when it was visited late", async () => {
  await using scenario = await openScenario();
  await scenario.store.apps.update(DEMO_APP.appid, { sessionDurationSeconds: 100 });
  scenario.clock.advance({ seconds: 2 });
  const proof = await loggedIn(scenario);
  scenario.clock.advance({ seconds: 100 });
  for (let again = 0; again < 2; again += 1)
    expect(await scenario.core.sessions.verify(proof)).toMatchObject({ code: "sessionExpired" });
});

test("verify() and open() refuse unknown ids, wrong skeys and other apps", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  succeeded(await core.apps.register({ appid: "wx2", appSecret: "secret" }, TESTER));
  const proof = await loggedIn(scenario);
  const other = await loggedIn(scenario, "bob");
  const cases: { change: object; code: string }[] = [
    { change: { id: "0".repeat(32) }, code: "sessionNotFound" },
    { change: { id: "x".repeat(5000) }, code: "sessionNotFound" },
    { change: { id: "\u0000" }, code: "sessionNotFound" },
    { change: { skey: other.skey }, code: "sessionNotFound" },
    { change: { skey: proof.skey.toUpperCase() }, code: "sessionNotFound" },
    { change: { appid: "wx2" }, code: "sessionOfOtherApp" },
    { change: { appid: "wx2", skey: other.skey }, code: "sessionNotFound" },
    { change: { appid: "wx3" }, code: "appNotFound" },
    { change: { appid: "wx3", id: "0" }, code: "appNotFound" },
  ];
  for (const { change, code } of cases) {
    expect(await core.sessions.verify({ ...proof, ...change })).toMatchObject({ code });
    expect(await core.sessions.open({ ...proof, ...change })).toMatchObject({ code });
  }
  succeeded(await core.sessions.verify({ ...proof, appid: DEMO_APP.appid }));
});

test("verify() whose visit is refused goes on until half of the session's time has passed", async () => {
  let isRefused = true;
  await using scenario = await openScenario({
    wrap: (store) => ({
      ...store,
      sessions: new Proxy(store.sessions, {
        get(sessions, operation) {
          const run = Reflect.get(sessions, operation) as (...args: unknown[]) => unknown;
          return (...args: unknown[]) => {
            if (operation === "touch" && isRefused) throw new StoreError("refused", "disk full");
            return run.apply(sessions, args);
          };
        },
      }),
    }),
  });
  const { clock, core, store } = scenario;
  await store.apps.update(DEMO_APP.appid, { sessionDurationSeconds: 3600 });
  const proof = await loggedIn(scenario);
  const check = async () => {
    const outcome = await core.sessions.verify(proof);
    return outcome instanceof Failure ? outcome.code : outcome.durationSeconds;
  };
  clock.advance({ seconds: 60 });
  expect(await check()).toBe(3540);
  clock.advance({ seconds: 1740 });
  expect(await check()).toBe(1800);
  clock.advance({ seconds: 1 });
  expect(await check()).toBe("visitNotSaved");
  isRefused = false;
  expect(await check()).toBe(3600);
});

test("open() does not count as a visit", async () => {
  await using scenario = await openScenario();
  const proof = await loggedIn(scenario);
  const { lastVisitAt } = succeeded(await scenario.core.sessions.open(proof));
  scenario.clock.advance({ hours: 1 });
  expect(succeeded(await scenario.core.sessions.open(proof)).lastVisitAt).toBe(lastVisitAt);
});

test("verify() uses an app's durations that another process changed a minute ago", async () => {
  await using scenario = await openScenario();
  const proof = await loggedIn(scenario);
  succeeded(await scenario.core.sessions.verify(proof));
  await scenario.store.apps.update(DEMO_APP.appid, { sessionDurationSeconds: 1000 });
  scenario.clock.advance({ seconds: 60 });
  expect(succeeded(await scenario.core.sessions.verify(proof)).durationSeconds).toBe(1000);
});

test("replaceUserInfo() drops the stored profile for the decrypted one", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const proof = await loggedIn(scenario);
  const alice = sandbox.world.user(DEMO_APP.appid, "alice");
  succeeded(await core.userData.replaceUserInfo(proof, getUserInfo(sandbox.world, alice)));
  sandbox.world.change(alice, { profile: { nickName: "only this 😀" } });
  const session = succeeded(
    await core.userData.replaceUserInfo(proof, getUserInfo(sandbox.world, alice)),
  );
  expect(session.userInfo).toEqual({
    openId: alice.openid,
    unionId: alice.unionid,
    nickName: "only this 😀",
  });
  expect(succeeded(await core.sessions.verify(proof)).session.userInfo).toEqual(session.userInfo);
});
