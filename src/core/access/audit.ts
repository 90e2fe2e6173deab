import type { Milliseconds } from "../ports.ts";

/** On whose behalf something is changed. */
export interface Actor {
  /** `admin`, `key:<id of a service key>`, `trusted-network`, `first-app`, or `sandbox`. */
  by: string;
  /** The request that asks for it; null when none does. */
  requestId: string | null;
}

export type AuditAction =
  | "app.created"
  | "app.updated"
  | "app.deleted"
  | "agent.registered"
  | "agent.deleted"
  | "serviceKey.created"
  | "serviceKey.revoked"
  | "session.revoked"
  | "sessionKey.reset";

export const AUDIT_ACTIONS: readonly AuditAction[] = [
  "app.created",
  "app.updated",
  "app.deleted",
  "agent.registered",
  "agent.deleted",
  "serviceKey.created",
  "serviceKey.revoked",
  "session.revoked",
  "sessionKey.reset",
];

/** Who changed what, when, by which key. Append-only. */
export interface AuditEntry extends Actor {
  at: Milliseconds;
  action: AuditAction;
  /** What was changed, such as an appid; never a secret. */
  target: string;
  /** The members that were set, by name; their values are not kept. */
  changed: readonly string[];
}
