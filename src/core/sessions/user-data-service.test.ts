import { expect, test } from "bun:test";
import { openScenario, type Scenario, succeeded } from "../../../test/harness/scenario.ts";
import { getUserInfo } from "../../sandbox/mini-program.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { Failure } from "../errors.ts";

async function loggedIn({ core, sandbox }: Scenario) {
  const user = sandbox.world.user(DEMO_APP.appid, "alice");
  const code = sandbox.world.giveCode(user);
  const login = succeeded(await core.logins.login({ appid: null, code, userData: null }));
  return { user, proof: { id: login.session.id, skey: login.skey, appid: null } };
}

test("changeOwnProfile() merges into what WeChat gave, removes by null, and marks its members", async () => {
  await using scenario = await openScenario();
  const { userData } = scenario.core;
  const { user, proof } = await loggedIn(scenario);
  const encrypted = getUserInfo(scenario.sandbox.world, user);
  const { userInfo: given } = succeeded(await userData.replaceUserInfo(proof, encrypted));
  expect(given).toMatchObject({ nickName: "alice", openId: user.openid });

  const merged = await userData.changeOwnProfile(
    proof,
    { nickName: "爱丽丝", city: null },
    "merge",
  );
  const { city: _, ...others } = given;
  expect(succeeded(merged).userInfo).toEqual({
    ...others,
    nickName: "爱丽丝",
    selfReported: ["nickName"],
  });
  const again = await userData.changeOwnProfile(proof, { nickName: null, gender: 2 }, "merge");
  expect(succeeded(again).userInfo["selfReported"]).toEqual(["gender"]);

  const replaced = await userData.changeOwnProfile(proof, { nickName: "A" }, "replace");
  expect(succeeded(replaced).userInfo).toEqual({
    openId: user.openid,
    unionId: user.unionid as string,
    nickName: "A",
    selfReported: ["nickName"],
  });
});

test("changeOwnProfile() refuses a wrong member, and a profile that it would make too large", async () => {
  await using scenario = await openScenario();
  const { core, sandbox, store } = scenario;
  const { user, proof } = await loggedIn(scenario);
  const change = (members: object) => core.userData.changeOwnProfile(proof, members, "merge");
  expect(await change({ avatarUrl: "wxfile://tmp/a.png" })).toMatchObject({
    code: "badParameter",
    detail: { reason: "avatarUrl" },
  });

  user.profile = { about: "x".repeat(15 * 1024) };
  succeeded(await core.userData.replaceUserInfo(proof, getUserInfo(sandbox.world, user)));
  const avatarUrl = `https://example.com/${"y".repeat(2000)}`;
  expect(await change({ avatarUrl })).toMatchObject({
    code: "badParameter",
    detail: { reason: "userInfo" },
  });
  expect((await store.sessions.get(proof.id))?.userInfo).not.toHaveProperty("avatarUrl");
});

test("a profile for a session that a login elsewhere has replaced is refused", async () => {
  let logInElsewhere = async () => {};
  await using scenario = await openScenario({
    wrap: (store) => {
      const { sessions } = store;
      const replaceProfile = sessions.replaceProfile.bind(sessions);
      sessions.replaceProfile = async (session, profile) => {
        await logInElsewhere();
        return replaceProfile(session, profile);
      };
      return store;
    },
  });
  const { proof } = await loggedIn(scenario);
  logInElsewhere = async () => {
    await loggedIn(scenario);
  };
  const changed = await scenario.core.userData.changeOwnProfile(proof, { city: "广州" }, "merge");
  expect(changed).toBeInstanceOf(Failure);
  expect(changed).toMatchObject({ code: "sessionNotFound" });
});
