import type { App } from "../apps/app.ts";
import type { Milliseconds } from "../ports.ts";
import type { Identity, UserInfo } from "./user-info.ts";

/** A user's login at one app on one device. The skey itself is known to the client only. */
export interface Session extends Identity {
  /** 32 lower-case hex digits. */
  id: string;
  appid: string;
  /** SHA-256 of the skey. */
  skeyHash: Uint8Array;
  userInfo: UserInfo;
  loginAt: Milliseconds;
  lastVisitAt: Milliseconds;
}

export type SessionWithKey = Session & {
  /** WeChat's session_key, Base64 of 16 bytes. */
  sessionKey: string;
};

/** Everything that a store keeps of a session, for a copy of it. */
export type StoredSession = SessionWithKey & {
  /** The skey itself, where the store's layout keeps it; null where it keeps the hash only. */
  skey: string | null;
  /** When the store may forget the session. */
  expiresAt: Milliseconds;
};

export const SESSION_ID_BYTES = 16;
export const SKEY_BYTES = 32;

const SECOND = 1000;
const DAY = 86_400_000;

/**
 * How long a lapsed session is remembered, so that its client is told why, and a user who comes
 * back in the meantime keeps id and profile.
 */
const LAPSED_RETENTION = 7 * DAY;

const SHORTEST_VISIT_INTERVAL = 60 * SECOND;
const LONGEST_VISIT_INTERVAL = 15 * 60 * SECOND;

/** A visit that is gathered is in the store within a second, if the store is well. */
const GATHERED_WITHIN = 5 * SECOND;

const SESSION_ID_FORM = /^[\x21-\x7e]{1,100}$/;

/**
 * Tells whether a text can be a session id: the old servers' column has 100 characters, ours are 32
 * hex digits.
 */
export const isSessionId = (text: string): boolean => SESSION_ID_FORM.test(text);

type Durations = Pick<App, "loginDurationDays" | "sessionDurationSeconds">;
type Clocks = Pick<Session, "loginAt" | "lastVisitAt">;

/** Returns when the first of the two clocks runs out. */
export const lapsesAt = (clocks: Clocks, durations: Durations): Milliseconds =>
  Math.min(loginLapsesAt(clocks, durations), sessionLapsesAt(clocks, durations));

const loginLapsesAt = (clocks: Clocks, durations: Durations): Milliseconds =>
  clocks.loginAt + durations.loginDurationDays * DAY;

const sessionLapsesAt = (clocks: Clocks, durations: Durations): Milliseconds =>
  clocks.lastVisitAt + durations.sessionDurationSeconds * SECOND;

/** Returns which of the two clocks has run out, the login's first; null while both run. */
export function lapse(
  clocks: Clocks,
  durations: Durations,
  now: Milliseconds,
): "loginExpired" | "sessionExpired" | null {
  if (now >= loginLapsesAt(clocks, durations)) return "loginExpired";
  if (now >= sessionLapsesAt(clocks, durations)) return "sessionExpired";
  return null;
}

/** Tells whether clocks are of a later login or a later visit than others, to the second. */
export function isLater(clocks: Clocks, others: Clocks): boolean {
  const second = (time: Milliseconds): number => Math.floor(time / SECOND);
  const logins = second(clocks.loginAt) - second(others.loginAt);
  return logins === 0 ? second(clocks.lastVisitAt) > second(others.lastVisitAt) : logins > 0;
}

/** Returns when the store may forget a session with these clocks. */
export const forgetAt = (clocks: Clocks, durations: Durations): Milliseconds =>
  lapsesAt(clocks, durations) + LAPSED_RETENTION;

/**
 * Returns when a session lapses if nobody visits it again. Times that a wrong clock wrote count as
 * now where they are ahead: no session is promised for longer than a new one.
 */
export function lapsesUnvisitedAt(
  { loginAt, lastVisitAt }: Clocks,
  durations: Durations,
  now: Milliseconds,
): Milliseconds {
  return Math.min(
    Math.min(loginAt, now) + durations.loginDurationDays * DAY,
    Math.min(lastVisitAt, now) + durations.sessionDurationSeconds * SECOND,
  );
}

/** Returns the whole seconds for which the session stays valid if nobody visits it again. */
export function remainingSeconds(clocks: Clocks, durations: Durations, now: Milliseconds): number {
  return Math.max(0, Math.floor((lapsesUnvisitedAt(clocks, durations, now) - now) / SECOND));
}

/**
 * Tells whether a session would soon lapse if this visit were not stored: more than half of its
 * time since the stored one has passed.
 */
export const needsVisit = (
  { lastVisitAt }: Clocks,
  { sessionDurationSeconds }: Durations,
  now: Milliseconds,
): boolean => now - lastVisitAt > (sessionDurationSeconds * SECOND) / 2;

/** Tells whether a visit may be written after the answer: the session is not about to lapse. */
export const canVisitLater = (clocks: Clocks, durations: Durations, now: Milliseconds): boolean =>
  !needsVisit(clocks, durations, now) && sessionLapsesAt(clocks, durations) - now > GATHERED_WITHIN;

/** Tells whether the stored visit is old enough for another to be written. */
export const isVisitDue = (
  { lastVisitAt }: Pick<Session, "lastVisitAt">,
  durations: Durations,
  now: Milliseconds,
): boolean => now - lastVisitAt >= visitInterval(durations);

/**
 * Returns how old a last visit must be before the next is written: a thousandth of the session's
 * time, but at least a minute, or a tenth of a short session, and at most a quarter of an hour
 * (`docs/protocol-reference.md#sessions`).
 */
export function visitInterval({ sessionDurationSeconds }: Durations): Milliseconds {
  const duration = sessionDurationSeconds * SECOND;
  const shortest = Math.min(SHORTEST_VISIT_INTERVAL, duration / 10);
  return Math.min(Math.max(duration / 1000, shortest), LONGEST_VISIT_INTERVAL);
}
