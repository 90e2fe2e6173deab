import type { Milliseconds } from "../ports.ts";

/** An access token or ticket that waferd hosts. */
export interface Credential {
  /** `app:<appid>:token`, `app:<appid>:ticket:<type>`, `work:<corpid>:<agentid>:token`, `…:ticket`, `…:agent-ticket`. */
  key: string;
  /** The token or ticket itself. */
  value: string;
  fetchedAt: Milliseconds;
  /** As WeChat gave it, with no margin taken off. */
  expiresAt: Milliseconds;
  /** When somebody last asked for it, to within an hour. */
  lastUsedAt: Milliseconds;
  /** When it was last renewed by force, or null. */
  forcedAt: Milliseconds | null;
}

export type TicketType = "jsapi" | "wx_card";
export const TICKET_TYPES: readonly TicketType[] = ["jsapi", "wx_card"];

export const tokenKey = (appid: string): string => `${appKeyPrefix(appid)}token`;
export const ticketKey = (appid: string, type: TicketType): string =>
  `${appKeyPrefix(appid)}ticket:${type}`;
/** What the keys of an app's credentials, and of no other's, begin with. */
export const appKeyPrefix = (appid: string): string => `app:${appid}:`;
export const workKey = (corpid: string, agentid: string, kind: WorkCredentialKind): string =>
  `${workKeyPrefix(corpid, agentid)}${kind}`;
/** What the keys of an agent's credentials, and of no other's, begin with. */
export const workKeyPrefix = (corpid: string, agentid: string): string =>
  `work:${corpid}:${agentid}:`;

export type WorkCredentialKind = "token" | "ticket" | "agent-ticket";
export const WORK_CREDENTIAL_KINDS: readonly WorkCredentialKind[] = [
  "token",
  "ticket",
  "agent-ticket",
];
