import { crc32 } from "node:zlib";
import type { Milliseconds } from "../../core/ports.ts";
import type { Session } from "../../core/session.ts";
import type { UserInfo } from "../../core/user-info.ts";
import type { RecordLayout } from "./environment.ts";

export interface SessionRecord extends Omit<Session, "id" | "userInfo" | "userInfoJson"> {
  sessionKey: Uint8Array;
  /** JSON text, which keeps what a codec would lose: lone surrogates, members named __proto__. */
  userInfo: string;
  expiresAt: Milliseconds;
  /** The time under which the expiry index holds this session: at or before expiresAt, because a visit moves only that. */
  indexedAt: Milliseconds;
}

/*
 * Every check of a session reads one, and msgpack, which spells out the members' names in each record, takes three
 * microseconds for it. Here all has its place, in little-endian: a mark, the lengths in bytes, the clocks, a checksum
 * of the profile, which a check passes on unread, and then what has no fixed length.
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
/** CRC-32 of the userInfo's bytes. */
const CHECKSUM = 48;
const APPID = 52;

/** How a session lies in its table since format 2. Those of format 1 are msgpack, and still read. */
export const sessionLayout: RecordLayout<SessionRecord> = {
  mark: MARK,
  encode(record) {
    const { skeyHash, sessionKey } = record;
    const appid = Buffer.from(record.appid);
    const openid = Buffer.from(record.openid);
    const unionid = Buffer.from(record.unionid ?? "");
    const userInfo = Buffer.from(record.userInfo);
    const head = Buffer.allocUnsafe(APPID);
    head.writeUInt8(MARK, 0);
    head.writeUInt8(VERSION, 1);
    head.writeUInt16LE(appid.length, APPID_LENGTH);
    head.writeUInt16LE(openid.length, OPENID_LENGTH);
    head.writeUInt32LE(record.unionid === null ? NO_UNIONID : unionid.length, UNIONID_LENGTH);
    head.writeUInt16LE(skeyHash.length, HASH_LENGTH);
    head.writeUInt32LE(sessionKey.length, SESSION_KEY_LENGTH);
    head.writeDoubleLE(record.loginAt, LOGIN_AT);
    head.writeDoubleLE(record.lastVisitAt, LAST_VISIT_AT);
    head.writeDoubleLE(record.expiresAt, EXPIRES_AT);
    head.writeDoubleLE(record.indexedAt, INDEXED_AT);
    head.writeUInt32LE(crc32(userInfo), CHECKSUM);
    return Buffer.concat([head, appid, openid, unionid, skeyHash, sessionKey, userInfo]);
  },
  decode(bytes, end) {
    const { skeyHash, sessionKey, userInfo } = placesIn(bytes, end);
    return {
      ...readIdentity(bytes),
      skeyHash: copy(bytes, skeyHash, sessionKey),
      sessionKey: copy(bytes, sessionKey, userInfo),
      userInfo: bytes.toString("utf8", userInfo, end),
      loginAt: bytes.readDoubleLE(LOGIN_AT),
      lastVisitAt: bytes.readDoubleLE(LAST_VISIT_AT),
      expiresAt: bytes.readDoubleLE(EXPIRES_AT),
      indexedAt: bytes.readDoubleLE(INDEXED_AT),
    };
  },
};

/** What a check needs of a record in this layout, straight from its bytes; throws when they are damaged. */
export function readSession(id: string, bytes: Buffer, end: number): Session {
  const { skeyHash, sessionKey, userInfo } = placesIn(bytes, end);
  const userInfoJson = copy(bytes, userInfo, end);
  if (crc32(userInfoJson) !== bytes.readUInt32LE(CHECKSUM)) throw new Error("its profile is damaged");
  const { appid, openid, unionid } = readIdentity(bytes);
  return {
    id,
    appid,
    openid,
    unionid,
    skeyHash: copy(bytes, skeyHash, sessionKey),
    userInfoJson,
    get userInfo() {
      return JSON.parse(Buffer.from(userInfoJson).toString()) as UserInfo;
    },
    loginAt: bytes.readDoubleLE(LOGIN_AT),
    lastVisitAt: bytes.readDoubleLE(LAST_VISIT_AT),
  };
}

/** Where those parts begin that follow each other behind the identity. */
function placesIn(bytes: Buffer, end: number): { skeyHash: number; sessionKey: number; userInfo: number } {
  if (bytes[1] !== VERSION) throw new Error(`layout ${bytes[1]}, which this version of waferd does not know`);
  const unionidLength = bytes.readUInt32LE(UNIONID_LENGTH);
  const identityLength =
    bytes.readUInt16LE(APPID_LENGTH) +
    bytes.readUInt16LE(OPENID_LENGTH) +
    (unionidLength === NO_UNIONID ? 0 : unionidLength);
  const skeyHash = APPID + identityLength;
  const sessionKey = skeyHash + bytes.readUInt16LE(HASH_LENGTH);
  const userInfo = sessionKey + bytes.readUInt32LE(SESSION_KEY_LENGTH);
  if (userInfo > end) throw new Error("it is cut off");
  return { skeyHash, sessionKey, userInfo };
}

function readIdentity(bytes: Buffer): Pick<SessionRecord, "appid" | "openid" | "unionid"> {
  const openid = APPID + bytes.readUInt16LE(APPID_LENGTH);
  const unionid = openid + bytes.readUInt16LE(OPENID_LENGTH);
  const unionidLength = bytes.readUInt32LE(UNIONID_LENGTH);
  return {
    appid: bytes.toString("utf8", APPID, openid),
    openid: bytes.toString("utf8", openid, unionid),
    unionid: unionidLength === NO_UNIONID ? null : bytes.toString("utf8", unionid, unionid + unionidLength),
  };
}

/** A view of lmdb's buffer would see the next read, and costs twice as much as a copy by this way. */
function copy(bytes: Buffer, from: number, to: number): Uint8Array {
  const part = new Uint8Array(to - from);
  bytes.copy(part, 0, from, to);
  return part;
}
