import { crc32 } from "node:zlib";
import { isPlainText } from "../../core/json-text.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { EncodedSession } from "../../core/sessions/encoded-session.ts";
import type { Session } from "../../core/sessions/session.ts";
import type { Visit } from "../../core/sessions/session-table.ts";
import { equalDigests } from "../../crypto/digest.ts";
import type { RecordLayout } from "./environment.ts";

export interface SessionRecord extends Omit<Session, "id" | "userInfo"> {
  sessionKey: Uint8Array;
  /** JSON text, which keeps what a codec would lose: lone surrogates, members named __proto__. */
  userInfo: string;
  expiresAt: Milliseconds;
  /**
   * When the expiry index has this session: at or before expiresAt, because a visit moves only
   * that.
   */
  indexedAt: Milliseconds;
}

/*
 * Every check of a session reads one, and msgpack, which spells out the members' names in each
 * record, takes three microseconds for it. In this layout everything has its place, in
 * little-endian: a mark, a version, lengths in bytes, the clocks, a checksum, and then the parts
 * without a fixed length: the skey's hash, the session_key, and a text that holds the identity and
 * the profile. The text happens to be JSON; nothing but this file relies on it.
 */
/** Begins no msgpack value. */
const MARK = 0xc1;
const VERSION = 1;
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
 * The layout of a session's record since format 2 of the data folder. Records of format 1 are
 * msgpack, and still read.
 */
export const sessionLayout: RecordLayout<SessionRecord> = {
  mark: MARK,
  // WeChat's ids are plain; an old server may have stored anything.
  fits: ({ appid, openid, unionid }) => [appid, openid, unionid ?? ""].every(isPlainText),
  encode(record) {
    const { appid, openid, unionid, skeyHash, sessionKey, userInfo } = record;
    const unionidText =
      unionid === null ? INSTEAD_OF_UNIONID : `${BEFORE_UNIONID}${unionid}${AFTER_UNIONID}`;
    const text = Buffer.from(
      `${BEFORE_APPID}${appid}${BEFORE_OPENID}${openid}${unionidText}${userInfo}`,
    );
    const head = Buffer.allocUnsafe(SKEY_HASH);
    head.writeUInt8(MARK, 0);
    head.writeUInt8(VERSION, 1);
    head.writeUInt16LE(appid.length, APPID_LENGTH);
    head.writeUInt16LE(openid.length, OPENID_LENGTH);
    head.writeUInt32LE(unionid === null ? NO_UNIONID : unionid.length, UNIONID_LENGTH);
    head.writeUInt16LE(skeyHash.length, HASH_LENGTH);
    head.writeUInt32LE(sessionKey.length, SESSION_KEY_LENGTH);
    head.writeDoubleLE(record.loginAt, LOGIN_AT);
    head.writeDoubleLE(record.lastVisitAt, LAST_VISIT_AT);
    head.writeDoubleLE(record.expiresAt, EXPIRES_AT);
    head.writeDoubleLE(record.indexedAt, INDEXED_AT);
    head.writeUInt32LE(crc32(text), CHECKSUM);
    return Buffer.concat([head, skeyHash, sessionKey, text]);
  },
  decode(bytes, end) {
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
  },
};

/**
 * Returns a record in this layout as the fast path needs it, straight from its bytes; null when it
 * is damaged, or in a version of the layout that this is not.
 */
export function encodedSession(id: string, bytes: Buffer, end: number): EncodedSession | null {
  if (bytes[0] !== MARK || bytes[1] !== VERSION) return null;
  const places = placesIn(bytes, end);
  if (crc32(copy(bytes, places.text, end)) !== bytes.readUInt32LE(CHECKSUM)) return null;
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

/**
 * Returns a record in this layout as its decoder does, and throws as well when its text is damaged.
 */
export function readWhole(bytes: Buffer, end: number): SessionRecord {
  if (crc32(bytes.subarray(placesIn(bytes, end).text, end)) !== bytes.readUInt32LE(CHECKSUM))
    throw new Error("its profile is damaged");
  return sessionLayout.decode(bytes, end);
}

/**
 * Returns the bytes of a record in this layout with a visit; null when the visit does not fit it,
 * or it is in a version of the layout that this is not.
 */
export function visitedRecord(bytes: Buffer, end: number, visit: Visit): Buffer | null {
  if (bytes[1] !== VERSION || end < SKEY_HASH) return null;
  if (bytes.readDoubleLE(LAST_VISIT_AT) > visit.ifVisitedBefore) return null;
  const hash = bytes.subarray(SKEY_HASH, SKEY_HASH + bytes.readUInt16LE(HASH_LENGTH));
  if (!equalDigests(hash, visit.skeyHash)) return null;
  const visited = Buffer.allocUnsafe(end);
  bytes.copy(visited, 0, 0, end);
  visited.writeDoubleLE(visit.lastVisitAt, LAST_VISIT_AT);
  const expiresAt = Math.max(bytes.readDoubleLE(INDEXED_AT), visit.expiresAt);
  visited.writeDoubleLE(expiresAt, EXPIRES_AT);
  return visited;
}

/** Returns where the parts behind the hash begin. */
function placesIn(bytes: Buffer, end: number): { sessionKey: number; text: number } {
  if (bytes[1] !== VERSION)
    throw new Error(`layout ${bytes[1]}, which this version of waferd does not know`);
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

const latin1 = (bytes: Buffer, from: number, length: number): string =>
  bytes.toString("latin1", from, from + length);

let lastAppid = "";

/**
 * Reads an appid. There are few apps, mostly that of the request before: comparing is cheaper than
 * making a text.
 */
function appidAt(bytes: Buffer, from: number, length: number): string {
  let same = lastAppid.length === length;
  for (let index = 0; same && index < length; index += 1)
    same = lastAppid.charCodeAt(index) === bytes[from + index];
  if (!same) lastAppid = latin1(bytes, from, length);
  return lastAppid;
}

/**
 * A view of lmdb's buffer would see the next read, and costs twice as much as a copy made like
 * this.
 */
function copy(bytes: Buffer, from: number, to: number): Uint8Array<ArrayBuffer> {
  const part = new Uint8Array(to - from);
  bytes.copy(part, 0, from, to);
  return part;
}
