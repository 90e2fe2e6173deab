import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { EncodedSession } from "./encoded-session.ts";
import type { Session, SessionWithKey, StoredSession } from "./session.ts";
import type { JsonObject } from "./user-info.ts";

/** A login that is to become a session. */
export interface SessionIssue {
  /** The id for a new session; a session that is replaced keeps its own. */
  id: string;
  appid: string;
  openid: string;
  /** null keeps what an earlier login of this user knew. */
  unionid: string | null;
  /** 64 lower-case hex digits. A driver of our own layout keeps its SHA-256 only. */
  skey: string;
  sessionKey: string;
  /** Laid over the profile that the user's latest session holds; null leaves that as it is. */
  profile: JsonObject | null;
  loginAt: Milliseconds;
  /** When the store may forget the session: some time after both its clocks could have run out. */
  expiresAt: Milliseconds;
  /** How many sessions this user may have at this app, at least 1. */
  sessionsPerUser: number;
}

export interface IssuedSession {
  session: Session;
  /** False when the user had a session at this app before. */
  isNew: boolean;
}

export interface Sweep {
  /** Sessions that had expired and are gone. */
  removed: number;
  /** Sessions whose expiry had moved on since it was indexed; they are indexed anew. None where a visit moves the index. */
  moved: number;
}

/** Which session. */
export type SessionRef = Pick<Session, "id" | "appid">;

/** Which session, and that it is still the one that was read: a login since then has replaced the skey. */
export type CheckedSessionRef = SessionRef & Pick<Session, "skeyHash">;

/** What became of a session that was put: `taken` when the id belongs to another user. */
export type PutOutcome = "added" | "replaced" | "unchanged" | "taken";

/** Session times may be kept to the second, rounded down: the old servers' layouts have no more. */
export interface SessionTable {
  /**
   * One read by primary key. An expired session may be returned until it is swept: callers judge by their own clock.
   *
   * @param appid where to look first, if the caller knows. Whose the session is, it tells itself. A shared store that
   * keeps sessions by app finds those that another server wrote only there.
   */
  get(id: string, appid?: string | null): Awaitable<Session | null>;
  /**
   * Reads a session at once, for the fast path. A store whose reads have to be waited for leaves it out. It never
   * throws.
   *
   * @returns null when there is no such session, and for any record that is better read by `get`: one in an earlier
   * layout, or a damaged one
   */
  getNow?(id: string): EncodedSession | null;
  /** As get, with the session_key unsealed. */
  getWithSessionKey(id: string, appid?: string | null): Awaitable<SessionWithKey | null>;
  /**
   * Makes a user's session, in one transaction. With `sessionsPerUser` 1 the user's session is replaced and keeps its
   * id; with more, a session is added, and those with the oldest visits beyond the number are removed.
   */
  issue(issue: SessionIssue): Promise<IssuedSession>;
  /**
   * Moves the last visit and the expiry forward, if the session still has this skey and its last visit is at or before
   * `ifVisitedBefore`. Several callers at once, in one process or many, make one write.
   *
   * @returns whether a write was made
   */
  touch(
    session: CheckedSessionRef,
    visit: { lastVisitAt: Milliseconds; ifVisitedBefore: Milliseconds; expiresAt: Milliseconds },
  ): Promise<boolean>;
  /** Replaces the profile, if the session still has this skey; returns the session as it is now, or null. */
  replaceProfile(session: CheckedSessionRef, profile: JsonObject): Promise<Session | null>;
  /** Replaces WeChat's session_key, if the session still has this skey; tells whether it had. */
  replaceSessionKey(session: CheckedSessionRef, sessionKey: string): Promise<boolean>;
  /** The sessions of an app, by openid and id; with an openid, those of that user only. */
  list(appid: string, openid: string | null, page: PageRequest): Awaitable<Page<Session>>;
  /** Removes one session; false when there was none. */
  revoke(session: SessionRef): Promise<boolean>;
  /** Removes every session of a user at an app, and tells how many. */
  revokeByUser(appid: string, openid: string): Promise<number>;
  /** Removes up to `limit` sessions of an app in one transaction, and tells how many. */
  revokeByApp(appid: string, limit: number): Promise<number>;
  /** Meets up to `limit` entries of the expiry index that are due at `now`, in one transaction. */
  sweep(now: Milliseconds, limit: number): Promise<Sweep>;
  /** Sessions of an app, expired ones that are not yet swept among them. Kept, not scanned. */
  count(appid: string): Awaitable<number>;
  /** As list, with everything that there is to know: for a copy of the store. */
  dump(appid: string, page: PageRequest): Awaitable<Page<StoredSession>>;
  /**
   * Puts copies of sessions in, as they are, with their ids. One that is there already is replaced by a later login or
   * a later visit of the same user only; the same sessions put again change nothing.
   *
   * @returns what became of each
   */
  put(sessions: readonly StoredSession[]): Promise<PutOutcome[]>;
}
