import { expect, test } from "bun:test";
import { quotable, utf8Of } from "./fast-json.ts";

test.each([
  "",
  "plain",
  'a "quote"',
  "back\\slash",
  "line\nbreak",
  "\u007f",
  "小程序 😀",
  "half a pair: \ud83d",
])("quotable(%j) stands between quotes as JSON.stringify has it", (text) => {
  expect(`"${quotable(text)}"`).toBe(JSON.stringify(text));
});

test("utf8Of() writes texts and bytes in their order", () => {
  const parts = ["[", Buffer.from('"é"'), ",", '"😀"', "]"];
  expect(JSON.parse(Buffer.from(utf8Of(parts)).toString())).toEqual(["é", "😀"]);
});

test.each([0, 7, 10, 99, 100, 2592000, Number.MAX_SAFE_INTEGER])("utf8Of() writes %d", (number) => {
  expect(Buffer.from(utf8Of(["[", number, "]"])).toString()).toBe(`[${number}]`);
});

test("utf8Of() writes parts that are larger than any before", () => {
  const long = "长".repeat(100_000);
  const bytes = Buffer.from(long);
  expect(Buffer.from(utf8Of(["a", long, bytes, "z"])).toString()).toBe(`a${long}${long}z`);
});

test("a Response keeps its bytes when utf8Of() writes the next answer", async () => {
  const first = new Response(utf8Of(["first"]));
  utf8Of(["other"]);
  expect(await first.text()).toBe("first");
});
