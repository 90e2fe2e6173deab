import type { Milliseconds } from "./ports.ts";

/** What is probed: whether an upstream answers at all, by the way that calls to it take. */
export interface ProbeTarget {
  url: string;
  connectTimeoutSeconds: number;
  timeoutSeconds: number;
  /** An HTTP proxy; null without one. */
  proxy: string | null;
}

/** What came of it. Any answer will do, whatever its status. */
export type ProbeOutcome =
  | {
      isReached: true;
      /** What the upstream's clock said, to the second; null when it said nothing. */
      date: Milliseconds | null;
    }
  | {
      isReached: false;
      /** Of the system, of TLS, or of the HTTP client: `ENOTFOUND`, `CERT_HAS_EXPIRED`. */
      code: string;
      message: string;
    };

export type ProbeUpstream = (target: ProbeTarget) => Promise<ProbeOutcome>;
