import { expect, test } from "bun:test";
import vector from "../../../test/vectors/user-data.json";
import { decodeUserData, encryptUserData } from "../../crypto/user-data.ts";
import { Failure } from "../errors.ts";
import { openUserData, parseUserData } from "./user-data.ts";

const { sessionKey, iv } = vector;
const owner = { appid: "wx1", openid: "o1", sessionKey };
const watermark = { appid: "wx1", timestamp: 1 };

const seal = (plain: string | Uint8Array, ivUsed: string | null = iv) =>
  decodeUserData(encryptUserData(plain, sessionKey, ivUsed), ivUsed);
const open = (plain: string | Uint8Array, ivUsed?: string | null) =>
  openUserData(seal(plain, ivUsed), owner);

test("openUserData() returns the members of WeChat's own sample", () => {
  const members = JSON.parse(vector.plain);
  const { appid, encryptedData } = vector;
  const opened = openUserData(decodeUserData(encryptedData, iv), {
    appid,
    openid: members.openId,
    sessionKey,
  });
  expect(opened).toEqual({ text: vector.plain, members, isDoubtful: false });
});

test.each([
  { data: "data without openId", plain: JSON.stringify({ watermark, nickName: "a" }), ivUsed: iv },
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

test("openUserData() returns a text that is JSON, although the phone's was not", () => {
  const opened = open('{"nickName":"a\x14\n"}\0', null);
  expect(opened).toEqual({
    text: '{"nickName":"a\\u0014\\u000a"}',
    members: { nickName: "a\x14\n" },
    isDoubtful: false,
  });
});

test.each([
  { name: "two control characters", nickName: "\x14\x01", isDoubtful: false },
  { name: "three control characters", nickName: "\x14\x01\x02", isDoubtful: true },
  { name: "three bytes that are not UTF-8", nickName: "\xff\xfe\xfd", isDoubtful: true },
])("openUserData() of $name: isDoubtful $isDoubtful", ({ nickName, isDoubtful }) => {
  const plain = Buffer.from(
    JSON.stringify({ watermark, nickName: "?" }).replace("?", nickName),
    "latin1",
  );
  expect(open(plain)).toMatchObject({ isDoubtful });
});

const WRONG_PADDING = (() => {
  const { data, iv: ivBytes } = seal(JSON.stringify({ watermark }).padEnd(64));
  // The last block is padding alone; without it the text ends in spaces.
  return { data: data.subarray(0, -16), iv: ivBytes };
})();

test.each([
  { data: "wrong padding after whole data", sealed: WRONG_PADDING },
  { data: "a text that is not JSON", sealed: seal("garbage") },
  { data: "a text that is not JSON, in the old scheme", sealed: seal("garbage", null) },
  { data: "bytes that are not UTF-8", sealed: seal(Buffer.alloc(32, 0xff)) },
  { data: "no bytes at all", sealed: seal("") },
  { data: "NULs", sealed: seal("\0\0") },
  { data: "an array", sealed: seal("[]") },
  { data: "null in the old scheme", sealed: seal("null", null) },
  { data: "an array in the old scheme", sealed: seal("[]", null) },
  { data: "a depth of 65", sealed: seal(`${'{"a":'.repeat(65)}1${"}".repeat(65)}`) },
  { data: "no watermark", sealed: seal('{"openId":"o1"}') },
  { data: "a watermark that is null", sealed: seal('{"watermark":null}') },
  { data: "a watermark that is a text", sealed: seal('{"watermark":"wx1"}') },
  { data: "a watermark that is an array", sealed: seal('{"watermark":["wx1"]}') },
  { data: "a watermark without appid", sealed: seal('{"watermark":{}}') },
  { data: "a watermark whose appid is a number", sealed: seal('{"watermark":{"appid":1}}') },
  {
    data: "a watermark that is a text, in the old scheme",
    sealed: seal('{"watermark":"wx1"}', null),
  },
  {
    data: "an openId of another type",
    sealed: seal(JSON.stringify({ watermark, openId: ["o1"] })),
  },
  { data: "an openId that is null", sealed: seal(JSON.stringify({ watermark, openId: null })) },
])("openUserData() of $data fails as all data that is not whole", ({ sealed }) => {
  expect(openUserData(sealed, owner)).toEqual(
    new Failure("decryptionFailed", { reason: "not decryptable" }),
  );
});

test.each([
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
])("openUserData() of $data fails with the reason", ({ plain, ivUsed, reason }) => {
  expect(open(plain, ivUsed)).toEqual(new Failure("decryptionFailed", { reason }));
});

test("parseUserData() returns a Failure with the reason, or the bytes", () => {
  expect(parseUserData({ encryptedData: "AAAA", iv: null })).toEqual(
    new Failure("decryptionFailed", {
      reason: "encrypt_data is not a whole number of 16-byte blocks",
    }),
  );
  expect(parseUserData({ encryptedData: vector.encryptedData, iv })).toEqual(
    decodeUserData(vector.encryptedData, iv),
  );
});

test("openUserData() doubts nearly all data with a spliced block that it accepts", () => {
  // A string of four blocks, of which a client replaces two: what the second decrypts to is then
  // a block of its choice under the key, and the interface would tell.
  const plain = JSON.stringify({ nickName: "x".repeat(80), watermark });
  const { data, iv: ivBytes } = seal(plain);
  let accepted = 0;
  let believed = 0;
  for (let round = 0; round < 2000; round += 1) {
    const spliced = Buffer.from(data);
    const digest = new Bun.CryptoHasher("sha256").update(String(round)).digest();
    digest.copy(spliced, 32, 0, 16);
    const opened = openUserData({ data: spliced, iv: ivBytes }, owner);
    if (opened instanceof Failure) continue;
    accepted += 1;
    if (!opened.isDoubtful) believed += 1;
  }
  expect(accepted).toBeGreaterThan(1000);
  expect(believed).toBeLessThan(5);
});
