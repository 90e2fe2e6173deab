import { expect, test } from "bun:test";
import { parseZone } from "../../core/zone.ts";
import { sha256 } from "../../crypto/digest.ts";
import { fromDatetime, toDatetime } from "./datetime.ts";
import { readDurations } from "./durations.ts";
import { decodeSkey, encodeSkey } from "./skey.ts";
import { decodeUserInfo, encodeUserInfo } from "./user-info.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

test.each<[string, string | null | undefined, string | null, object]>([
  [
    base64('{"nickName":"爱丽丝 😀","openId":"other","watermark":{}}'),
    null,
    null,
    { nickName: "爱丽丝 😀" },
  ],
  [base64('{"unionId":"u1"}'), undefined, "u1", { unionId: "u1" }],
  [base64('{"unionId":"u1"}'), "u2", "u2", { unionId: "u2" }],
  [base64('{"unionId":"u1"}'), null, null, {}],
  [base64('{"unionId":7}'), undefined, null, {}],
  ["", undefined, null, {}],
  [base64("null"), undefined, null, {}],
  [base64("[1]"), undefined, null, {}],
  [base64("\u0001\u0002rubbish"), undefined, null, {}],
  ["%%%", undefined, null, {}],
])("decodeUserInfo() of %p with the unionid %p", (text, unionid, expected, members) => {
  expect(decodeUserInfo(text, { openid: "o", ...(unionid !== undefined && { unionid }) })).toEqual({
    unionid: expected,
    userInfo: { openId: "o", ...members },
  });
});

test("encodeUserInfo() returns Base64 of JSON, which decodeUserInfo() decodes", () => {
  const userInfo = { openId: "o", nickName: "😀", lone: "\ud800" };
  expect(encodeUserInfo({ openId: "o" })).toBe("eyJvcGVuSWQiOiJvIn0=");
  expect(decodeUserInfo(encodeUserInfo(userInfo), { openid: "o" }).userInfo).toEqual(userInfo);
});

test("encodeSkey() returns a known skey, or else its marked hash, which decodeSkey() decodes", () => {
  expect(encodeSkey({ skey: "s", skeyHash: sha256("s") })).toBe("s");
  expect(decodeSkey("s")).toEqual({ skey: "s", skeyHash: sha256("s") });
  const marked = encodeSkey({ skey: null, skeyHash: sha256("s") });
  expect(marked).toBe(`sha256:${sha256("s").toString("hex")}`);
  expect(decodeSkey(marked)).toEqual({ skey: null, skeyHash: sha256("s") });
});

test.each<[unknown, unknown, number, number]>([
  [7, 60, 7, 60],
  ["7", "60", 7, 60],
  [0, 0, 30, 2_592_000],
  [null, "", 30, 2_592_000],
  [-3, "x", 30, 2_592_000],
  [1.5, undefined, 30, 2_592_000],
  [99_999_999, "99999999999", 3650, 315_360_000],
])(
  "readDurations(%p, %p) is %p days and %p seconds",
  (days, seconds, loginDurationDays, sessionDurationSeconds) => {
    expect(readDurations(days, seconds)).toEqual({ loginDurationDays, sessionDurationSeconds });
  },
);

test("toDatetime() and fromDatetime() use the zone of the database", () => {
  const time = Date.UTC(2026, 10, 20, 23, 30, 15, 999);
  expect(toDatetime(time, parseZone("+08:00") ?? 0)).toBe("2026-11-21 07:30:15");
  expect(toDatetime(time, parseZone("-03:30") ?? 0)).toBe("2026-11-20 20:00:15");
  expect(fromDatetime("2026-11-21 07:30:15", 480)).toBe(time - 999);
  expect(fromDatetime(new Date("2026-11-21T07:30:15Z"), 480)).toBe(time - 999);
  for (const invalid of ["0000-00-00 00:00:00", "", "soon", null, new Date(Number.NaN)])
    expect(fromDatetime(invalid, 480)).toBeNull();
});

test.each(["", "8", "+8:00", "+15:00", "Asia/Shanghai", "+08:60"])(
  "parseZone(%p) is null",
  (text) => {
    expect(parseZone(text)).toBeNull();
  },
);
