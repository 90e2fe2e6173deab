import { expect, test } from "bun:test";
import { sha256 } from "../../crypto/digest.ts";
import { encodedSession, readWhole, sessionLayout, writeVisit } from "./session-layout.ts";
import type { SessionRecord } from "./session-record.ts";

const RECORD: SessionRecord = {
  appid: "wx0123456789abcdef",
  openid: "o-alice",
  unionid: "u-alice",
  skeyHash: sha256("skey"),
  sessionKey: Buffer.from("a sealed key"),
  userInfo: '{"openId":"o-alice","nickName":"爱丽丝"}',
  loginAt: 1,
  lastVisitAt: 2,
  expiresAt: 3,
  indexedAt: 3,
};

/** The record's bytes in layout 1, which lie in data folders. */
const LAYOUT_1 =
  "wQESAAcAIAAHAAAADAAAAAAAAAAAAPA/AAAAAAAAAEAAAAAAAAAIQAAAAAAAAAhAGFB3rtNlzpm3LltEhoAzsUHTktEV" +
  "LH2Ks+IigTlvh30IZxvRYSBzZWFsZWQga2V5ImFwcGlkIjoid3gwMTIzNDU2Nzg5YWJjZGVmIiwib3BlbmlkIjoiby1h" +
  "bGljZSIsInVuaW9uaWQiOiJ1LWFsaWNlIiwidXNlcl9pbmZvIjp7Im9wZW5JZCI6Im8tYWxpY2UiLCJuaWNrTmFtZSI6" +
  "IueIseS4veS4nSJ9";

/** As above, in layout 2. */
const LAYOUT_2 =
  "wQISBwcMAAEAAAAAAAIAAAAAAAMAAAAAAAMAAAAAAE76xxrTZc6Zty5bRIaAM7FB05LRFSx9irPiIoE5b4d9CGcb0WEg" +
  "c2VhbGVkIGtleXd4MDEyMzQ1Njc4OWFiY2RlZm8tYWxpY2V1LWFsaWNlBeeIseS4veS4nSJ9";

const [OLD, NEW] = [LAYOUT_1, LAYOUT_2].map((text) => Buffer.from(text, "base64"));

test("encode() writes layout 2 as data folders have it", () => {
  expect(sessionLayout.encode(RECORD).toString("base64")).toBe(LAYOUT_2);
});

test.each([
  { layout: 1, bytes: OLD as Buffer },
  { layout: 2, bytes: NEW as Buffer },
])("records of layout $layout are read, and take a visit", ({ bytes }) => {
  expect(readWhole(bytes, bytes.length)).toEqual({
    ...RECORD,
    skeyHash: new Uint8Array(RECORD.skeyHash),
    sessionKey: new Uint8Array(RECORD.sessionKey),
  });
  const visit = {
    ...{ id: "s1", appid: RECORD.appid, skeyHash: RECORD.skeyHash, ifVisitedBefore: 2 },
    ...{ lastVisitAt: 1_900_000_000_000, expiresAt: 1_900_000_000_777 },
  };
  for (const change of [{ ifVisitedBefore: 1 }, { skeyHash: sha256("another") }]) {
    const untouched = Buffer.from(bytes);
    expect(writeVisit(untouched, bytes.length, { ...visit, ...change })).toBe(false);
    expect(untouched.equals(bytes)).toBe(true);
  }
  const visited = Buffer.from(bytes);
  expect(writeVisit(visited, visited.length, visit)).toBe(true);
  expect(readWhole(visited, visited.length)).toMatchObject({
    lastVisitAt: visit.lastVisitAt,
    expiresAt: visit.expiresAt,
    indexedAt: 3,
  });
  expect(encodedSession("s1", visited, visited.length)).toMatchObject({
    lastVisitAt: visit.lastVisitAt,
  });
});

test.each([
  { what: "an id with an escape", change: { openid: 'o"' } },
  { what: "an id that is too long", change: { unionid: "u".repeat(255) } },
  { what: "a hash of another length", change: { skeyHash: Buffer.alloc(20) } },
  { what: "a clock with a fraction", change: { loginAt: 1.5 } },
  { what: "a clock before 1970", change: { lastVisitAt: -1 } },
  { what: "a profile with line breaks", change: { userInfo: '{\n"openId":"o-alice"}' } },
])("fits() leaves a record with $what to msgpack", ({ change }) => {
  expect(sessionLayout.fits(RECORD)).toBe(true);
  expect(sessionLayout.fits({ ...RECORD, ...change })).toBe(false);
});

test.each([
  { when: "a unionid", record: RECORD },
  { when: "no unionid", record: { ...RECORD, unionid: null } },
])("encodedSession() of a record with $when reads what readWhole() reads", ({ record }) => {
  const bytes = sessionLayout.encode(record);
  const encoded = encodedSession("s1", bytes, bytes.length);
  const {
    sessionKey: _key,
    expiresAt: _at,
    indexedAt: _index,
    userInfo,
    ...whole
  } = readWhole(bytes, bytes.length);
  expect(encoded).toEqual({
    ...whole,
    id: "s1",
    userInfoJson: encoded?.userInfoJson as Uint8Array,
  });
  expect(Buffer.from(encoded?.userInfoJson ?? []).toString()).toBe(userInfo);
  expect(userInfo).toBe(record.userInfo);
});

test.each([
  { when: "a damaged profile", change: (bytes: Buffer) => bytes.with(-3, 0), says: "damaged" },
  { when: "an unknown version", change: (bytes: Buffer) => bytes.with(1, 3), says: "layout 3" },
  {
    when: "a byte that stands for nothing",
    change: (bytes: Buffer) => bytes.with(-3, 31),
    says: "damaged",
  },
  ...[2, 3, 4, 5].map((at) => ({
    when: `another length at ${at}`,
    change: (bytes: Buffer) => bytes.with(at, (bytes[at] as number) ^ 1),
    says: "damaged",
  })),
  { when: "a damaged openid", change: (bytes: Buffer) => bytes.with(100, 65), says: "damaged" },
])("encodedSession() leaves a record with $when to readWhole(), which says so", (row) => {
  const bytes = Buffer.from(row.change(sessionLayout.encode(RECORD)));
  expect(encodedSession("s1", bytes, bytes.length)).toBeNull();
  expect(() => readWhole(bytes, bytes.length)).toThrow(row.says);
});
