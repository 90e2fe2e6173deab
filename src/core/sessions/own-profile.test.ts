import { expect, test } from "bun:test";
import { ownProfileFailure, ownProfileIn } from "./own-profile.ts";

test.each([
  { member: "nickName", value: "爱丽丝 😀" },
  { member: "nickName", value: "" },
  { member: "nickName", value: "😀".repeat(32) },
  { member: "nickName", value: null },
  { member: "avatarUrl", value: "https://cdn.example.com/a.png?x=1" },
  { member: "avatarUrl", value: "cloud://env-1.6c6f/a/b.png" },
  { member: "avatarUrl", value: "" },
  { member: "gender", value: 2 },
  { member: "city", value: "深圳" },
])("ownProfileFailure() accepts $member $value", ({ member, value }) => {
  expect(ownProfileFailure({ [member]: value })).toBeNull();
});

test.each([
  { member: "nickName", value: "x".repeat(65), problem: /at most 64 characters/ },
  { member: "nickName", value: "a\u0014b", problem: /control characters/ },
  { member: "nickName", value: "\ud83d", problem: /text/ },
  { member: "nickName", value: 7, problem: /text/ },
  { member: "nickName", value: { a: 1 }, problem: /text/ },
  {
    member: "avatarUrl",
    value: "wxfile://tmp_1.png",
    problem: /a file on the phone has to be uploaded/,
  },
  { member: "avatarUrl", value: "http://tmp/abc.png", problem: /has to be uploaded/ },
  { member: "avatarUrl", value: "http://usr/abc.png", problem: /has to be uploaded/ },
  { member: "avatarUrl", value: "data:image/png;base64,AA", problem: /has to be uploaded/ },
  { member: "avatarUrl", value: "http://cdn.example.com/a.png", problem: /with https/ },
  { member: "avatarUrl", value: "javascript:alert(1)", problem: /with https/ },
  { member: "avatarUrl", value: "https://", problem: /with https/ },
  { member: "avatarUrl", value: `https://a/${"x".repeat(2048)}`, problem: /with https/ },
  { member: "gender", value: "1", problem: /must be 0 \(unknown\)/ },
  { member: "gender", value: 3, problem: /must be 0/ },
  { member: "country", value: "x".repeat(101), problem: /at most 100/ },
])("ownProfileFailure() refuses $member $value", ({ member, value, problem }) => {
  expect(ownProfileFailure({ [member]: value })).toMatchObject({
    code: "badParameter",
    detail: { reason: member, problem: expect.stringMatching(problem) },
  });
});

test("ownProfileIn() leaves out what users cannot set", () => {
  const members = { nickName: "a", openId: "o", unionId: "u", selfReported: [], is_demote: true };
  expect(ownProfileIn(members)).toEqual({ nickName: "a" });
});
