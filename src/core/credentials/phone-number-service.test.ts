import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";

const { appid } = DEMO_APP;
const PHONE = "/wxa/business/getuserphonenumber";

test("get() exchanges a code once, and renews a dead token", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  succeeded(await core.ownerCredentials.get("app/access-token", appid));
  sandbox.world.hosted.revoke(appid);
  const code = sandbox.world.givePhoneCode(appid, "13800138000");
  expect(await core.phoneNumbers.get(appid, code)).toEqual({
    phoneNumber: "13800138000",
    purePhoneNumber: "13800138000",
    countryCode: "86",
  });
  expect(sandbox.calls(PHONE)).toBe(2);
  expect(await core.phoneNumbers.get(appid, code)).toMatchObject({
    code: "codeRefused",
    detail: { wechat: { errcode: 40163 } },
  });
});

test.each([
  { name: "no phone_info", body: '{"errcode":0}' },
  { name: "a phone_info of another type", body: '{"errcode":0,"phone_info":"x"}' },
  { name: "no number", body: '{"errcode":0,"phone_info":{"purePhoneNumber":"1"}}' },
])("get() fails with wechatAnswerWrong for $name", async ({ body }) => {
  await using scenario = await openScenario();
  scenario.sandbox.faults.set(PHONE, { body });
  expect(await scenario.core.phoneNumbers.get(appid, "code")).toMatchObject({
    code: "wechatAnswerWrong",
  });
});
