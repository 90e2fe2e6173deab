import type { Milliseconds } from "../ports.ts";

/**
 * Every right of a service key (docs/protocol-reference.md#access), with the calls that it allows.
 */
export const CAPABILITIES = {
  token: "get and renew access tokens",
  ticket: "get and renew tickets, and sign pages with them",
  "session.read": "read sessions, and check their session_keys",
  "session.revoke": "revoke sessions, and reset their session_keys",
  phone: "get users' phone numbers",
  proxy: "call WeChat through the gateway",
} as const satisfies Record<string, string>;

export type Capability = keyof typeof CAPABILITIES;

/** The names in the order of the list. */
export const capabilityNames = Object.keys(CAPABILITIES) as readonly Capability[];

const isCapability = (text: string): text is Capability => Object.hasOwn(CAPABILITIES, text);

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
  /**
   * The paths of WeChat's API that `proxy` covers, as `matchesPaths` takes them; null for all.
   */
  paths: readonly string[] | null;
  createdAt: Milliseconds;
  /** null for a key that lasts until it is revoked. */
  expiresAt: Milliseconds | null;
  /** To within a minute; null when it was never used. */
  lastUsedAt: Milliseconds | null;
  /** The client's address at that use; null when it is unknown. */
  lastUsedFrom: string | null;
}

/**
 * A key as a store has it, perhaps from a newer waferd with more capabilities, or from an earlier
 * one without addresses and paths.
 */
export type StoredServiceKey = Omit<ServiceKey, "capabilities" | "paths" | "lastUsedFrom"> & {
  capabilities: readonly string[];
  paths?: readonly string[] | null;
  lastUsedFrom?: string | null;
};

/** Returns a stored key without the capabilities that this version does not know. */
export const fromStoredKey = (stored: StoredServiceKey): ServiceKey => ({
  ...stored,
  capabilities: stored.capabilities.filter(isCapability),
  paths: stored.paths ?? null,
  lastUsedFrom: stored.lastUsedFrom ?? null,
});

/** Identifies service keys to people and to scanners for leaked secrets. */
export const SERVICE_KEY_PREFIX = "waferd_key_";
export const SERVICE_KEY_BYTES = 32;
export const SERVICE_KEY_ID_BYTES = 8;

/** Whether a text may be a service key: the prefix and 64 lower-case hex digits. */
export const isServiceKey = (text: string): boolean => /^waferd_key_[0-9a-f]{64}$/.test(text);

/** Whether a text may be a service key's id. */
export const isServiceKeyId = (text: string): boolean => /^[0-9a-f]{16}$/.test(text);
