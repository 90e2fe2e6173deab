import { expect, test } from "bun:test";
import { type LogFilter, lineFilter, parseLogLine } from "./log-line.ts";

const TIME = "2026-11-20T08:00:00.000Z";
const at = Date.parse(TIME);

const line = (fields: object): string =>
  JSON.stringify({ level: "info", time: TIME, msg: "request", ...fields });

test.each<{ name: string; filter: LogFilter; fits: object; not: object }>([
  { name: "level", filter: { level: "warn" }, fits: { level: "error" }, not: { level: "info" } },
  { name: "app", filter: { app: "wx1" }, fits: { appid: "wx1" }, not: { appid: "wx12" } },
  {
    name: "a failure's code",
    filter: { code: "keyRequired" },
    fits: { failure: "keyRequired" },
    not: { reason: "keyRequired" },
  },
  { name: "a returnCode", filter: { code: "0" }, fits: { returnCode: 0 }, not: { returnCode: 10 } },
  { name: "a status", filter: { code: "404" }, fits: { status: 404 }, not: { durationMs: 404 } },
  {
    name: "WeChat's errcode",
    filter: { code: "40029" },
    fits: { wechat: { errcode: 40029 } },
    not: { wechat: { errcode: 40163, errmsg: "40029" } },
  },
  {
    name: "the errcode of a call through the gateway",
    filter: { code: "45009" },
    fits: { errcode: 45_009 },
    not: { bytes: 45_009 },
  },
  {
    name: "who called",
    filter: { by: "key:0123456789abcdef" },
    fits: { by: "key:0123456789abcdef" },
    not: { by: "admin", key: "key:0123456789abcdef" },
  },
  { name: "its event", filter: { msg: "request" }, fits: {}, not: { msg: "another", x: "request" } },
  {
    name: "a system's code",
    filter: { code: "ENOSPC" },
    fits: { err: { code: "ENOSPC" } },
    not: { err: { message: "ENOSPC" } },
  },
  {
    name: "the beginning of a route",
    filter: { path: "/api/v1/apps" },
    fits: { path: "/api/v1/apps/:appid" },
    not: { path: "/x/api/v1/apps" },
  },
  {
    name: "an interface",
    filter: { path: "qcloud.cam.auth" },
    fits: { path: "/mina_auth/", interface: "qcloud.cam.auth" },
    not: { path: "/mina_auth/", interface: "qcloud.cam.auth2" },
  },
  {
    name: "a request",
    filter: { requestId: "a-1" },
    fits: { requestId: "a-1" },
    not: { requestId: "a-12" },
  },
  { name: "since", filter: { since: at }, fits: {}, not: { time: "2026-11-20T07:59:59.999Z" } },
  { name: "until", filter: { until: at + 1 }, fits: {}, not: { time: "2026-11-20T08:00:00.001Z" } },
])("lineFilter() tells lines by $name", ({ filter, fits, not }) => {
  const matches = lineFilter(filter);
  expect(matches(line(fits))).not.toBeNull();
  expect(matches(line(not))).toBeNull();
});

test("lineFilter() wants every condition", () => {
  const matches = lineFilter({ level: "warn", app: "wx1" });
  expect(matches(line({ level: "warn", appid: "wx1" }))).not.toBeNull();
  expect(matches(line({ level: "warn" }))).toBeNull();
  expect(matches(line({ appid: "wx1" }))).toBeNull();
});

test.each([
  "",
  "{",
  "null",
  "[]",
  '"text"',
  '{"level":"info"}',
  line({ level: "loud" }),
  line({ time: "noon" }),
])("parseLogLine() returns null for %p", (text) => expect(parseLogLine(text)).toBeNull());
