import { expect, test } from "bun:test";
import { equalDigests, sha256 } from "./digest.ts";

test("sha256() returns FIPS 180-4's answer for abc", () => {
  expect(sha256("abc").toString("hex")).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test("equalDigests() returns true for equal digests only", () => {
  expect(equalDigests(sha256("a"), sha256("a"))).toBe(true);
  expect(equalDigests(sha256("a"), sha256("b"))).toBe(false);
  expect(equalDigests(sha256("a"), sha256("a").subarray(1))).toBe(false);
});
