import { expect, test } from "bun:test";
import { sha256 } from "../../crypto/digest.ts";
import { encodedSession, readWhole, type SessionRecord, sessionLayout } from "./session-record.ts";

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

test("encode() writes layout 1 as data folders have it", () => {
  expect(sessionLayout.encode(RECORD).toString("base64")).toBe(LAYOUT_1);
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
  { when: "an unknown version", change: (bytes: Buffer) => bytes.with(1, 2), says: "layout 2" },
])("encodedSession() leaves a record with $when to readWhole(), which says so", (row) => {
  const bytes = Buffer.from(row.change(sessionLayout.encode(RECORD)));
  expect(encodedSession("s1", bytes, bytes.length)).toBeNull();
  expect(() => readWhole(bytes, bytes.length)).toThrow(row.says);
});
