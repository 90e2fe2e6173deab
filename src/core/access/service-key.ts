import type { Milliseconds } from "../ports.ts";

/** Rights of a service key (docs/protocol-reference.md#access). */
export const CAPABILITIES = [
  "token",
  "ticket",
  "session.read",
  "session.revoke",
  "phone",
  "proxy",
] as const;

export type Capability = (typeof CAPABILITIES)[number];

/** A key of a business server, scoped to apps and capabilities. */
export interface ServiceKey {
  /** 16 lower-case hex digits. */
  id: string;
  title: string;
  /** SHA-256 of the key. */
  keyHash: Uint8Array;
  /** Appids, and WeCom agents as `corpid:agentid`. */
  apps: readonly string[];
  capabilities: readonly Capability[];
  createdAt: Milliseconds;
  /** null for a key that lasts until it is revoked. */
  expiresAt: Milliseconds | null;
  /** To within a minute; null when it was never used. */
  lastUsedAt: Milliseconds | null;
}

/** Identifies service keys to people and to scanners for leaked secrets. */
export const SERVICE_KEY_PREFIX = "waferd_key_";
export const SERVICE_KEY_BYTES = 32;
export const SERVICE_KEY_ID_BYTES = 8;

/** Whether a text may be a service key: the prefix and 64 lower-case hex digits. */
export const isServiceKey = (text: string): boolean => /^waferd_key_[0-9a-f]{64}$/.test(text);

/** Whether a text may be a service key's id. */
export const isServiceKeyId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);
