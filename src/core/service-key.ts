import type { Milliseconds } from "./ports.ts";

export type Capability = "token" | "ticket" | "session.read" | "session.revoke" | "phone" | "proxy";

/** A key of a business server, scoped to apps and capabilities (PROTOCOL section 6). */
export interface ServiceKey {
  id: string;
  title: string;
  /** SHA-256 of the key. */
  keyHash: Uint8Array;
  appids: readonly string[];
  capabilities: readonly Capability[];
  createdAt: Milliseconds;
  expiresAt: Milliseconds | null;
  lastUsedAt: Milliseconds | null;
}
