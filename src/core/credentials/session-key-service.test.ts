import { expect, test } from "bun:test";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { getUserInfo } from "../../sandbox/mini-program.ts";
import { DEMO_APP } from "../../sandbox/world.ts";

async function loggedIn({ core, sandbox }: Scenario) {
  const user = sandbox.world.user(DEMO_APP.appid, "alice");
  const code = sandbox.world.giveCode(user);
  const { session, skey } = succeeded(
    await core.logins.login({ appid: null, code, userData: null }),
  );
  return { user, proof: { id: session.id, skey, appid: null } };
}

test("check() tells whether the session_key is still the user's current one", async () => {
  await using scenario = await openScenario();
  const { user, proof } = await loggedIn(scenario);
  expect(await scenario.core.sessionKeys.check(DEMO_APP.appid, proof.id)).toBe(true);
  scenario.sandbox.world.giveCode(user);
  expect(await scenario.core.sessionKeys.check(DEMO_APP.appid, proof.id)).toBe(false);
  for (const { appid, id } of [
    { appid: DEMO_APP.appid, id: "nobody" },
    { appid: "wx2", id: proof.id },
  ] as const)
    expect(await scenario.core.sessionKeys.check(appid, id)).toMatchObject({
      code: "sessionNotFound",
    });
});

test("reset() stores the new session_key: the session stays valid, and new data decrypts", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { user, proof } = await loggedIn(scenario);
  const before = user.sessionKey;
  expect(await core.sessionKeys.reset(DEMO_APP.appid, proof.id, TESTER)).toBeNull();
  expect(user.sessionKey).not.toBe(before);
  succeeded(await core.sessions.verify(proof));
  succeeded(await core.userData.replaceUserInfo(proof, getUserInfo(sandbox.world, user)));
  expect(await core.sessionKeys.check(DEMO_APP.appid, proof.id)).toBe(true);
});

test("check() and reset() renew a dead token once", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { proof } = await loggedIn(scenario);
  succeeded(await core.ownerCredentials.get("app/access-token", DEMO_APP.appid));
  sandbox.world.hosted.revoke(DEMO_APP.appid);
  expect(await core.sessionKeys.check(DEMO_APP.appid, proof.id)).toBe(true);
  sandbox.world.hosted.revoke(DEMO_APP.appid);
  expect(await core.sessionKeys.reset(DEMO_APP.appid, proof.id, TESTER)).toBeNull();
  expect(sandbox.calls("/cgi-bin/stable_token")).toBe(3);
});

test("reset() of a session_key that is no longer current fails with WeChat's errcode", async () => {
  await using scenario = await openScenario();
  const { user, proof } = await loggedIn(scenario);
  scenario.sandbox.world.giveCode(user);
  expect(await scenario.core.sessionKeys.reset(DEMO_APP.appid, proof.id, TESTER)).toMatchObject({
    code: "wechatRefused",
    detail: { wechat: { errcode: 87009 } },
  });
});
