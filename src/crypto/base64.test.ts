import { expect, test } from "bun:test";
import { decodeBase64 } from "./base64.ts";

test.each([
  { text: "", hex: "" },
  { text: "-_w=", hex: null },
  { text: "+/8=", hex: "fbff" },
  { text: " /8=", hex: "fbff" },
  { text: "+/8", hex: "fbff" },
  { text: "AAAA", hex: "000000" },
  { text: "A", hex: null },
  { text: "AA=A", hex: null },
  { text: "AAAA====", hex: null },
  { text: "AA\nAA", hex: null },
  { text: "你好", hex: null },
])("decodeBase64($text) returns $hex", ({ text, hex }) => {
  expect(decodeBase64(text)?.toString("hex") ?? null).toBe(hex);
});
