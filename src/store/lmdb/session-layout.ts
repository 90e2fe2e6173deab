import { crc32 } from "node:zlib";
import { isPlainText } from "../../core/json-text.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { EncodedSession } from "../../core/sessions/encoded-session.ts";
import type { Visit } from "../../core/sessions/session-table.ts";
import type { RecordLayout } from "./environment.ts";
import {
  canCompress,
  compressProfile,
  expandProfile,
  type ProfilePlaces,
  profileText,
} from "./profile-text.ts";
import { appidAt, copy, isAt, latin1 } from "./record-bytes.ts";
import { decode1, encodedSession1, isIntact1, writeVisit1 } from "./session-layout-1.ts";
import type { SessionRecord } from "./session-record.ts";

/*
 * Every check of a session reads one, and msgpack, which spells out the members' names in each
 * record, takes three microseconds for it. In this layout everything has its place, in
 * little-endian: a mark, a version, lengths in bytes, the clocks, a checksum, the skey's hash, and
 * then the parts without a fixed length: the session_key, the ids, and the profile, in which bytes
 * stand for the texts that nearly all profiles have (`profile-text.ts`).
 */
/** Begins no msgpack value. */
const MARK = 0xc1;
const VERSION = 2;
const APPID_LENGTH = 2;
const OPENID_LENGTH = 3;
const UNIONID_LENGTH = 4;
const NO_UNIONID = 0xff;
const SESSION_KEY_LENGTH = 5;
/** Clocks have 6 bytes. */
const LOGIN_AT = 7;
const LAST_VISIT_AT = 13;
const EXPIRES_AT = 19;
const INDEXED_AT = 25;
/** CRC-32 of the lengths, then of ids and profile. */
const CHECKSUM = 31;
const SKEY_HASH = 35;
const HASH_BYTES = 32;
const SESSION_KEY = SKEY_HASH + HASH_BYTES;

const LONGEST_ID = 0xfe;
const LONGEST_KEY = 0xffff;
const LATEST = 2 ** 48;

const isClock = (value: Milliseconds): boolean =>
  Number.isInteger(value) && value >= 0 && value < LATEST;

/**
 * The layout of a session's record since format 4 of the data folder. Records of format 1 are
 * msgpack, those of formats 2 and 3 are in layout 1; both are still read.
 */
export const sessionLayout: RecordLayout<SessionRecord> = {
  mark: MARK,
  // WeChat's ids are plain; an old server may have stored anything.
  fits: ({ appid, openid, unionid, skeyHash, sessionKey, userInfo, ...clocks }) =>
    [appid, openid, unionid ?? ""].every((id) => id.length <= LONGEST_ID && isPlainText(id)) &&
    [clocks.loginAt, clocks.lastVisitAt, clocks.expiresAt, clocks.indexedAt].every(isClock) &&
    skeyHash.length === HASH_BYTES &&
    sessionKey.length <= LONGEST_KEY &&
    canCompress(userInfo),
  encode(record) {
    const { appid, openid, unionid, skeyHash, sessionKey, userInfo } = record;
    const text = Buffer.from(
      `${appid}${openid}${unionid ?? ""}${compressProfile(userInfo, record)}`,
    );
    const head = Buffer.allocUnsafe(SKEY_HASH);
    head.writeUInt8(MARK, 0);
    head.writeUInt8(VERSION, 1);
    head.writeUInt8(appid.length, APPID_LENGTH);
    head.writeUInt8(openid.length, OPENID_LENGTH);
    head.writeUInt8(unionid === null ? NO_UNIONID : unionid.length, UNIONID_LENGTH);
    head.writeUInt16LE(sessionKey.length, SESSION_KEY_LENGTH);
    head.writeUIntLE(record.loginAt, LOGIN_AT, 6);
    head.writeUIntLE(record.lastVisitAt, LAST_VISIT_AT, 6);
    head.writeUIntLE(record.expiresAt, EXPIRES_AT, 6);
    head.writeUIntLE(record.indexedAt, INDEXED_AT, 6);
    head.writeUInt32LE(crc32(text, crc32(head.subarray(APPID_LENGTH, LOGIN_AT))), CHECKSUM);
    return Buffer.concat([head, skeyHash, sessionKey, text]);
  },
  decode(bytes, end) {
    if (isLayout1(bytes)) return decode1(bytes, end);
    const places = placesIn(bytes, end);
    return {
      appid: appidAt(bytes, places.appid, places.openid - places.appid),
      openid: latin1(bytes, places.openid, places.unionid - places.openid),
      unionid: unionidOf(bytes, places),
      skeyHash: copy(bytes, SKEY_HASH, SESSION_KEY),
      sessionKey: copy(bytes, SESSION_KEY, places.appid),
      userInfo: readableProfile(bytes, places, end),
      loginAt: clockAt(bytes, LOGIN_AT),
      lastVisitAt: clockAt(bytes, LAST_VISIT_AT),
      expiresAt: clockAt(bytes, EXPIRES_AT),
      indexedAt: clockAt(bytes, INDEXED_AT),
    };
  },
};

/**
 * Returns a record in these layouts as the fast path needs it, straight from its bytes; null when
 * it is damaged, or in a version that this is not.
 */
export function encodedSession(id: string, bytes: Buffer, end: number): EncodedSession | null {
  if (bytes[0] !== MARK) return null;
  if (bytes[1] !== VERSION) return bytes[1] === 1 ? encodedSession1(id, bytes, end) : null;
  const places = placesIn(bytes, end);
  if (!isIntact2(bytes, places, end)) return null;
  return {
    id,
    appid: appidAt(bytes, places.appid, places.openid - places.appid),
    openid: latin1(bytes, places.openid, places.unionid - places.openid),
    unionid: unionidOf(bytes, places),
    skeyHash: copy(bytes, SKEY_HASH, SESSION_KEY),
    userInfoJson: expandProfile(bytes, places, end),
    loginAt: clockAt(bytes, LOGIN_AT),
    lastVisitAt: clockAt(bytes, LAST_VISIT_AT),
  };
}

/**
 * Returns a record in these layouts as the decoder does, and throws as well when its ids or its
 * profile are damaged.
 */
export function readWhole(bytes: Buffer, end: number): SessionRecord {
  const record = sessionLayout.decode(bytes, end);
  const isIntact = isLayout1(bytes)
    ? isIntact1(bytes, end)
    : isIntact2(bytes, placesIn(bytes, end), end);
  if (!isIntact) throw new Error("its profile is damaged");
  return record;
}

/**
 * Writes a visit into the bytes of a record in these layouts.
 *
 * @returns false, and changes nothing, when the visit does not fit the record, or it is in a
 *   version that this is not
 */
export function writeVisit(bytes: Buffer, end: number, visit: Visit): boolean {
  if (bytes[1] !== VERSION) return bytes[1] === 1 && writeVisit1(bytes, end, visit);
  if (end < SESSION_KEY || !isClock(visit.lastVisitAt) || !isClock(visit.expiresAt)) return false;
  if (clockAt(bytes, LAST_VISIT_AT) > visit.ifVisitedBefore) return false;
  if (!isAt(bytes, SKEY_HASH, SESSION_KEY, visit.skeyHash)) return false;
  bytes.writeUIntLE(visit.lastVisitAt, LAST_VISIT_AT, 6);
  bytes.writeUIntLE(Math.max(clockAt(bytes, INDEXED_AT), visit.expiresAt), EXPIRES_AT, 6);
  return true;
}

/** @throws Error for a version that this is not */
function isLayout1(bytes: Buffer): boolean {
  const version = bytes[1];
  if (version !== 1 && version !== VERSION)
    throw new Error(`layout ${version}, which this version of waferd does not know`);
  return version === 1;
}

/** @throws Error when the record is cut off */
function placesIn(bytes: Buffer, end: number): ProfilePlaces {
  const appid = SESSION_KEY + bytes.readUInt16LE(SESSION_KEY_LENGTH);
  const openid = appid + bytes.readUInt8(APPID_LENGTH);
  const unionid = openid + bytes.readUInt8(OPENID_LENGTH);
  const unionidLength = bytes.readUInt8(UNIONID_LENGTH);
  const profile = unionid + (unionidLength === NO_UNIONID ? 0 : unionidLength);
  if (profile > end) throw new Error("it is cut off");
  return { appid, openid, unionid, profile };
}

const isIntact2 = (bytes: Buffer, { appid }: ProfilePlaces, end: number): boolean =>
  crc32(copy(bytes, appid, end), crc32(copy(bytes, APPID_LENGTH, LOGIN_AT))) ===
  bytes.readUInt32LE(CHECKSUM);

const unionidOf = (bytes: Buffer, { unionid, profile }: ProfilePlaces): string | null =>
  bytes[UNIONID_LENGTH] === NO_UNIONID ? null : latin1(bytes, unionid, profile - unionid);

/** Returns the JSON of a profile; an empty text when it is damaged. */
function readableProfile(bytes: Buffer, places: ProfilePlaces, end: number): string {
  try {
    return profileText(bytes, places, end);
  } catch {
    return "";
  }
}

const clockAt = (bytes: Buffer, at: number): Milliseconds =>
  bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) * 2 ** 32;
