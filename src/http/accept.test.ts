import { expect, test } from "bun:test";
import { takesType } from "./accept.ts";

test.each([
  { accept: "text/csv", takes: true },
  { accept: "Text/CSV; charset=utf-8", takes: true },
  { accept: "text/html, text/csv ;q=0.5", takes: true },
  { accept: null, takes: false },
  { accept: "*/*", takes: false },
  { accept: "text/csv;q=0", takes: false },
  { accept: "text/html, text/csv; charset=utf-8; q=0.00", takes: false },
  { accept: "xtext/csvx", takes: false },
  { accept: "application/x;of=text/csv", takes: false },
])("takesType() of Accept: $accept is $takes", ({ accept, takes }) => {
  const headers = new Headers(accept === null ? {} : { Accept: accept });
  expect(takesType(new Request("http://127.0.0.1", { headers }), "text/csv")).toBe(takes);
});
