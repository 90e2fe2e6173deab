import { crc32 } from "node:zlib";
import type { EncodedSession } from "../../core/sessions/encoded-session.ts";
import type { Visit } from "../../core/sessions/session-table.ts";
import { appidAt, copy, isAt, latin1 } from "./record-bytes.ts";
import type { SessionRecord } from "./session-record.ts";

/*
 * Layout 1 of a session's record, which data folders of formats 2 and 3 have, little-endian: a
 * mark, a version, lengths in bytes, the clocks, a checksum, and then the parts without a fixed
 * length: the skey's hash, the session_key, and a text that holds the identity and the profile. It
 * is read, and replaced when the record is next written.
 */
const APPID_LENGTH = 2;
const OPENID_LENGTH = 4;
const HASH_LENGTH = 6;
const UNIONID_LENGTH = 8;
const NO_UNIONID = 0xffff_ffff;
const SESSION_KEY_LENGTH = 12;
const LOGIN_AT = 16;
const LAST_VISIT_AT = 24;
const EXPIRES_AT = 32;
const INDEXED_AT = 40;
/** CRC-32 of the text's bytes. */
const CHECKSUM = 48;
const SKEY_HASH = 52;

const BEFORE_APPID = '"appid":"';
const BEFORE_OPENID = '","openid":"';
const BEFORE_UNIONID = '","unionid":"';
const AFTER_UNIONID = '","user_info":';
const INSTEAD_OF_UNIONID = '","unionid":null,"user_info":';

/**
 * Returns a record; does not look at the checksum.
 *
 * @throws Error when it is cut off
 */
export function decode1(bytes: Buffer, end: number): SessionRecord {
  const { sessionKey, text } = placesIn(bytes, end);
  const identity = readIdentity(bytes, text);
  return {
    appid: identity.appid,
    openid: identity.openid,
    unionid: identity.unionid,
    skeyHash: copy(bytes, SKEY_HASH, sessionKey),
    sessionKey: copy(bytes, sessionKey, text),
    userInfo: bytes.toString("utf8", identity.end, end),
    loginAt: bytes.readDoubleLE(LOGIN_AT),
    lastVisitAt: bytes.readDoubleLE(LAST_VISIT_AT),
    expiresAt: bytes.readDoubleLE(EXPIRES_AT),
    indexedAt: bytes.readDoubleLE(INDEXED_AT),
  };
}

/** Tells whether the identity and the profile of a record are as they were written. */
export const isIntact1 = (bytes: Buffer, end: number): boolean =>
  crc32(copy(bytes, placesIn(bytes, end).text, end)) === bytes.readUInt32LE(CHECKSUM);

/** Returns a record as the fast path needs it; null when it is damaged. */
export function encodedSession1(id: string, bytes: Buffer, end: number): EncodedSession | null {
  if (!isIntact1(bytes, end)) return null;
  const places = placesIn(bytes, end);
  const identity = readIdentity(bytes, places.text);
  return {
    id,
    appid: identity.appid,
    openid: identity.openid,
    unionid: identity.unionid,
    skeyHash: copy(bytes, SKEY_HASH, places.sessionKey),
    userInfoJson: copy(bytes, identity.end, end),
    loginAt: bytes.readDoubleLE(LOGIN_AT),
    lastVisitAt: bytes.readDoubleLE(LAST_VISIT_AT),
  };
}

/** Writes a visit into the bytes of a record; returns false when the visit does not fit it. */
export function writeVisit1(bytes: Buffer, end: number, visit: Visit): boolean {
  if (end < SKEY_HASH) return false;
  if (bytes.readDoubleLE(LAST_VISIT_AT) > visit.ifVisitedBefore) return false;
  const hashEnd = SKEY_HASH + bytes.readUInt16LE(HASH_LENGTH);
  if (hashEnd > end || !isAt(bytes, SKEY_HASH, hashEnd, visit.skeyHash)) return false;
  bytes.writeDoubleLE(visit.lastVisitAt, LAST_VISIT_AT);
  bytes.writeDoubleLE(Math.max(bytes.readDoubleLE(INDEXED_AT), visit.expiresAt), EXPIRES_AT);
  return true;
}

/** Returns where the parts behind the hash begin. */
function placesIn(bytes: Buffer, end: number): { sessionKey: number; text: number } {
  const sessionKey = SKEY_HASH + bytes.readUInt16LE(HASH_LENGTH);
  const text = sessionKey + bytes.readUInt32LE(SESSION_KEY_LENGTH);
  if (text > end) throw new Error("it is cut off");
  return { sessionKey, text };
}

/** Returns the identity in a record's text, and where the profile begins behind it. */
function readIdentity(bytes: Buffer, text: number) {
  const appidLength = bytes.readUInt16LE(APPID_LENGTH);
  const openidLength = bytes.readUInt16LE(OPENID_LENGTH);
  const unionidLength = bytes.readUInt32LE(UNIONID_LENGTH);
  const appid = text + BEFORE_APPID.length;
  const openid = appid + appidLength + BEFORE_OPENID.length;
  const unionid = openid + openidLength + BEFORE_UNIONID.length;
  const hasUnionid = unionidLength !== NO_UNIONID;
  return {
    appid: appidAt(bytes, appid, appidLength),
    openid: latin1(bytes, openid, openidLength),
    unionid: hasUnionid ? latin1(bytes, unionid, unionidLength) : null,
    end: hasUnionid
      ? unionid + unionidLength + AFTER_UNIONID.length
      : openid + openidLength + INSTEAD_OF_UNIONID.length,
  };
}
