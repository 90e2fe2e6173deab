/** A JSON object; members keep their names and order. */
export type JsonObject = { [member: string]: unknown };

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

/**
 * Merges profiles, later members over earlier ones, and sets the identity. Drops the identity
 * members and the watermark of the profiles: CBC is not authenticated, so a client can change them.
 */
export function mergeUserInfo(
  identity: Identity,
  ...profiles: readonly (JsonObject | null)[]
): UserInfo {
  const members = new Map<string, unknown>([["openId", identity.openid]]);
  if (identity.unionid !== null) members.set("unionId", identity.unionid);
  for (const profile of profiles) {
    for (const [name, value] of Object.entries(profile ?? {}))
      if (!NOT_PROFILE.has(name)) members.set(name, value);
  }
  // fromEntries defines own members, so that a member named __proto__ stays one.
  return Object.fromEntries(members) as UserInfo;
}
