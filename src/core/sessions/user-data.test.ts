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
  { data: "data without openId", plain: JSON.stringify({ watermark, nickName: "a" }), ivUsed: iv },
  {
    data: "brackets in texts",
    plain: JSON.stringify({ watermark, nickName: `"${"{[".repeat(99)}\\` }),
    ivUsed: iv,
  },
  {
    data: "a depth of 64",
    plain: JSON.stringify({ watermark, deep: JSON.parse(`${"[".repeat(63)}${"]".repeat(63)}`) }),
    ivUsed: iv,
  },
  { data: "the old scheme without watermark", plain: '{"openId":"o1"}', ivUsed: null },
  {
    data: "the old scheme with this app's watermark",
    plain: JSON.stringify({ watermark }),
    ivUsed: null,
  },
])("openUserData() accepts $data", ({ plain, ivUsed }) => {
  expect(open(plain, ivUsed)).toMatchObject({ text: plain });
});

test.each([
  { data: "a text that is not JSON", plain: "garbage", ivUsed: iv, reason: "not JSON" },
  {
    data: "a text that is not JSON, in the old scheme",
    plain: "garbage",
    ivUsed: null,
    reason: "not JSON",
  },
  { data: "an array", plain: "[]", ivUsed: iv, reason: "not a JSON object" },
  {
    data: "a depth of 65",
    plain: `${'{"a":'.repeat(65)}1${"}".repeat(65)}`,
    ivUsed: iv,
    reason: "nested more than 64 deep",
  },
  {
    data: "a depth of 50 000",
    plain: `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
    ivUsed: iv,
    reason: "nested more than 64 deep",
  },
  { data: "null", plain: "null", ivUsed: null, reason: "not a JSON object" },
  { data: "no watermark", plain: '{"openId":"o1"}', ivUsed: iv, reason: "no watermark" },
  {
    data: "a watermark that is not an object",
    plain: '{"watermark":"wx1"}',
    ivUsed: iv,
    reason: "watermark is of another app",
  },
  {
    data: "another app's watermark",
    plain: '{"watermark":{"appid":"wx2"}}',
    ivUsed: iv,
    reason: "watermark is of another app",
  },
  {
    data: "another app's watermark in the old scheme",
    plain: '{"watermark":{"appid":"wx2"}}',
    ivUsed: null,
    reason: "watermark is of another app",
  },
  {
    data: "another user's openId",
    plain: JSON.stringify({ watermark, openId: "o2" }),
    ivUsed: iv,
    reason: "openId is another user's",
  },
  {
    data: "an openId of another type",
    plain: JSON.stringify({ watermark, openId: ["o1"] }),
    ivUsed: iv,
    reason: "openId is another user's",
  },
])("openUserData() of $data fails with the reason", ({ plain, ivUsed, reason }) => {
  expect(open(plain, ivUsed)).toMatchObject({ code: "decryptionFailed", detail: { reason } });
});
