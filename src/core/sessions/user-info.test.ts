import { expect, test } from "bun:test";
import { isProfileTooLarge, type JsonObject, mergeUserInfo } from "./user-info.ts";

const identity = { openid: "o1", unionid: "u1" };

test("mergeUserInfo() prefers later profiles, and the identity to both", () => {
  expect(mergeUserInfo(identity, { nickName: "a", city: "x" }, null, { nickName: "b" })).toEqual({
    openId: "o1",
    unionId: "u1",
    nickName: "b",
    city: "x",
  });
});

test("mergeUserInfo() takes neither identity nor watermark from a profile", () => {
  expect(
    mergeUserInfo({ openid: "o1", unionid: null }, { openId: "o2", unionId: "u2", watermark: {} }),
  ).toEqual({
    openId: "o1",
  });
});

test("mergeUserInfo() keeps a member named __proto__ as a member", () => {
  const merged = mergeUserInfo(identity, JSON.parse('{"__proto__":{"isAdmin":true}}'));
  expect(JSON.stringify(merged)).toContain('"__proto__":{"isAdmin":true}');
  expect((merged as { isAdmin?: boolean }).isAdmin).toBeUndefined();
});

/** A profile whose JSON has so many bytes. */
const profileOf = (bytes: number, member = "a") => ({
  [member]: "x".repeat(bytes - JSON.stringify({ [member]: "" }).length),
});

test("isProfileTooLarge() allows 16 KiB of UTF-8", () => {
  expect(isProfileTooLarge(profileOf(16 * 1024))).toBe(false);
  expect(isProfileTooLarge(profileOf(16 * 1024 + 1))).toBe(true);
  expect(isProfileTooLarge({ a: "中".repeat(5500) })).toBe(true);
});

test("mergeUserInfo() keeps the last profile only, when all are larger than 16 KiB", () => {
  const last = profileOf(10_000, "b");
  expect(mergeUserInfo(identity, profileOf(10_000), last)).toEqual({
    openId: "o1",
    unionId: "u1",
    ...last,
  });
  expect(Object.keys(mergeUserInfo(identity, profileOf(6000), last))).toContain("a");
});

test("mergeUserInfo() keeps a stored profile of any size when there is no later one", () => {
  const imported = profileOf(20_000);
  expect(mergeUserInfo(identity, imported, null)).toMatchObject(imported);
});

test.each<{ when: string; profiles: JsonObject[]; selfReported: string[] | undefined }>([
  {
    when: "a decrypted profile has it",
    profiles: [
      { nickName: "own", city: "x", selfReported: ["city", "nickName"] },
      { nickName: "W" },
    ],
    selfReported: ["city"],
  },
  {
    when: "the user says it",
    profiles: [{ nickName: "W" }, { nickName: "own", selfReported: ["nickName"] }],
    selfReported: ["nickName"],
  },
  {
    when: "nothing is the user's word any more",
    profiles: [{ nickName: "own", selfReported: ["nickName"] }, { nickName: "W" }],
    selfReported: undefined,
  },
  {
    when: "the list names what is not there, or is not a list",
    profiles: [{ nickName: "W", selfReported: ["openId", "missing", 7] }, { selfReported: "x" }],
    selfReported: undefined,
  },
])("mergeUserInfo() marks a member as self-reported or not, when $when", (row) => {
  const merged = mergeUserInfo(identity, ...row.profiles);
  expect(merged["selfReported"]).toEqual(row.selfReported);
});
