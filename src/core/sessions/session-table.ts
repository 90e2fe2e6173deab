import type { Page, PageRequest } from "../page.ts";
import type { Awaitable, Milliseconds } from "../ports.ts";
import type { EncodedSession } from "./encoded-session.ts";
import type { Session, SessionWithKey, StoredSession } from "./session.ts";
import type { JsonObject } from "./user-info.ts";

/** A login that becomes a session. */
export interface SessionIssue {
  /** The id for a new session; a session that is replaced keeps its own. */
  id: string;
  appid: string;
  openid: string;
  /** null keeps the one of an earlier login. */
  unionid: string | null;
  /** 64 lower-case hex digits. Only the SHA-256 is stored, but for layouts of old servers. */
  skey: string;
  sessionKey: string;
  /** Merged over the profile of the user's latest session; null leaves that unchanged. */
  profile: JsonObject | null;
  loginAt: Milliseconds;
  /** When the store may forget the session: some time after both its clocks can have run out. */
  expiresAt: Milliseconds;
  /** The most sessions of this user at this app, at least 1. */
  sessionsPerUser: number;
}

export interface IssuedSession {
  session: Session;
  /** False when the user had a session at this app before. */
  isNew: boolean;
}

export interface Sweep {
  /** Expired sessions that were removed. */
  removed: number;
  /**
   * Sessions that were indexed again, because visits had postponed their expiry. Always 0 in a
   * driver whose index moves with each visit.
   */
  moved: number;
}

/** The name of a session. */
export type SessionRef = Pick<Session, "id" | "appid">;

/** The name of a session, valid until the next login of its user, which replaces the skey. */
export type CheckedSessionRef = SessionRef & Pick<Session, "skeyHash">;

/** A visit of a session that is written after its check was answered. */
export interface Visit extends CheckedSessionRef {
  lastVisitAt: Milliseconds;
  /** A stored visit later than this one stays: another process has written it. */
  ifVisitedBefore: Milliseconds;
  /** When the store may forget the session after this visit. */
  expiresAt: Milliseconds;
}

/** The outcome of putting a session: `taken` when its id belongs to another user. */
export type PutOutcome = "added" | "replaced" | "unchanged" | "taken";

/** Times may be stored to the second, rounded down, because the old layouts hold no more. */
export interface SessionTable {
  /**
   * Reads one session by primary key. An expired one may be returned until it is swept: callers
   * compare with their own clock.
   *
   * @param appid where to look first, or null if the caller does not know; the session may belong
   *   to another app. In a shared store that keys sessions by app, those of another server are only
   *   found by it.
   */
  get(id: string, appid?: string | null): Awaitable<Session | null>;
  /**
   * Reads a session at once, for the fast path. Left out by a store whose reads are asynchronous.
   * Never throws.
   *
   * @returns null when there is no such session, and for a record that only `get` can read or
   *   report: one in an earlier layout, or a damaged one
   */
  getNow?(id: string): EncodedSession | null;
  /** As get, with the session_key unsealed. */
  getWithSessionKey(id: string, appid?: string | null): Awaitable<SessionWithKey | null>;
  /**
   * Creates a session in one transaction. With `sessionsPerUser` 1 it replaces the user's session
   * and keeps the id; with more, it is added, and those with the oldest visits beyond the number
   * are removed.
   */
  issue(issue: SessionIssue): Promise<IssuedSession>;
  /**
   * Moves last visits and expiries forward in one write, of each session that still has this skey
   * and whose stored visit is at or before `ifVisitedBefore`. Concurrent calls write a visit once
   * in all processes.
   *
   * @param visits of different sessions, a few hundred at most: the write holds up others
   * @returns how many were written
   */
  touch(visits: readonly Visit[]): Promise<number>;
  /** Replaces the profile, if the session still has this skey; returns the session or null. */
  replaceProfile(session: CheckedSessionRef, profile: JsonObject): Promise<Session | null>;
  /** Replaces the session_key, if the session still has this skey; returns whether it had. */
  replaceSessionKey(session: CheckedSessionRef, sessionKey: string): Promise<boolean>;
  /** The sessions of an app, or of one user at it, by openid and id. */
  list(appid: string, openid: string | null, page: PageRequest): Awaitable<Page<Session>>;
  /** Removes one session; returns false when there was none. */
  revoke(session: SessionRef): Promise<boolean>;
  /** Removes every session of a user at an app, and returns how many. */
  revokeByUser(appid: string, openid: string): Promise<number>;
  /** Removes up to `limit` sessions of an app in one transaction, and returns how many. */
  revokeByApp(appid: string, limit: number): Promise<number>;
  /** Handles up to `limit` due entries of the expiry index, in one transaction. */
  sweep(now: Milliseconds, limit: number): Promise<Sweep>;
  /** Returns how many sessions an app has, unswept expired ones included. Kept, not scanned. */
  count(appid: string): Awaitable<number>;
  /** As list(), with every member and secret: for a copy of the store. */
  dump(appid: string, page: PageRequest): Awaitable<Page<StoredSession>>;
  /**
   * Stores copies of sessions unchanged, with their ids. A stored session is only replaced by a
   * later login or visit of the same user; storing the same copies again changes nothing.
   *
   * @returns the outcome of each
   */
  put(sessions: readonly StoredSession[]): Promise<PutOutcome[]>;
}
