import { expect, test } from "bun:test";
import { decodeBase64 } from "./base64.ts";

test.each([
  ["", ""],
  ["-_w=", null],
  ["+/8=", "fbff"],
  [" /8=", "fbff"],
  ["+/8", "fbff"],
  ["AAAA", "000000"],
  ["A", null],
  ["AA=A", null],
  ["AAAA====", null],
  ["AA\nAA", null],
  ["你好", null],
])("decodeBase64(%j) gives %j", (text, hex) => {
  expect(decodeBase64(text)?.toString("hex") ?? null).toBe(hex);
});
