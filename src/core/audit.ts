import type { Milliseconds } from "./ports.ts";

/** Who changed what, when, by which key. Append-only. */
export interface AuditEntry {
  at: Milliseconds;
  /** The id of a service key, `admin`, or `first-app`. */
  by: string;
  action: string;
  /** What was changed, such as an appid; never a secret. */
  target: string;
  requestId: string;
}
