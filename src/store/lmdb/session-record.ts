import { crc32 } from "node:zlib";
import { isPlainText } from "../../core/json-text.ts";
import type { Milliseconds } from "../../core/ports.ts";
import type { Session } from "../../core/sessions/session.ts";
import type { UserInfo } from "../../core/sessions/user-info.ts";
import type { RecordLayout } from "./environment.ts";

export interface SessionRecord extends Omit<Session, "id" | "userInfo" | "json"> {
  sessionKey: Uint8Array;
  /** JSON text, which keeps what a codec would lose: lone surrogates, members named __proto__. */
  userInfo: string;
  expiresAt: Milliseconds;
  /** The time under which the expiry index holds this session: at or before expiresAt, because a visit moves only that. */
  indexedAt: Milliseconds;
}

/*
 * Every check of a session reads one, and msgpack, which spells out the members' names in each record, takes three
 * microseconds for it. Here all has its place, in little-endian: a mark, the lengths in bytes, the clocks, a checksum, and
 * then what has no fixed length: the skey's hash, the session_key, and what a check tells, as it stands in its answer.
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
/** CRC-32 of the JSON's bytes. */
const CHECKSUM = 48;
const SKEY_HASH = 52;

const BEFORE_APPID = '"appid":"';
const BEFORE_OPENID = '","openid":"';
const BEFORE_UNIONID = '","unionid":"';
const AFTER_UNIONID = '","user_info":';
const INSTEAD_OF_UNIONID = '","unionid":null,"user_info":';

/** How a session lies in its table since format 2. Those of format 1 are msgpack, and still read. */
export const sessionLayout: RecordLayout<SessionRecord> = {
  mark: MARK,
  // WeChat's ids are no texts that JSON would write otherwise.
  fits: ({ appid, openid, unionid }) => [appid, openid, unionid ?? ""].every(isPlainText),
  encode(record) {
    const { appid, openid, unionid, skeyHash, sessionKey, userInfo } = record;
    const json = Buffer.from(
      `${BEFORE_APPID}${appid}${BEFORE_OPENID}${openid}${unionid === null ? INSTEAD_OF_UNIONID : BEFORE_UNIONID + unionid + AFTER_UNIONID}${userInfo}`,
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
    head.writeUInt32LE(crc32(json), CHECKSUM);
    return Buffer.concat([head, skeyHash, sessionKey, json]);
  },
  decode(bytes, end) {
    const { sessionKey, json } = placesIn(bytes, end);
    const identity = readIdentity(bytes, json);
    return {
      appid: identity.appid,
      openid: identity.openid,
      unionid: identity.unionid,
      skeyHash: copy(bytes, SKEY_HASH, sessionKey),
      sessionKey: copy(bytes, sessionKey, json),
      userInfo: bytes.toString("utf8", identity.end, end),
      loginAt: bytes.readDoubleLE(LOGIN_AT),
      lastVisitAt: bytes.readDoubleLE(LAST_VISIT_AT),
      expiresAt: bytes.readDoubleLE(EXPIRES_AT),
      indexedAt: bytes.readDoubleLE(INDEXED_AT),
    };
  },
};

type Members = Pick<Session, "openid" | "unionid"> & { user_info: UserInfo };

/** A session as a check needs it: what a check does not look at is taken apart when somebody asks. */
class ReadSession implements Session {
  readonly id;
  readonly appid;
  readonly skeyHash;
  readonly json;
  readonly loginAt;
  readonly lastVisitAt;
  #parsed: Members | null = null;

  constructor(id: string, bytes: Buffer, end: number) {
    const places = placesIn(bytes, end);
    this.id = id;
    this.appid = appidAt(
      bytes,
      places.json + BEFORE_APPID.length,
      bytes.readUInt16LE(APPID_LENGTH),
    );
    this.skeyHash = copy(bytes, SKEY_HASH, places.sessionKey);
    this.json = copy(bytes, places.json, end);
    if (crc32(this.json) !== bytes.readUInt32LE(CHECKSUM))
      throw new Error("its profile is damaged");
    this.loginAt = bytes.readDoubleLE(LOGIN_AT);
    this.lastVisitAt = bytes.readDoubleLE(LAST_VISIT_AT);
  }

  get openid(): string {
    return this.#members.openid;
  }

  get unionid(): string | null {
    return this.#members.unionid;
  }

  get userInfo(): UserInfo {
    return this.#members.user_info;
  }

  get #members(): Members {
    this.#parsed ??= JSON.parse(`{${Buffer.from(this.json.buffer).toString()}}`) as Members;
    return this.#parsed;
  }
}

/** What a check needs of a record in this layout, straight from its bytes; throws when they are damaged. */
export const readSession = (id: string, bytes: Buffer, end: number): Session =>
  new ReadSession(id, bytes, end);

/** Where those parts begin that follow each other behind the hash. */
function placesIn(bytes: Buffer, end: number): { sessionKey: number; json: number } {
  if (bytes[1] !== VERSION)
    throw new Error(`layout ${bytes[1]}, which this version of waferd does not know`);
  const sessionKey = SKEY_HASH + bytes.readUInt16LE(HASH_LENGTH);
  const json = sessionKey + bytes.readUInt32LE(SESSION_KEY_LENGTH);
  if (json > end) throw new Error("it is cut off");
  return { sessionKey, json };
}

function readIdentity(bytes: Buffer, json: number) {
  const text = (begin: number, length: number): string =>
    bytes.toString("latin1", begin, begin + length);
  const appidLength = bytes.readUInt16LE(APPID_LENGTH);
  const openidLength = bytes.readUInt16LE(OPENID_LENGTH);
  const unionidLength = bytes.readUInt32LE(UNIONID_LENGTH);
  const appid = json + BEFORE_APPID.length;
  const openid = appid + appidLength + BEFORE_OPENID.length;
  const unionid = openid + openidLength + BEFORE_UNIONID.length;
  const hasUnionid = unionidLength !== NO_UNIONID;
  return {
    appid: text(appid, appidLength),
    openid: text(openid, openidLength),
    unionid: hasUnionid ? text(unionid, unionidLength) : null,
    end: hasUnionid
      ? unionid + unionidLength + AFTER_UNIONID.length
      : openid + openidLength + INSTEAD_OF_UNIONID.length,
  };
}

let lastAppid = "";

/** There are few apps, and mostly it is the one of the request before: comparing is cheaper than making a text. */
function appidAt(bytes: Buffer, from: number, length: number): string {
  let same = lastAppid.length === length;
  for (let index = 0; same && index < length; index += 1)
    same = lastAppid.charCodeAt(index) === bytes[from + index];
  if (!same) lastAppid = bytes.toString("latin1", from, from + length);
  return lastAppid;
}

/** A view of lmdb's buffer would see the next read, and costs twice as much as a copy by this way. */
function copy(bytes: Buffer, from: number, to: number): Uint8Array<ArrayBuffer> {
  const part = new Uint8Array(to - from);
  bytes.copy(part, 0, from, to);
  return part;
}
