import type { Milliseconds } from "./ports.ts";

/** An access token or ticket that waferd hosts, under a key such as `token:<appid>`. */
export interface Credential {
  key: string;
  /** The token or ticket itself. */
  value: string;
  fetchedAt: Milliseconds;
  /** As WeChat gave it, with no margin taken off. */
  expiresAt: Milliseconds;
}
