import type { Session } from "./session.ts";

/**
 * A session as an embedded store reads it for the fast path (`docs/architecture.md#fast-path`):
 * the members that a check compares, and the others in a form that an answer can be written from
 * without parsing it. appid, openid and unionid need no escapes in JSON. The bytes on the disk are
 * known to the driver only, those of the answer to the protocol only.
 */
export interface EncodedSession
  extends Pick<
    Session,
    "id" | "appid" | "openid" | "unionid" | "skeyHash" | "loginAt" | "lastVisitAt"
  > {
  /** The JSON text of the session's `userInfo`, in UTF-8. */
  userInfoJson: Uint8Array;
}
