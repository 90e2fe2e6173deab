import { copy } from "./record-bytes.ts";

/**
 * The profiles of a store are mostly the same: names of members, the beginning of an avatar's URL,
 * and the ids of the session. In a record each such text is one byte below 0x20, which JSON without
 * line breaks does not contain. The list belongs to the layout of the record: a change of it needs
 * a new version of that.
 */
export interface ProfileIds {
  appid: string;
  openid: string;
  unionid: string | null;
}

/** The bytes that stand for the session's own ids, in the texts of the list as well. */
const OPENID = "\x01";
const UNIONID = "\x02";
const APPID = "\x03";

/** The texts of the bytes from 0x04 on. */
const TEXTS = [
  `{"openId":"${OPENID}","unionId":"${UNIONID}","nickName":"`,
  `{"openId":"${OPENID}","nickName":"`,
  `{"openId":"${OPENID}"`,
  `,"unionId":"${UNIONID}"`,
  '","gender":0,"language":"","city":"","province":"","country":"","avatarUrl":"',
  '","gender":0,"language":"',
  '","gender":1,"language":"',
  '","gender":2,"language":"',
  'zh_CN","city":"',
  '","city":"',
  '","province":"',
  '","country":"',
  'China","avatarUrl":"',
  '","avatarUrl":"',
  "https://thirdwx.qlogo.cn/mmopen/vi_32/",
  "https://wx.qlogo.cn/mmopen/vi_32/",
  // The avatar of users who have none.
  "POgEwh4mIHO4nibH0KlMECNjjGxQUq24ZEaGT4poC6icRiccVGKSyXwibcPq4BWmiaIGuG1icwxaQX6grC9VemZoJ8rg",
  '/132"',
  ',"is_demote":true}',
  "微信用户",
  '"nickName":"',
  '"avatarUrl":"',
  '"gender":',
  '"language":"',
  ',"selfReported":["avatarUrl","nickName"]}',
] as const;

const FIRST = 0x04;
const MOST_CODES = 0x20;
/** The shortest id for which a byte stands: one such as "1" is a part of anything. */
const SHORTEST_ID = 6;

/** The bytes of the texts. */
const CODES = new Map<string, string>(
  TEXTS.map((text, index) => [text, String.fromCharCode(FIRST + index)]),
);

/** Matches a text of the list, where several begin the longest. */
const KNOWN = new RegExp(
  TEXTS.toSorted((one, other) => other.length - one.length)
    .map((text) => RegExp.escape(text))
    .join("|"),
  "g",
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x1f]/;

/** Tells whether a profile's JSON has no line breaks or other bytes that stand for texts. */
export const canCompress = (json: string): boolean => !CONTROLS.test(json);

/** Returns the JSON of a profile with bytes in place of known texts. */
export function compressProfile(json: string, { appid, openid, unionid }: ProfileIds): string {
  let text = json;
  for (const [id, code] of [
    [openid, OPENID],
    [unionid ?? "", UNIONID],
    [appid, APPID],
  ] as const)
    if (id.length >= SHORTEST_ID) text = text.replaceAll(id, code);
  return text.replace(KNOWN, (known) => CODES.get(known) as string);
}

/** Where the parts of a record begin: each ends where the next one begins. */
export interface ProfilePlaces {
  appid: number;
  openid: number;
  unionid: number;
  profile: number;
}

/** A text of the list: its bytes, with the codes of ids between them. */
const PARTS: readonly (readonly (Uint8Array | number)[])[] = Array.from(
  { length: MOST_CODES },
  (_, code) => {
    if (code > 0 && code < FIRST) return [code];
    const text = TEXTS[code - FIRST];
    if (text === undefined) return [];
    return text
      .split(new RegExp(`([${OPENID}${UNIONID}${APPID}])`))
      .filter((part) => part !== "")
      .map((part) => (part < "\x04" ? part.charCodeAt(0) : Buffer.from(part)));
  },
);

/** Shorter parts are copied faster byte by byte. */
const SHORT = 24;
let room = Buffer.allocUnsafeSlow(32 * 1024);

/**
 * Returns the JSON of a compressed profile, in UTF-8.
 *
 * @param bytes the record
 * @param end where it ends
 * @throws Error when a byte stands for nothing
 */
export function expandProfile(
  bytes: Buffer,
  places: ProfilePlaces,
  end: number,
): Uint8Array<ArrayBuffer> {
  const length = expand(bytes, places, end);
  return copy(room, 0, length);
}

/** As expandProfile(), as a text. */
export function profileText(bytes: Buffer, places: ProfilePlaces, end: number): string {
  const length = expand(bytes, places, end);
  return room.toString("utf8", 0, length);
}

/** Writes the JSON into the room, and returns its length. */
function expand(bytes: Buffer, places: ProfilePlaces, end: number): number {
  reserve(end);
  let written = 0;
  for (let at = places.profile; at < end; at += 1) {
    const code = bytes[at] as number;
    if (code >= MOST_CODES) {
      room[written] = code;
      written += 1;
      continue;
    }
    const parts = PARTS[code] as (typeof PARTS)[number];
    if (parts.length === 0) throw new Error("its profile has an unknown byte");
    for (const part of parts) {
      if (typeof part === "number") {
        written = putId(bytes, part, places, written);
      } else {
        reserve(written + part.length);
        if (part.length < SHORT)
          for (let index = 0; index < part.length; index += 1)
            room[written + index] = part[index] as number;
        else room.set(part, written);
        written += part.length;
      }
    }
    reserve(written + end - at);
  }
  return written;
}

/** Copies an id of the record into the room, and returns where the next part goes. */
function putId(bytes: Buffer, code: number, places: ProfilePlaces, written: number): number {
  const { appid, openid, unionid, profile } = places;
  const from = code === 1 ? openid : code === 2 ? unionid : appid;
  const to = code === 1 ? unionid : code === 2 ? profile : openid;
  reserve(written + to - from);
  for (let at = from; at < to; at += 1) room[written + at - from] = bytes[at] as number;
  return written + to - from;
}

function reserve(size: number): void {
  if (size <= room.length) return;
  const larger = Buffer.allocUnsafeSlow(2 * size);
  larger.set(room);
  room = larger;
}
