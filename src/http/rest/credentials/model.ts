import { type Static, Type } from "@sinclair/typebox";
import type {
  ListedCredential,
  ServedCredential,
} from "../../../core/credentials/credential-service.ts";
import {
  type CredentialKind,
  credentialKinds,
  isAgentKind,
  isAppKind,
  type KindName,
  kindName,
} from "../../../core/credentials/kinds.ts";
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

const AppKind = oneOf(credentialKinds.filter(isAppKind).map(kindName), {
  description: "an access token, or a ticket of an official account",
});
const AgentKind = oneOf(credentialKinds.filter(isAgentKind).map(kindName), {
  description: "an access token, the corp's ticket, or the agent's own",
});
/** A kind's name, of an app or an agent. */
const Kind = oneOf([...new Set(credentialKinds.map(kindName))]);

export const AppCredentialParams = strict({ appid: Appid, kind: AppKind });
export const WorkCredentialParams = strict({ ...AgentParams.properties, kind: AgentKind });

export const CredentialModel = strict(
  {
    kind: Kind,
    value: Type.String({ description: "the token or ticket" }),
    expiresAt: Timestamp,
    state: oneOf(["new", "stored", "renewing"], {
      description:
        "fetched for this call; from the store; from the store with a renewal in progress, because less than ten minutes are left",
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
          "the value that failed with 40001, 40014 or 42001: renewed only if it is still the current one, so that many callers renew once",
      }),
    ),
    force: Type.Optional(
      Type.Boolean({
        description:
          "renew at once; within 30 seconds of a forced renewal, returns the current value",
      }),
    ),
  },
  { $id: "Renewal", minProperties: 1, examples: [{ rotate: "80_Zk1vqW…" }] },
);

export const ListedCredentialModel = strict(
  {
    owner: Type.String({ description: "an appid, or a WeCom agent as corpid:agentid" }),
    kind: Kind,
    state: oneOf(["valid", "expiring", "expired"], {
      description: "expiring: less than ten minutes are left, and it is due for renewal",
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

export const CredentialPage = PageModel("Credential", ListedCredentialModel);

export const toCredentialModel = (
  kind: KindName<CredentialKind>,
  { value, expiresAt, state }: ServedCredential,
) => ({
  kind,
  value,
  expiresAt: timestamp(expiresAt),
  state,
});

export function toListedCredential(listed: ListedCredential): Static<typeof ListedCredentialModel> {
  const { kind, owner, state, credential } = listed;
  const { fetchedAt, expiresAt, lastUsedAt, forcedAt } = credential;
  return {
    owner,
    kind: kindName(kind),
    state,
    fetchedAt: timestamp(fetchedAt),
    expiresAt: timestamp(expiresAt),
    lastUsedAt: timestamp(lastUsedAt),
    forcedAt: forcedAt === null ? null : timestamp(forcedAt),
  };
}
