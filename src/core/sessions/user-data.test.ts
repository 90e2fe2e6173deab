import { expect, test } from "bun:test";
import vector from "../../../test/vectors/user-data.json";
import { encryptUserData } from "../../crypto/user-data.ts";
import { openUserData } from "./user-data.ts";

const { sessionKey, iv } = vector;
const owner = { appid: "wx1", openid: "o1", sessionKey };
const watermark = { appid: "wx1", timestamp: 1 };

const open = (plain: string, ivUsed: string | null = iv) =>
  openUserData({ encryptedData: encryptUserData(plain, sessionKey, ivUsed), iv: ivUsed }, owner);

test("openUserData() returns the members of WeChat's own sample", () => {
  const members = JSON.parse(vector.plain);
  const opened = openUserData(vector, { appid: vector.appid, openid: members.openId, sessionKey });
  expect(opened).toEqual({ text: vector.plain, members });
});

test.each([
  ["data without openId", JSON.stringify({ watermark, nickName: "a" }), iv],
  ["brackets in texts", JSON.stringify({ watermark, nickName: `"${"{[".repeat(99)}\\` }), iv],
  [
    "a depth of 64",
    JSON.stringify({ watermark, deep: JSON.parse(`${"[".repeat(63)}${"]".repeat(63)}`) }),
    iv,
  ],
  ["the old scheme without watermark", '{"openId":"o1"}', null],
  ["the old scheme with this app's watermark", JSON.stringify({ watermark }), null],
])("openUserData() takes %s", (_what, plain, ivUsed) => {
  expect(open(plain, ivUsed)).toMatchObject({ text: plain });
});

test.each([
  ["no JSON", "garbage", iv, "not JSON"],
  ["no JSON in the old scheme", "garbage", null, "not JSON"],
  ["an array", "[]", iv, "not a JSON object"],
  ["a depth of 65", `${'{"a":'.repeat(65)}1${"}".repeat(65)}`, iv, "nested more than 64 deep"],
  [
    "a depth of 50 000",
    `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
    iv,
    "nested more than 64 deep",
  ],
  ["null", "null", null, "not a JSON object"],
  ["no watermark", '{"openId":"o1"}', iv, "no watermark"],
  ["a watermark that is no object", '{"watermark":"wx1"}', iv, "watermark is of another app"],
  ["another app's watermark", '{"watermark":{"appid":"wx2"}}', iv, "watermark is of another app"],
  [
    "another app's watermark in the old scheme",
    '{"watermark":{"appid":"wx2"}}',
    null,
    "watermark is of another app",
  ],
  [
    "another user's openId",
    JSON.stringify({ watermark, openId: "o2" }),
    iv,
    "openId is another user's",
  ],
  [
    "an openId of another type",
    JSON.stringify({ watermark, openId: ["o1"] }),
    iv,
    "openId is another user's",
  ],
])("openUserData() of %s fails with the reason", (_what, plain, ivUsed, reason) => {
  expect(open(plain, ivUsed)).toMatchObject({ code: "decryptionFailed", detail: { reason } });
});
