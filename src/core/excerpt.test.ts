import { expect, test } from "bun:test";
import { excerpt } from "./excerpt.ts";

test.each([
  { name: "a text of 200 bytes", text: "a".repeat(200), cut: "a".repeat(200) },
  { name: "a text of 201 bytes", text: "a".repeat(201), cut: `${"a".repeat(197)}…` },
  { name: "characters of three bytes", text: "密".repeat(67), cut: `${"密".repeat(65)}…` },
  { name: "characters of four bytes", text: "🔑".repeat(51), cut: `${"🔑".repeat(49)}…` },
])("excerpt() of $name has at most 200 bytes, and whole characters", ({ text, cut }) => {
  expect(excerpt(text)).toBe(cut);
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(200);
});
