/** A JSON object; members keep their names and order. */
export type JsonObject = { [member: string]: unknown };

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * The stored facts about a user, in WeChat's own spelling (`nickName`, `avatarUrl`, …). Always
 * holds `openId`, and `unionId` when it is known; both come from jscode2session. Never holds
 * `watermark`.
 */
export type UserInfo = JsonObject & { openId: string };

export interface Identity {
  openid: string;
  unionid: string | null;
}

const NOT_PROFILE: ReadonlySet<string> = new Set(["openId", "unionId", "watermark"]);

/** The largest profile that is stored, as JSON. WeChat's have a few hundred bytes. */
export const MAX_PROFILE_KIB = 16;

/** Tells whether a profile is too large to be stored. */
export const isProfileTooLarge = (profile: JsonObject): boolean =>
  Buffer.byteLength(JSON.stringify(profile)) > MAX_PROFILE_KIB * 1024;

/**
 * Merges profiles, later members over earlier ones, and sets the identity. Drops the identity
 * members and the watermark of the profiles: CBC is not authenticated, so a client can change them.
 * If the profiles are too large together, the last one stays alone; else a client could add to its
 * profile without end, login by login.
 */
export function mergeUserInfo(
  identity: Identity,
  ...profiles: readonly (JsonObject | null)[]
): UserInfo {
  const known = profiles.filter((profile) => profile !== null);
  const merged = merge(identity, known);
  return known.length > 1 && isProfileTooLarge(merged) ? merge(identity, known.slice(-1)) : merged;
}

function merge({ openid, unionid }: Identity, profiles: readonly JsonObject[]): UserInfo {
  const members = new Map<string, unknown>([["openId", openid]]);
  if (unionid !== null) members.set("unionId", unionid);
  for (const profile of profiles) {
    for (const [name, value] of Object.entries(profile))
      if (!NOT_PROFILE.has(name)) members.set(name, value);
  }
  // fromEntries defines own members, so that a member named __proto__ stays one.
  return Object.fromEntries(members) as UserInfo;
}
