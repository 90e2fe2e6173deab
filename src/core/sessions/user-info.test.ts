import { expect, test } from "bun:test";
import { mergeUserInfo } from "./user-info.ts";

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
