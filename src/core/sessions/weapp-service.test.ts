import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import { signRawData } from "../../crypto/raw-data.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { sweepExpired } from "../coordination/sweeper.ts";

const { appid } = DEMO_APP;

test("a user is remembered under a code for two hours, and forgotten by the sweep", async () => {
  await using scenario = await openScenario();
  const { core, clock, sandbox, store } = scenario;
  const user = sandbox.world.user(appid, "alice");
  const code = sandbox.world.giveCode(user);
  const rawData = '{"nickName":"alice"}';
  const signature = signRawData(rawData, user.sessionKey);
  succeeded(await core.weapp.login(null, code, { rawData, signature }));
  clock.advance({ hours: 2, ms: -1 });
  expect(succeeded(await core.weapp.recall(null, code))).toMatchObject({
    appid,
    openid: user.openid,
  });
  await sweepExpired({ store, clock, log: silentLog });
  expect(await store.weappUsers.get(appid, code)).not.toBeNull();
  clock.advance({ ms: 1 });
  expect(await core.weapp.recall(null, code)).toMatchObject({ code: "sessionExpired" });
  await sweepExpired({ store, clock, log: silentLog });
  expect(await store.weappUsers.get(appid, code)).toBeNull();
});

test("what the store, or a missing app, fails with is a Failure", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  expect(await core.weapp.recall("wx-nobody", "c")).toMatchObject({ code: "appNotFound" });
  await scenario.store.close();
  expect(await core.weapp.recall(appid, "c")).toMatchObject({ code: "storeFailed" });
});
