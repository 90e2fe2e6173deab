import type { Milliseconds } from "../ports.ts";

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
