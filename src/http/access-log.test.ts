import { expect, test } from "bun:test";
import { type ErrorCode, Failure } from "../core/errors.ts";
import type { Log } from "../core/ports.ts";
import { logRequest } from "./access-log.ts";

type Written = [level: string, fields: Record<string, unknown>];

function recordingLog(debugEnabled: boolean): Log & { written: Written[] } {
  const written: Written[] = [];
  const write = (level: string) => (fields: object) =>
    void written.push([level, fields as Record<string, unknown>]);
  return {
    written,
    debugEnabled,
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
}

const line = { requestId: "r", method: "POST", path: "/", peer: null, status: 200, durationMs: 1 };

test.each<{ code: ErrorCode; level: string }>([
  { code: "sessionNotFound", level: "info" },
  { code: "codeRefused", level: "info" },
  { code: "wechatUnreachable", level: "warn" },
  { code: "storeFailed", level: "warn" },
  { code: "internal", level: "error" },
])("logRequest() of a request that failed with $code logs it at $level", ({ code, level }) => {
  const log = recordingLog(false);
  logRequest(log, line, new Failure(code, { cause: new Error("why") }));
  expect(log.written).toEqual([[level, { ...line, failure: code, err: new Error("why") }]]);
});

test("logRequest() of a quiet success logs it at debug, or not at all when debug is off", () => {
  for (const debugEnabled of [true, false]) {
    const log = recordingLog(debugEnabled);
    logRequest(log, line, null, true);
    expect(log.written.map(([level]) => level)).toEqual(debugEnabled ? ["debug"] : []);
  }
});
