import { expect, test } from "bun:test";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";

const { appid, secret: appSecret } = DEMO_APP;

async function loggedIn({ core, sandbox }: Scenario, name = "alice") {
  const code = sandbox.world.giveCode(sandbox.world.user(appid, name));
  const { session, skey } = succeeded(await core.logins.login({ appid, code, userData: null }));
  return { id: session.id, skey, appid: null };
}

test("remove() ends an app's sessions at once, however many", async () => {
  await using scenario = await openScenario();
  const { core, store } = scenario;
  const proof = await loggedIn(scenario);
  for (let index = 0; index < 1200; index += 1)
    await store.sessions.issue({
      ...{ id: `session-${index}`, appid, openid: `user-${index}`, unionid: null },
      ...{ skey: "s", sessionKey: "k", profile: null },
      ...{ loginAt: 1, expiresAt: 2, sessionsPerUser: 1 },
    });
  succeeded(await core.sessions.verify(proof));
  expect(await core.apps.remove(appid, TESTER)).toBeNull();
  expect(await core.sessions.verify(proof)).toMatchObject({ code: "appNotFound" });
  expect(await store.sessions.count(appid)).toBe(0);
  expect(await core.apps.remove(appid, TESTER)).toMatchObject({ code: "appNotFound" });
});

test("remove() ends sessions even when the store fails to remove them", async () => {
  const stuck = (store: Store): Store => ({
    ...store,
    sessions: new Proxy(store.sessions, {
      get: (table, operation) =>
        operation === "revokeByApp"
          ? () => Promise.reject(new StoreError("refused", "the disk is full"))
          : Reflect.get(table, operation).bind(table),
    }),
  });
  await using scenario = await openScenario({ wrap: stuck });
  const { core } = scenario;
  const proof = await loggedIn(scenario);
  succeeded(await core.sessions.verify(proof));
  expect(await core.apps.remove(appid, TESTER)).toBeNull();
  expect(await core.sessions.verify(proof)).toMatchObject({ code: "appNotFound" });
});

test("register() finishes an interrupted removal, so that no earlier session returns", async () => {
  await using scenario = await openScenario();
  const { core, store } = scenario;
  const proof = await loggedIn(scenario);
  await store.apps.delete(appid);
  expect(await store.sessions.count(appid)).toBe(1);
  succeeded(await core.apps.register({ appid, appSecret }, TESTER));
  expect(await core.sessions.verify(proof)).toMatchObject({ code: "sessionNotFound" });
});

test("register() of a registered app keeps its sessions", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  const proof = await loggedIn(scenario);
  expect(await core.apps.register({ appid, appSecret }, TESTER)).toMatchObject({
    code: "appExists",
  });
  succeeded(await core.sessions.verify(proof));
});

test("remove() during the fetch of a token discards the token", async () => {
  await using scenario = await openScenario();
  const { core, sandbox, store } = scenario;
  sandbox.faults.set("/cgi-bin/stable_token", { latencyMs: 100, times: 1 });
  const fetching = core.ownerCredentials.get("app/access-token", appid);
  while (sandbox.calls("/cgi-bin/stable_token") === 0) await Bun.sleep(1);
  expect(await core.apps.remove(appid, TESTER)).toBeNull();
  await fetching;
  expect((await store.credentials.list({ limit: 9 })).items).toEqual([]);
});

test.each([
  { name: "a long title", settings: { title: "x".repeat(101) }, reason: "title" },
  { name: "a lone surrogate in the title", settings: { title: "\ud800" }, reason: "title" },
  { name: "a space in the secret", settings: { appSecret: "with space" }, reason: "secret" },
  {
    name: "an appid for a secret",
    settings: { appSecret: "wx0123456789abcdef" },
    reason: "secret",
  },
  {
    name: "a login duration of 0 days",
    settings: { loginDurationDays: 0 },
    reason: "loginDurationDays",
  },
  {
    name: "a login duration of 1.5 days",
    settings: { loginDurationDays: 1.5 },
    reason: "loginDurationDays",
  },
  {
    name: "a session duration over the limit",
    settings: { sessionDurationSeconds: 315_360_001 },
    reason: "sessionDurationSeconds",
  },
  {
    name: "too many sessions for a user",
    settings: { sessionsPerUser: 1001 },
    reason: "sessionsPerUser",
  },
])("register() and update() with $name fail with badParameter", async ({ settings, reason }) => {
  await using scenario = await openScenario();
  const { apps } = scenario.core;
  const refused = { code: "badParameter", detail: { reason } };
  expect(await apps.register({ appid: "wx2", appSecret, ...settings }, TESTER)).toMatchObject(
    refused,
  );
  expect(await apps.update(appid, settings, TESTER)).toMatchObject(refused);
  expect(await apps.find(appid)).toMatchObject({ revision: 1 });
});

test("recent() forgets an app when the clock is set back", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  succeeded(await core.apps.find(appid));
  expect(core.apps.recent(appid)).not.toBeNull();
  clock.advance({ hours: -2 });
  expect(core.apps.recent(appid)).toBeNull();
});
