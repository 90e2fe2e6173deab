import type { Milliseconds } from "../../core/ports.ts";
import type { SessionWithKey } from "../../core/sessions/session.ts";
import type { UserInfo } from "../../core/sessions/user-info.ts";
import { decodeSkey, encodeSkey } from "../layout/skey.ts";
import { decodeUserInfo, encodeUserInfo } from "../layout/user-info.ts";
import { toFlat } from "./script.ts";

const SECOND = 1000;

/** Returns the seconds since 1970, as go stores times. */
export const toSeconds = (time: Milliseconds): number => Math.floor(time / SECOND);

/** The field of a hash whose session is in the indexes. Other servers write hashes without it. */
export const INDEXED = "waferd";

/** A session with the skey field of its hash. */
export type KeptSession = SessionWithKey & {
  skey: string | null;
  keptSkey: string;
  isIndexed: boolean;
};

/**
 * Returns the fields of the go server's hash as a flat list
 * (docs/protocol-reference.md#stored-layouts-redis).
 */
export function sessionFields(session: {
  id: string;
  openid: string;
  skey: string | null;
  skeyHash: Uint8Array;
  sessionKey: string;
  userInfo: UserInfo;
  loginAt: Milliseconds;
  lastVisitAt: Milliseconds;
}): (string | number)[] {
  return toFlat({
    uuid: session.id,
    skey: encodeSkey(session),
    ct: toSeconds(session.loginAt),
    lvt: toSeconds(session.lastVisitAt),
    openid: session.openid,
    sesskey: session.sessionKey,
    userinfo: encodeUserInfo(session.userInfo),
    [INDEXED]: 1,
  });
}

/**
 * Reads the session in a hash; null when it has none. go leaves a hash with `lvt` only when a
 * session expires during its check, and a key of app `a_b` looks like one of app `a`.
 */
export function toSession(
  appid: string,
  id: string,
  hash: Record<string, string>,
): KeptSession | null {
  const { openid, skey } = hash;
  if (hash["uuid"] !== id || openid === undefined || skey === undefined) return null;
  const loginAt = Number(hash["ct"]) * SECOND;
  return {
    id,
    appid,
    openid,
    // The hash keeps the unionid in the profile only, where a login stores it.
    ...decodeUserInfo(hash["userinfo"] ?? "", { openid }),
    ...decodeSkey(skey),
    keptSkey: skey,
    isIndexed: INDEXED in hash,
    sessionKey: hash["sesskey"] ?? "",
    loginAt,
    lastVisitAt: hash["lvt"] === undefined ? loginAt : Number(hash["lvt"]) * SECOND,
  };
}
