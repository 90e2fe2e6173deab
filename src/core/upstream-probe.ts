import type { Milliseconds } from "./ports.ts";

/** An upstream to be probed, and the way that calls to it take. */
export interface ProbeTarget {
  url: string;
  connectTimeoutSeconds: number;
  timeoutSeconds: number;
  /** An HTTP proxy; null without one. */
  proxy: string | null;
}

/** The outcome of a probe. An answer of any status counts as reached. */
export type ProbeOutcome =
  | {
      isReached: true;
      /** The upstream's clock, to the second; null when the answer has no date. */
      date: Milliseconds | null;
    }
  | {
      isReached: false;
      /** A code of the system, of TLS, or of the HTTP client: `ENOTFOUND`, `CERT_HAS_EXPIRED`. */
      code: string;
      message: string;
    };

export type ProbeUpstream = (target: ProbeTarget) => Promise<ProbeOutcome>;
