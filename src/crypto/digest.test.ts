import { expect, test } from "bun:test";
import { equalDigests, hmacSha256, sha256 } from "./digest.ts";

test("sha256() returns FIPS 180-4's answer for abc", () => {
  expect(sha256("abc").toString("hex")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test("hmacSha256() returns RFC 4231's answer of test case 2", () => {
  expect(hmacSha256("Jefe", "what do ya want for nothing?")).toBe(
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

test("equalDigests() returns true for equal digests only", () => {
  expect(equalDigests(sha256("a"), sha256("a"))).toBe(true);
  expect(equalDigests(sha256("a"), sha256("b"))).toBe(false);
  expect(equalDigests(sha256("a"), sha256("a").subarray(1))).toBe(false);
});
