import { expect, test } from "bun:test";
import { writtenText } from "./written-text.ts";

const TEXT = "一 = 1\nb = 2\n";

test.each([
  { name: "plain UTF-8", bytes: Buffer.from(TEXT) },
  { name: "UTF-8 with a byte order mark", bytes: Buffer.from(`\ufeff${TEXT}`) },
  { name: "Windows line ends", bytes: Buffer.from(TEXT.replaceAll("\n", "\r\n")) },
  { name: "old Mac line ends", bytes: Buffer.from(TEXT.replaceAll("\n", "\r")) },
  { name: "UTF-16, little-endian", bytes: Buffer.from(`\ufeff${TEXT}`, "utf16le") },
  { name: "UTF-16, big-endian", bytes: Buffer.from(`\ufeff${TEXT}`, "utf16le").swap16() },
])("writtenText() reads $name", ({ bytes }) => {
  expect(writtenText(bytes)).toBe(TEXT);
});
