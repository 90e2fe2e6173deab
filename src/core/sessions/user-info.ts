/** A JSON object as it came: members keep their names and order. */
export type JsonObject = { [member: string]: unknown };

/**
 * What waferd knows of a user, in WeChat's own spelling (`nickName`, `avatarUrl`, …). Always holds `openId`, and
 * `unionId` when it is known; both come from jscode2session. Never holds `watermark`.
 */
export type UserInfo = JsonObject & { openId: string };

export interface Identity {
  openid: string;
  unionid: string | null;
}

const NOT_PROFILE: ReadonlySet<string> = new Set(["openId", "unionId", "watermark"]);

/**
 * Lays profiles over each other, later members over earlier ones, and puts the identity on top. Identity members and
 * the watermark of a profile are dropped: CBC has no authentication, so a client can bend what it sends.
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
  // fromEntries defines own members, so a member named __proto__ stays one.
  return Object.fromEntries(members) as UserInfo;
}
