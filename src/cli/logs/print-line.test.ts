import { expect, test } from "bun:test";
import type { LogLine } from "../../core/logs/log-line.ts";
import type { Io } from "../io.ts";
import { timeFormat, withMilliseconds } from "../terminal/time.ts";
import { lineText } from "./print-line.ts";

const IO: Io = {
  environment: {},
  isTerminal: false,
  isColoured: false,
  input: process.stdin,
  print: () => undefined,
  write: () => undefined,
  terminated: () => new Promise(() => undefined),
};

const HEAD = "2026-11-20 08:00:00.123Z WARN  said";

test.each<{ name: string; fields: object; text: string }>([
  { name: "nothing else", fields: {}, text: `${HEAD}\n` },
  {
    name: "fields, without those that are null",
    fields: { pid: 7, appid: null, quiet: false, path: "/a" },
    text: `${HEAD} pid=7 quiet=false path=/a\n`,
  },
  {
    name: "quotes around texts that would look like several fields",
    fields: { reason: "the disk is full", empty: "", sum: "a=b" },
    text: `${HEAD} reason="the disk is full" empty="" sum="a=b"\n`,
  },
  {
    name: "objects as JSON",
    fields: { wechat: { errcode: 40029, errmsg: "invalid code" } },
    text: `${HEAD} wechat={"errcode":40029,"errmsg":"invalid code"}\n`,
  },
  {
    name: "no control character, in a name neither",
    fields: { title: "a\u001b[2Jb", "x\u0007": "\u202e", err: { type: "E", message: "\u001b]0;" } },
    text: `${HEAD} title=a\u{FFFD}[2Jb x\u{FFFD}=\u{FFFD}\n    E: \u{FFFD}]0;\n`,
  },
  {
    name: "an error with its stack and causes, each on lines of its own",
    fields: {
      err: {
        type: "StoreError",
        message: "refused",
        stack: "StoreError: refused\n    at write (a.ts:1:2)\n    at b.ts:3",
        cause: { type: "Error", code: "ENOSPC", message: "no space" },
      },
    },
    text: `${HEAD}\n    StoreError: refused\n      at write (a.ts:1:2)\n      at b.ts:3\n    Error ENOSPC: no space\n`,
  },
  {
    name: "a cause that is a text",
    fields: { err: { type: "string", message: "the request has no key" } },
    text: `${HEAD}\n    the request has no key\n`,
  },
  { name: "an error of an unknown form", fields: { err: "odd" }, text: `${HEAD}\n    odd\n` },
])("lineText() shows $name", ({ fields, text }) => {
  const line: LogLine = { level: "warn", time: "2026-11-20T08:00:00.123Z", ...fields, msg: "said" };
  expect(lineText(IO, withMilliseconds(timeFormat({ utc: true })), line)).toBe(text);
});
