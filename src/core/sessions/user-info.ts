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

/**
 * The member that lists the members which are the user's own word, and not WeChat's. Old servers
 * and SDKs pass it on like any other.
 */
export const SELF_REPORTED = "selfReported";

const NOT_PROFILE: ReadonlySet<string> = new Set(["openId", "unionId", "watermark", SELF_REPORTED]);

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
  const own = new Set<string>();
  for (const profile of profiles) {
    for (const [name, value] of Object.entries(profile)) {
      if (NOT_PROFILE.has(name)) continue;
      members.set(name, value);
      own.delete(name);
    }
    for (const name of selfReportedIn(profile)) own.add(name);
  }
  if (own.size > 0) members.set(SELF_REPORTED, [...own].sort());
  // fromEntries defines own members, so that a member named __proto__ stays one.
  return Object.fromEntries(members) as UserInfo;
}

/** Returns the names of a profile's members that are the user's own word. */
export function selfReportedIn(profile: JsonObject): string[] {
  const names = Object.hasOwn(profile, SELF_REPORTED) ? profile[SELF_REPORTED] : [];
  return Array.isArray(names)
    ? names.filter((name) => typeof name === "string" && Object.hasOwn(profile, name))
    : [];
}
