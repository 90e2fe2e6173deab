import type { Milliseconds } from "../ports.ts";

/** An access token or ticket that waferd hosts. */
export interface Credential {
  /** Made of its kind and its owner by `credentialKey`. */
  key: string;
  /** The token or ticket itself. */
  value: string;
  fetchedAt: Milliseconds;
  /** As WeChat gave it, with no margin taken off. */
  expiresAt: Milliseconds;
  /** When somebody last asked for it, to within an hour. */
  lastUsedAt: Milliseconds;
  /** When it was last renewed by force, or null. */
  forcedAt: Milliseconds | null;
}
