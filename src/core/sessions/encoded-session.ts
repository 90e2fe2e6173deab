import type { Session } from "./session.ts";

/**
 * A session as an embedded store reads it for the fast path (`docs/architecture.md#fast-path`):
 * what a check compares, and the rest in a form that an answer can be written from without parsing
 * it. How it lies on the disk is the driver's secret, and how it is answered the protocol's.
 */
export interface EncodedSession
  extends Pick<
    Session,
    "id" | "appid" | "openid" | "unionid" | "skeyHash" | "loginAt" | "lastVisitAt"
  > {
  /** The JSON text of the session's `userInfo`, in UTF-8. */
  userInfoJson: Uint8Array;
}
