import { expect, test } from "bun:test";
import { parseZone } from "../../core/zone.ts";
import { sha256 } from "../../crypto/digest.ts";
import { fromDatetime, toDatetime } from "./datetime.ts";
import { readDurations } from "./durations.ts";
import { decodeSkey, encodeSkey } from "./skey.ts";
import { decodeUserInfo, encodeUserInfo } from "./user-info.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

test.each<{
  name: string;
  text: string;
  unionid: string | null | undefined;
  expected: string | null;
  members: object;
}>([
  {
    name: "a profile with another openId and a watermark",
    text: base64('{"nickName":"爱丽丝 😀","openId":"other","watermark":{}}'),
    unionid: null,
    expected: null,
    members: { nickName: "爱丽丝 😀" },
  },
  {
    name: "a unionid in the profile only",
    text: base64('{"unionId":"u1"}'),
    unionid: undefined,
    expected: "u1",
    members: { unionId: "u1" },
  },
  {
    name: "two unionids that differ",
    text: base64('{"unionId":"u1"}'),
    unionid: "u2",
    expected: "u2",
    members: { unionId: "u2" },
  },
  {
    name: "a unionid that the column lacks",
    text: base64('{"unionId":"u1"}'),
    unionid: null,
    expected: null,
    members: {},
  },
  {
    name: "a number for a unionid",
    text: base64('{"unionId":7}'),
    unionid: undefined,
    expected: null,
    members: {},
  },
  {
    name: "a nickname with control characters and bytes that are not UTF-8",
    text: Buffer.from('{"nickName":"a\u0014\n\u00ff","unionId":"u"}\0', "latin1").toString(
      "base64",
    ),
    unionid: undefined,
    expected: "u",
    members: { nickName: "a\u0014\n\ufffd", unionId: "u" },
  },
  { name: "an empty text", text: "", unionid: undefined, expected: null, members: {} },
  { name: "null", text: base64("null"), unionid: undefined, expected: null, members: {} },
  { name: "an array", text: base64("[1]"), unionid: undefined, expected: null, members: {} },
  {
    name: "a text that is not JSON",
    text: base64("\u0001\u0002rubbish"),
    unionid: undefined,
    expected: null,
    members: {},
  },
  {
    name: "a text that is not Base64",
    text: "%%%",
    unionid: undefined,
    expected: null,
    members: {},
  },
])(
  "decodeUserInfo() of $name returns the unionid and the profile",
  ({ text, unionid, expected, members }) => {
    expect(
      decodeUserInfo(text, { openid: "o", ...(unionid !== undefined && { unionid }) }),
    ).toEqual({
      unionid: expected,
      userInfo: { openId: "o", ...members },
    });
  },
);

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

test.each<{
  name: string;
  days: unknown;
  seconds: unknown;
  loginDurationDays: number;
  sessionDurationSeconds: number;
}>([
  { name: "numbers", days: 7, seconds: 60, loginDurationDays: 7, sessionDurationSeconds: 60 },
  { name: "texts", days: "7", seconds: "60", loginDurationDays: 7, sessionDurationSeconds: 60 },
  { name: "zeros", days: 0, seconds: 0, loginDurationDays: 30, sessionDurationSeconds: 2_592_000 },
  {
    name: "null and an empty text",
    days: null,
    seconds: "",
    loginDurationDays: 30,
    sessionDurationSeconds: 2_592_000,
  },
  {
    name: "a negative number and a word",
    days: -3,
    seconds: "x",
    loginDurationDays: 30,
    sessionDurationSeconds: 2_592_000,
  },
  {
    name: "a fraction and undefined",
    days: 1.5,
    seconds: undefined,
    loginDurationDays: 30,
    sessionDurationSeconds: 2_592_000,
  },
  {
    name: "values over the limits",
    days: 99_999_999,
    seconds: "99999999999",
    loginDurationDays: 3650,
    sessionDurationSeconds: 315_360_000,
  },
])(
  "readDurations() of $name returns $loginDurationDays days and $sessionDurationSeconds seconds",
  ({ days, seconds, loginDurationDays, sessionDurationSeconds }) => {
    expect(readDurations(days, seconds)).toEqual({ loginDurationDays, sessionDurationSeconds });
  },
);

test("toDatetime() and fromDatetime() use the zone of the database", () => {
  const time = Date.UTC(2026, 10, 20, 23, 30, 15, 999);
  expect(toDatetime(time, parseZone("+08:00") ?? 0)).toBe("2026-11-21 07:30:15");
  expect(toDatetime(time, parseZone("-03:30") ?? 0)).toBe("2026-11-20 20:00:15");
  expect(fromDatetime("2026-11-21 07:30:15", 480)).toBe(time - 999);
  expect(fromDatetime(new Date("2026-11-21T07:30:15Z"), 480)).toBe(time - 999);
  for (const written of ["2026-11-20 23:30:15+00", "2026-11-21T05:00:15+05:30"])
    expect(fromDatetime(written, 480)).toBe(time - 999);
  for (const invalid of ["0000-00-00 00:00:00", "", "soon", null, new Date(Number.NaN)])
    expect(fromDatetime(invalid, 480)).toBeNull();
});

test.each(["", "8", "+8:00", "+15:00", "Asia/Shanghai", "+08:60"])(
  "parseZone(%p) is null",
  (text) => {
    expect(parseZone(text)).toBeNull();
  },
);
