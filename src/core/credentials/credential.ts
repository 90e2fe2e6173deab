import type { Milliseconds } from "../ports.ts";
import { isAhead } from "../stored-time.ts";

/** The longest life that WeChat gives a token or a ticket. */
export const LONGEST_LIFE: Milliseconds = 7_200_000;

/** A credential is renewed when less than this is left of it; until then the old one is served. */
export const RENEWAL_HORIZON: Milliseconds = 10 * 60_000;

/** An access token or ticket that waferd hosts. */
export interface Credential {
  /** Made of the kind and the owner by `keyOfCredential`. */
  key: string;
  /** The token or ticket itself. */
  value: string;
  fetchedAt: Milliseconds;
  /** The time that WeChat gave, with no margin deducted. */
  expiresAt: Milliseconds;
  /** Time of its last use, to within an hour. */
  lastUsedAt: Milliseconds;
  /** Time of its last forced renewal, or null. */
  forcedAt: Milliseconds | null;
}

/**
 * Returns how long a credential is still good: 0 when it has expired, and when its times cannot be
 * right, because a wrong clock wrote them.
 */
export function timeLeft(
  { fetchedAt, expiresAt }: Pick<Credential, "fetchedAt" | "expiresAt">,
  now: Milliseconds,
): Milliseconds {
  if (isAhead(fetchedAt, now) || isAhead(expiresAt, now, LONGEST_LIFE)) return 0;
  return Math.max(0, expiresAt - now);
}
