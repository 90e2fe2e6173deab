import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import { signRawData } from "../../crypto/raw-data.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { sweepExpired } from "../coordination/sweeper.ts";

const { appid } = DEMO_APP;

test("recall() returns a user for two hours, and the sweep removes it", async () => {
  await using scenario = await openScenario();
  const { core, clock, sandbox, store } = scenario;
  const user = sandbox.world.user(appid, "alice");
  const code = sandbox.world.giveCode(user);
  const rawData = Buffer.from('{"nickName":"alice"}');
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

test("login() and recall() return the Failures of the store and of a missing app", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  expect(await core.weapp.recall("wx-nobody", "c")).toMatchObject({ code: "appNotFound" });
  await scenario.store.close();
  expect(await core.weapp.recall(appid, "c")).toMatchObject({ code: "storeFailed" });
});

test("recall() does not return a user that was remembered by a wrong clock", async () => {
  await using scenario = await openScenario();
  const { core, clock, sandbox } = scenario;
  const user = sandbox.world.user(appid, "alice");
  clock.advance({ days: 20 });
  const code = sandbox.world.giveCode(user);
  const rawData = Buffer.from('{"nickName":"alice"}');
  const signature = signRawData(rawData, user.sessionKey);
  succeeded(await core.weapp.login(null, code, { rawData, signature }));
  clock.advance({ days: -20 });
  expect(await core.weapp.recall(null, code)).toMatchObject({ code: "sessionExpired" });
});
