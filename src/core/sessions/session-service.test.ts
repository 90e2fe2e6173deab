import { expect, test } from "bun:test";
import { type Calls, countingStore } from "../../../test/harness/counting-store.ts";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { getUserInfo } from "../../sandbox/mini-program.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { Failure } from "../errors.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import type { SessionProof } from "./session-service.ts";

async function loggedIn({ core, sandbox }: Scenario, name = "alice") {
  const code = sandbox.world.giveCode(sandbox.world.user(DEMO_APP.appid, name));
  const { session, skey } = succeeded(
    await core.logins.login({ appid: null, code, userData: null }),
  );
  return { id: session.id, skey, appid: null };
}

test("verify() costs one read and never waits for a write, and tells when the session ends", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const proof = await loggedIn(scenario);
  calls.clear();
  for (let second = 0; second < 60; second += 1) {
    const { durationSeconds } = succeeded(await scenario.core.sessions.verify(proof));
    expect(durationSeconds).toBe(2_592_000 - second);
    scenario.clock.advance({ seconds: 1 });
  }
  await scenario.core.visits.flush();
  expect(Object.fromEntries(calls)).toEqual({ "sessions.get": 60 });

  scenario.clock.advance({ seconds: 14 * 60 });
  calls.clear();
  succeeded(await scenario.core.sessions.verify(proof));
  expect(Object.fromEntries(calls)).toEqual({ "sessions.get": 1, "apps.get": 1 });
  await scenario.core.visits.flush();
  expect(calls.get("sessions.touch")).toBe(1);
});

test("verify() of many sessions whose visits are due makes one write for all", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const { clock, core, store } = scenario;
  const proofs = [];
  for (let number = 0; number < 20; number += 1)
    proofs.push(await loggedIn(scenario, `user-${number}`));
  clock.advance({ hours: 1 });
  for (const proof of [...proofs, ...proofs]) succeeded(await core.sessions.verify(proof));
  clock.advance({ seconds: 1 });
  succeeded(await core.sessions.verify(proofs[0] as SessionProof));
  await core.visits.flush();
  await core.visits.flush();
  expect(calls.get("sessions.touch")).toBe(1);
  const visitedAt = proofs.map(async ({ id }) => (await store.sessions.get(id))?.lastVisitAt);
  expect(await Promise.all(visitedAt)).toEqual([
    clock.now(),
    ...proofs.slice(1).map(() => clock.now() - 1000),
  ]);
});

test("a visit that another process has written later is not undone", async () => {
  await using scenario = await openScenario();
  const { clock, core, store } = scenario;
  const proof = await loggedIn(scenario);
  clock.advance({ hours: 1 });
  const { session } = succeeded(await core.sessions.verify(proof));
  const lastVisitAt = clock.now() + 500;
  const visit = { lastVisitAt, ifVisitedBefore: lastVisitAt - 1000, expiresAt: lastVisitAt };
  await store.sessions.touch([{ ...session, ...visit }]);
  await core.visits.flush();
  expect((await store.sessions.get(proof.id))?.lastVisitAt).toBe(lastVisitAt);
});

test("visits that the store refused are written by a later flush", async () => {
  let isRefused = true;
  await using scenario = await openScenario({ wrap: (store) => refusing(store, () => isRefused) });
  const { clock, core, store } = scenario;
  const proof = await loggedIn(scenario);
  clock.advance({ hours: 1 });
  succeeded(await core.sessions.verify(proof));
  await core.visits.flush();
  const { lastVisitAt } = succeeded(await core.sessions.open(proof));
  isRefused = false;
  await core.visits.flush();
  expect((await store.sessions.get(proof.id))?.lastVisitAt).toBe(lastVisitAt + 3_600_000);
});

/** Refuses visits for as long as it says. */
const refusing = (store: Store, isRefused: () => boolean): Store => ({
  ...store,
  sessions: new Proxy(store.sessions, {
    get(sessions, operation) {
      const run = Reflect.get(sessions, operation) as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (operation === "touch" && isRefused()) throw new StoreError("refused", "disk full");
        return run.apply(sessions, args);
      };
    },
  }),
});

test("verify() of one session many times at once, when it would soon lapse, makes one write", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const proof = await loggedIn(scenario);
  scenario.clock.advance({ days: 16 });
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
  await using scenario = await openScenario({ wrap: (store) => refusing(store, () => isRefused) });
  const { clock, core, store } = scenario;
  await store.apps.update(DEMO_APP.appid, { sessionDurationSeconds: 3600 });
  const proof = await loggedIn(scenario);
  const check = async () => {
    const outcome = await core.sessions.verify(proof);
    return outcome instanceof Failure ? outcome.code : outcome.durationSeconds;
  };
  clock.advance({ seconds: 1800 });
  expect(await check()).toBe(3600);
  await core.visits.flush();
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
