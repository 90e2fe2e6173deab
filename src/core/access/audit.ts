import type { Milliseconds } from "../ports.ts";

/** The caller on whose behalf something is changed. */
export interface Actor {
  /**
   * `admin`, `local`, `key:<id of a service key>`, `trusted-network`, `first-app`, or `sandbox`.
   */
  by: string;
  /** The request that asks for it; null without one. */
  requestId: string | null;
}

export const AUDIT_ACTIONS = [
  "app.created",
  "app.updated",
  "app.deleted",
  "agent.registered",
  "agent.deleted",
  "serviceKey.created",
  "serviceKey.revoked",
  "session.revoked",
  "sessionKey.reset",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** A record of a change: by whom, of what, when. Append-only. */
export interface AuditEntry extends Actor {
  at: Milliseconds;
  action: AuditAction;
  /** The changed thing, such as an appid; never a secret. */
  target: string;
  /** The members that were set, by name; their values are not kept. */
  changed: readonly string[];
}
