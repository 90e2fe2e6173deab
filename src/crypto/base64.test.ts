import { expect, test } from "bun:test";
import { decodeBase64 } from "./base64.ts";

test.each([
  { name: "an empty text", text: "", hex: "" },
  { name: "the alphabet of URLs", text: "-_w=", hex: null },
  { name: "a padded text", text: "+/8=", hex: "fbff" },
  { name: "a space in place of +", text: " /8=", hex: "fbff" },
  { name: "a text without padding", text: "+/8", hex: "fbff" },
  { name: "three bytes", text: "AAAA", hex: "000000" },
  { name: "one character", text: "A", hex: null },
  { name: "padding within the text", text: "AA=A", hex: null },
  { name: "too much padding", text: "AAAA====", hex: null },
  { name: "a line break", text: "AA\nAA", hex: null },
  { name: "Chinese characters", text: "你好", hex: null },
])("decodeBase64() of $name returns its bytes, or null", ({ text, hex }) => {
  expect(decodeBase64(text)?.toString("hex") ?? null).toBe(hex);
});
