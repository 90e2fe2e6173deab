import { expect, test } from "bun:test";
import fc from "fast-check";
import { canCompress, compressProfile, expandProfile, profileText } from "./profile-text.ts";

const IDS = {
  appid: "wx0123456789abcdef",
  openid: "oAbCdEfGhIjKlMnOpQrStUvWxYz0",
  unionid: "u-0123456789012345678901234",
};

const AVATAR = "https://thirdwx.qlogo.cn/mmopen/vi_32/";
const WECHAT = {
  openId: IDS.openid,
  unionId: IDS.unionid,
  nickName: "小程序用户",
  gender: 1,
  language: "zh_CN",
  city: "Shenzhen",
  province: "Guangdong",
  country: "China",
  avatarUrl: `${AVATAR}${"q".repeat(64)}/132`,
};
/** A user's, since WeChat tells no names. */
const NAMELESS = {
  openId: IDS.openid,
  nickName: "微信用户",
  gender: 0,
  language: "",
  city: "",
  province: "",
  country: "",
  avatarUrl: `${AVATAR}POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg/132`,
  is_demote: true,
};
const SELF_REPORTED = {
  openId: IDS.openid,
  nickName: "自己的名字",
  avatarUrl: "https://example.com/a.png",
  selfReported: ["avatarUrl", "nickName"],
};

/** Expands a compressed profile that lies behind ids, as in a record. */
function expanded(compressed: string, { appid, openid, unionid }: typeof IDS): string {
  const bytes = Buffer.from(`${appid}${openid}${unionid}${compressed}`);
  const places = {
    appid: 0,
    openid: appid.length,
    unionid: appid.length + openid.length,
    profile: appid.length + openid.length + unionid.length,
  };
  const text = Buffer.from(expandProfile(bytes, places, bytes.length)).toString();
  expect(profileText(bytes, places, bytes.length)).toBe(text);
  return text;
}

test.each([
  { of: "WeChat's", profile: WECHAT, bytes: 105 },
  { of: "WeChat's without names", profile: NAMELESS, bytes: 7 },
  { of: "the user's own", profile: SELF_REPORTED, bytes: 44 },
])("a profile that is $of takes $bytes bytes", ({ profile, bytes }) => {
  const json = JSON.stringify(profile);
  const compressed = compressProfile(json, IDS);
  expect(Buffer.byteLength(compressed)).toBe(bytes);
  expect(expanded(compressed, IDS)).toBe(json);
});

const TEXTS = [
  ...Object.values(IDS),
  ...[WECHAT, NAMELESS, SELF_REPORTED].flatMap((profile) => [
    JSON.stringify(profile),
    ...Object.keys(profile),
    ...Object.values(profile).map(String),
  ]),
  '","city":"',
  "\u2028",
  "😀",
];
const text = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.string({ unit: "binary" }),
  fc.tuple(fc.constantFrom(...TEXTS), fc.constantFrom(...TEXTS)).map((both) => both.join("")),
);
const id = fc.string({ unit: fc.constantFrom(..."oOwx01_-"), maxLength: 30 });

test("expandProfile() returns what compressProfile() was given", () => {
  fc.assert(
    fc.property(
      fc.record({ appid: id, openid: id, unionid: id }),
      fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text))),
      (ids, members) => {
        const json = JSON.stringify({ openId: ids.openid, unionId: ids.unionid, ...members });
        expect(canCompress(json)).toBe(true);
        expect(expanded(compressProfile(json, ids), ids)).toBe(json);
      },
    ),
    { numRuns: 3000 },
  );
});

test("expandProfile() makes room for a profile that is larger than any before", () => {
  const json = JSON.stringify({ avatarUrl: AVATAR.repeat(4000) });
  expect(expanded(compressProfile(json, IDS), IDS)).toBe(json);
});
