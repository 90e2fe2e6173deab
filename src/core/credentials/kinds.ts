import type { Capability } from "../access/service-key.ts";
import { isAppid } from "../apps/app.ts";
import { agentName, parseAgentName } from "../apps/work-agent.ts";
import type { ErrorCode } from "../errors.ts";

/** Properties of one kind of owner. */
interface OwnerDescriptor {
  /** Start of the stored keys of its credentials. Never change it: stores and exports hold them. */
  keyTable: string;
  /** Whether a text may be an owner's name in such keys. */
  isName(text: string): boolean;
}

/** Every kind of owner, by the first part of the names of its credentials' kinds. */
const OWNERS = {
  app: { keyTable: "app", isName: isAppid },
  agent: { keyTable: "work", isName: (text) => parseAgentName(text) !== null },
} as const satisfies Record<string, OwnerDescriptor>;

export type CredentialOwner = keyof typeof OWNERS;

/** Properties of one kind of credential. */
interface Descriptor {
  /** End of its stored key, after the owner. Never change it: stores and exports hold such keys. */
  key: string;
  /** The capability by which a service key may get it. */
  capability: Capability;
  /** Whether WeChat gives it for the owner's secret, or for the owner's access token. */
  fetchedWith: "secret" | "token";
  /** The failure when the store refuses a new value. */
  notSaved: ErrorCode;
  /** The value of the metrics' label `kind`. */
  metric: string;
  /** scf's words for it: in returnMessage, as the member of returnData, and as para's `type`. */
  envelope: { word: string; member: string; type?: string };
}

/**
 * Every kind of credential that waferd hosts, as `owner/name`. The owner is an app or a WeCom
 * agent; the name is used in paths of the REST API and by `waferd token --kind`. Routes, schemas,
 * choices, keys, exports and metrics follow from this list (docs/architecture.md#closed-sets).
 */
export const CREDENTIAL_KINDS = {
  "app/access-token": {
    key: "token",
    capability: "token",
    fetchedWith: "secret",
    notSaved: "tokenNotSaved",
    metric: "token",
    envelope: { word: "TOKEN", member: "access_token" },
  },
  "app/jsapi-ticket": {
    key: "ticket:jsapi",
    capability: "ticket",
    fetchedWith: "token",
    notSaved: "ticketNotSaved",
    metric: "ticket:jsapi",
    envelope: { word: "TICKET", member: "ticket", type: "jsapi" },
  },
  "app/wx-card-ticket": {
    key: "ticket:wx_card",
    capability: "ticket",
    fetchedWith: "token",
    notSaved: "ticketNotSaved",
    metric: "ticket:wx_card",
    envelope: { word: "TICKET", member: "ticket", type: "wx_card" },
  },
  "agent/access-token": {
    key: "token",
    capability: "token",
    fetchedWith: "secret",
    notSaved: "tokenNotSaved",
    metric: "work-token",
    envelope: { word: "TOKEN", member: "access_token" },
  },
  "agent/ticket": {
    key: "ticket",
    capability: "ticket",
    fetchedWith: "token",
    notSaved: "ticketNotSaved",
    metric: "work-ticket",
    envelope: { word: "TICKET", member: "ticket" },
  },
  "agent/agent-ticket": {
    key: "agent-ticket",
    capability: "ticket",
    fetchedWith: "token",
    notSaved: "agentTicketNotSaved",
    metric: "work-agent-ticket",
    envelope: { word: "AGENT_TICKET", member: "agent_ticket" },
  },
} as const satisfies { [Kind in `${CredentialOwner}/${string}`]: Descriptor };

type Kinds = typeof CREDENTIAL_KINDS;
export type CredentialKind = keyof Kinds;
export type AppCredentialKind = Extract<CredentialKind, `app/${string}`>;
export type AgentCredentialKind = Extract<CredentialKind, `agent/${string}`>;

/** A kind that is fetched with its owner's access token. */
export type TicketKind = {
  [Kind in CredentialKind]: Kinds[Kind]["fetchedWith"] extends "token" ? Kind : never;
}[CredentialKind];

/** A kind's name in the REST API and on the command line. */
export type KindName<Kind extends CredentialKind> = Kind extends `${string}/${infer Name}`
  ? Name
  : never;

/** Every kind. */
export const credentialKinds = Object.keys(CREDENTIAL_KINDS) as readonly CredentialKind[];

export const isCredentialKind = (text: string): text is CredentialKind =>
  Object.hasOwn(CREDENTIAL_KINDS, text);

/** Returns the kind of owner that has a kind of credential. */
export const ownerOf = (kind: CredentialKind): CredentialOwner =>
  kind.slice(0, kind.indexOf("/")) as CredentialOwner;

export const isAppKind = (kind: CredentialKind): kind is AppCredentialKind =>
  ownerOf(kind) === "app";

export const isAgentKind = (kind: CredentialKind): kind is AgentCredentialKind =>
  ownerOf(kind) === "agent";

export const isTicketKind = <Kind extends CredentialKind>(kind: Kind): kind is Kind & TicketKind =>
  CREDENTIAL_KINDS[kind].fetchedWith === "token";

export const kindName = <Kind extends CredentialKind>(kind: Kind): KindName<Kind> =>
  kind.slice(kind.indexOf("/") + 1) as KindName<Kind>;

/** Start of the keys of an app's credentials, and of no other's. */
export const appKeyPrefix = (appid: string): string => `${OWNERS.app.keyTable}:${appid}:`;

/** Start of the keys of an agent's credentials, and of no other's. */
export const workKeyPrefix = (corpid: string, agentid: string): string =>
  `${OWNERS.agent.keyTable}:${agentName(corpid, agentid)}:`;

/**
 * Returns the key under which the store keeps a credential.
 *
 * @param owner an appid, or `corpid:agentid`
 */
export const keyOfCredential = (kind: CredentialKind, owner: string): string =>
  `${OWNERS[ownerOf(kind)].keyTable}:${owner}:${CREDENTIAL_KINDS[kind].key}`;

/** Returns the kind and the owner of a stored credential, or null for a key of another form. */
export function parseCredentialKey(key: string): { kind: CredentialKind; owner: string } | null {
  for (const kind of credentialKinds) {
    const { keyTable, isName } = OWNERS[ownerOf(kind)];
    const [start, end] = [`${keyTable}:`, `:${CREDENTIAL_KINDS[kind].key}`];
    if (!key.startsWith(start) || !key.endsWith(end)) continue;
    const owner = key.slice(start.length, -end.length);
    if (isName(owner)) return { kind, owner };
  }
  return null;
}
