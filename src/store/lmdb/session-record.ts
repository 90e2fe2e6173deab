import type { Milliseconds } from "../../core/ports.ts";
import type { Session } from "../../core/sessions/session.ts";

/** A session as it is stored. */
export interface SessionRecord extends Omit<Session, "id" | "userInfo"> {
  sessionKey: Uint8Array;
  /** JSON text, which keeps what a codec would lose: lone surrogates, members named __proto__. */
  userInfo: string;
  expiresAt: Milliseconds;
  /**
   * When the expiry index has this session: at or before expiresAt, because a visit moves only
   * that.
   */
  indexedAt: Milliseconds;
}
