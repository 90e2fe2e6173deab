import { parseClientJson, parseObject } from "../../core/sessions/client-json.ts";
import {
  type Identity,
  type JsonObject,
  mergeUserInfo,
  type UserInfo,
} from "../../core/sessions/user-info.ts";

/**
 * Encodes a profile as the old servers do: Base64 of its JSON text
 * (docs/protocol-reference.md#stored-layouts).
 */
export const encodeUserInfo = (userInfo: UserInfo): string =>
  Buffer.from(JSON.stringify(userInfo)).toString("base64");

/**
 * Decodes an old server's `user_info`, which may be JSON as a phone made it. php stored the result
 * of every decryption, so an invalid text means a user without a profile.
 *
 * @param identity `unionid` undefined takes the one in the profile, for layouts without a column
 */
export function decodeUserInfo(
  text: string,
  { openid, unionid }: { openid: string; unionid?: string | null },
): { unionid: string | null; userInfo: UserInfo } {
  const profile = parseProfile(text);
  const known: Identity = { openid, unionid: unionid === undefined ? unionidIn(profile) : unionid };
  return { unionid: known.unionid, userInfo: mergeUserInfo(known, profile) };
}

function parseProfile(text: string): JsonObject | null {
  const bytes = Buffer.from(text, "base64");
  // Nearly all are plain JSON, and a shared store reads one in each check of a session.
  return parseObject(bytes.toString()) ?? parseClientJson(bytes).members;
}

/** JSON texts that old servers stored for a user without a profile. */
const NO_PROFILE: ReadonlySet<string> = new Set(["null", "false", "[]", "{}"]);

/** Tells whether a stored `user_info` has content that is not a profile. */
export function isUnreadableUserInfo(text: string): boolean {
  if (text.trim() === "" || NO_PROFILE.has(Buffer.from(text, "base64").toString().trim()))
    return false;
  return parseProfile(text) === null;
}

function unionidIn(profile: JsonObject | null): string | null {
  const unionid = profile?.["unionId"];
  return typeof unionid === "string" && unionid !== "" ? unionid : null;
}
