import { expect, test } from "bun:test";
import { decodeBase64 } from "./base64.ts";

test.each([
  { name: "an empty text", text: "", hex: "" },
  { name: "a padded text", text: "+/8=", hex: "fbff" },
  { name: "a text without padding", text: "+/8", hex: "fbff" },
  { name: "half of the padding", text: "+w=", hex: "fb" },
  { name: "three bytes", text: "AAAA", hex: "000000" },
  { name: "the alphabet of URLs", text: "-_8=", hex: "fbff" },
  { name: "both alphabets", text: "-/8", hex: "fbff" },
  { name: "a space in place of +", text: " /8=", hex: "fbff" },
  { name: "spaces at both ends in place of +", text: " AA ", hex: "f8003e" },
  { name: "spaces that can only be skipped", text: "AA A=", hex: "0000" },
  { name: "%2B, %2f and %3D", text: "%2B%2f8%3D", hex: "fbff" },
  { name: "line ends that were encoded", text: "AAAA%0D%0AAAAA%0a", hex: "000000000000" },
  { name: "line ends inside, as PHP wraps", text: "AAAA\r\nAAAA\n", hex: "000000000000" },
  { name: "tabs, form feeds and vertical tabs", text: "\tAA\fAA\v", hex: "000000" },
  { name: "one character", text: "A", hex: null },
  { name: "padding within the text", text: "AA=A", hex: null },
  { name: "too much padding", text: "AAAA====", hex: null },
  { name: "another escape", text: "AA%41A", hex: null },
  { name: "an escape that was encoded twice", text: "%252B/8=", hex: null },
  { name: "Chinese characters", text: "你好", hex: null },
])("decodeBase64() of $name returns its bytes, or null", ({ text, hex }) => {
  expect(decodeBase64(text)?.toString("hex") ?? null).toBe(hex);
});

test.each([
  { name: "pluses, of the right length", text: "AAA AAAA", bytes: 6, hex: "00003e000000" },
  { name: "skipped, if only that is right", text: "AAAA    AAAA", bytes: 6, hex: "000000000000" },
  { name: "pluses, if neither is right", text: "AAA AAAA", bytes: 9, hex: "00003e000000" },
])("decodeBase64() takes spaces as $name", ({ text, bytes, hex }) => {
  expect(decodeBase64(text, (length) => length === bytes)?.toString("hex")).toBe(hex);
});
