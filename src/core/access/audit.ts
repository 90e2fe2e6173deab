import type { Milliseconds } from "../ports.ts";

/** The caller on whose behalf something is changed. */
export interface Actor {
  /**
   * `admin`, `local`, `key:<id of a service key>`, `console:<beginning of a session's id>`,
   * `trusted-network`, `first-app`, or `sandbox`.
   */
  by: string;
  /** The request that asks for it; null without one. */
  requestId: string | null;
  /** The client's address; null when it came by no network, and in entries of earlier versions. */
  address: string | null;
}

export const AUDIT_ACTIONS = [
  "app.created",
  "app.updated",
  "app.deleted",
  "agent.registered",
  "agent.deleted",
  "serviceKey.created",
  "serviceKey.revoked",
  "console.signedIn",
  "console.signedOut",
  "session.revoked",
  "sessionKey.reset",
  "server.reloaded",
  "backup.made",
  "backup.downloaded",
  "backup.removed",
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Conditions on entries of the audit. An entry has to satisfy each member that is there. */
export interface AuditFilter {
  /** The whole of `by`; of a service key its id is enough. */
  by?: string;
  action?: AuditAction;
  /** The whole target, or the part before what follows, as in `appid/openid`, `corpid:agentid`. */
  target?: string;
  /** From this moment on. */
  since?: Milliseconds;
  /** Before this moment. */
  until?: Milliseconds;
}

/** Tells whether an entry satisfies a filter. */
export const isWanted = (entry: AuditEntry, filter: AuditFilter): boolean =>
  (filter.by === undefined || [entry.by, entry.by.replace(/^key:/, "")].includes(filter.by)) &&
  (filter.action === undefined || entry.action === filter.action) &&
  (filter.target === undefined ||
    entry.target === filter.target ||
    [":", "/"].some((mark) => entry.target.startsWith(`${filter.target}${mark}`))) &&
  (filter.since === undefined || entry.at >= filter.since) &&
  (filter.until === undefined || entry.at < filter.until);

/** A record of a change: by whom, of what, when. Append-only. */
export interface AuditEntry extends Actor {
  at: Milliseconds;
  action: AuditAction;
  /** The changed thing, such as an appid; never a secret. */
  target: string;
  /** The members that were set, by name; their values are not kept. */
  changed: readonly string[];
}

/** An entry as a store has it, perhaps from an earlier waferd. */
export type StoredAuditEntry = Omit<AuditEntry, "address"> & { address?: string | null };

export const fromStoredEntry = (entry: StoredAuditEntry): AuditEntry => ({
  ...entry,
  address: entry.address ?? null,
});
