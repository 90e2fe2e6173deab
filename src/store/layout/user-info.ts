import {
  type Identity,
  type JsonObject,
  mergeUserInfo,
  type UserInfo,
} from "../../core/sessions/user-info.ts";

/** A profile as the old servers store it: Base64 of its JSON text (PROTOCOL section 8). */
export const encodeUserInfo = (userInfo: UserInfo): string =>
  Buffer.from(JSON.stringify(userInfo)).toString("base64");

/**
 * The profile in an old server's `user_info`, under the identity that stands beside it. php stored whatever came of a
 * decryption, so rubbish, and nothing at all, are a user without a profile.
 *
 * @param identity `unionid` undefined takes the one in the profile, for layouts without a place of their own for it
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
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : null;
  } catch {
    return null;
  }
}

function unionidIn(profile: JsonObject | null): string | null {
  const unionid = profile?.["unionId"];
  return typeof unionid === "string" && unionid !== "" ? unionid : null;
}
