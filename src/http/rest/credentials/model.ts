import { type Static, Type } from "@sinclair/typebox";
import type {
  ListedCredential as Listed,
  ServedCredential,
} from "../../../core/credentials/credential-service.ts";
import {
  AgentParams,
  Appid,
  nullable,
  oneOf,
  PageModel,
  strict,
  Timestamp,
  timestamp,
} from "../model.ts";

const appKinds = ["access-token", "jsapi-ticket", "wx-card-ticket"] as const;
const workKinds = ["access-token", "ticket", "agent-ticket"] as const;
type Kind = (typeof appKinds)[number] | (typeof workKinds)[number];

const AppKind = oneOf(appKinds, {
  description: "an access token, or a ticket of an official account's",
});
const WorkKind = oneOf(workKinds, {
  description: "an access token, the corp's ticket, or the agent's own",
});

export const AppCredentialParams = strict({ appid: Appid, kind: AppKind });
export const WorkCredentialParams = strict({ ...AgentParams.properties, kind: WorkKind });

export const CredentialModel = strict(
  {
    kind: oneOf([...appKinds, "ticket", "agent-ticket"]),
    value: Type.String({ description: "the token or ticket" }),
    expiresAt: Timestamp,
    state: oneOf(["new", "stored", "renewing"], {
      description:
        "fetched for this call; from the store; from the store while a renewal is under way, because less than ten minutes are left",
    }),
  },
  {
    $id: "Credential",
    examples: [
      {
        kind: "access-token",
        value: "80_Zk1vqW…",
        expiresAt: "2026-11-20T10:00:00.000Z",
        state: "stored",
      },
    ],
  },
);

export const Renewal = strict(
  {
    rotate: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 2048,
        description:
          "the value that failed with 40001, 40014 or 42001: renewed only if it is still the current one, so that a crowd of callers renews once",
      }),
    ),
    force: Type.Optional(
      Type.Boolean({
        description: "renew at once; a sooner one than 30 seconds gets the current value",
      }),
    ),
  },
  { $id: "Renewal", minProperties: 1, examples: [{ rotate: "80_Zk1vqW…" }] },
);

export const ListedCredential = strict(
  {
    owner: Type.String({ description: "an appid, or a WeCom agent as corpid:agentid" }),
    kind: oneOf([...appKinds, "ticket", "agent-ticket"]),
    state: oneOf(["valid", "expiring", "expired"], {
      description: "expiring: less than ten minutes are left, so that it is due for renewal",
    }),
    fetchedAt: Timestamp,
    expiresAt: Timestamp,
    lastUsedAt: Timestamp,
    forcedAt: nullable(Timestamp),
  },
  {
    $id: "ListedCredential",
    description: "A hosted credential without its value",
    examples: [
      {
        owner: "wx0000000000000de0",
        kind: "access-token",
        state: "valid",
        fetchedAt: "2026-11-20T08:00:00.000Z",
        expiresAt: "2026-11-20T10:00:00.000Z",
        lastUsedAt: "2026-11-20T08:00:00.000Z",
        forcedAt: null,
      },
    ],
  },
);

export const CredentialPage = PageModel("Credential", ListedCredential);

export const toCredentialModel = (kind: Kind, { value, expiresAt, state }: ServedCredential) => ({
  kind,
  value,
  expiresAt: timestamp(expiresAt),
  state,
});

/** What the core calls kinds, by the ends of its keys. */
const KINDS: Readonly<Record<string, Kind>> = {
  token: "access-token",
  "ticket:jsapi": "jsapi-ticket",
  "ticket:wx_card": "wx-card-ticket",
  ticket: "ticket",
  "agent-ticket": "agent-ticket",
};

export function toListedCredential({ credential, state }: Listed): Static<typeof ListedCredential> {
  const { key, fetchedAt, expiresAt, lastUsedAt, forcedAt } = credential;
  const [table, ...names] = key.split(":");
  const owner = names.slice(0, table === "app" ? 1 : 2);
  return {
    owner: owner.join(":"),
    kind: KINDS[names.slice(owner.length).join(":")] ?? "access-token",
    state,
    fetchedAt: timestamp(fetchedAt),
    expiresAt: timestamp(expiresAt),
    lastUsedAt: timestamp(lastUsedAt),
    forcedAt: forcedAt === null ? null : timestamp(forcedAt),
  };
}
