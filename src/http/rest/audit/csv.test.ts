import { expect, test } from "bun:test";
import { sampleAuditEntry } from "../../../../test/conformance/samples.ts";
import { Failure } from "../../../core/errors.ts";
import { csvCell, csvOf } from "./csv.ts";

test.each([
  ["plain", "plain"],
  ['a "b"', '"a ""b"""'],
  ["a,b", '"a,b"'],
  ["a\r\nb", '"a\r\nb"'],
  ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ['=1,"2"', '"\'=1,""2"""'],
  ["\n=1", '"\'\n=1"'],
  ["＝1", "'＝1"],
  ["a=b", "a=b"],
])("csvCell(%p) is %p", (text, cell) => {
  expect(csvCell(text)).toBe(cell);
});

test("csvOf() has all pages, empty ones between them included", async () => {
  const [first, second] = [sampleAuditEntry(1), sampleAuditEntry(2)];
  const pages: Record<string, { items: (typeof first)[]; next: string | null }> = {
    empty: { items: [], next: "full" },
    full: { items: [{ ...second, target: "=1" }], next: "last" },
    last: { items: [], next: null },
  };
  const stream = csvOf({ items: [first], next: "empty" }, async (cursor) => pages[cursor] as never);
  expect(await new Response(stream).text()).toBe(
    [
      "at,by,address,action,target,changed,requestId",
      "2023-11-14T22:13:20.000Z,admin,2001:db8::1,app.updated,wx1111111111111111,title secret,request-1",
      "2023-11-14T22:13:20.000Z,admin,,app.updated,'=1,title secret,request-2",
      "",
    ].join("\r\n"),
  );
});

test("csvOf() breaks off when a later page cannot be read", async () => {
  const stream = csvOf({ items: [], next: "x" }, async () => new Failure("storeFailed"));
  expect(new Response(stream).text()).rejects.toThrow("storeFailed");
});
