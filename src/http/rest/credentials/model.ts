import { type Static, Type } from "@sinclair/typebox";
import type { ListedCredential } from "../../../core/credentials/credential-list.ts";
import type { ServedCredential } from "../../../core/credentials/credential-service.ts";
import {
  type CredentialKind,
  credentialKinds,
  isAgentKind,
  isAppKind,
  type KindName,
  kindName,
} from "../../../core/credentials/kinds.ts";
import type { RenewalFailure } from "../../../core/credentials/renewal-failure.ts";
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

const LastFailure = strict({
  at: Timestamp,
  code: Type.String({ description: "the failure's word, as `code` of a problem has it" }),
  wechat: nullable(
    strict({ errcode: Type.Integer(), errmsg: Type.String(), rid: nullable(Type.String()) }),
    { description: "WeChat's answer, when WeChat refused" },
  ),
  upstream: nullable(Type.String(), { description: "why WeChat cannot be reached" }),
  failures: Type.Integer({ minimum: 1, description: "renewals that have failed in a row" }),
});

export const ListedCredentialModel = strict(
  {
    owner: Type.String({ description: "an appid, or a WeCom agent as corpid:agentid" }),
    kind: Kind,
    state: oneOf(["valid", "expiring", "expired", "missing"], {
      description:
        "expiring: less than ten minutes are left, and it is due for renewal; missing: it could not be fetched yet",
    }),
    fetchedAt: nullable(Timestamp, { description: "its last renewal; null of a missing one" }),
    expiresAt: nullable(Timestamp),
    lastUsedAt: nullable(Timestamp),
    forcedAt: nullable(Timestamp),
    nextAttemptAt: nullable(Timestamp, {
      description:
        "when it is due for renewal, and after a failure when WeChat may be asked again; null of a missing one that waits for a caller",
    }),
    lastFailure: nullable(LastFailure, {
      description: "of the latest renewal that failed, also when a later one succeeded",
    }),
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
        nextAttemptAt: "2026-11-20T09:50:00.000Z",
        lastFailure: {
          at: "2026-11-20T07:59:58.000Z",
          code: "tokenRefused",
          wechat: { errcode: 40125, errmsg: "invalid appsecret rid: 1-2", rid: "1-2" },
          upstream: null,
          failures: 1,
        },
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
  const { kind, owner, state, credential, nextAttemptAt, lastFailure } = listed;
  const timeOf = (milliseconds: number | null | undefined): string | null =>
    milliseconds == null ? null : timestamp(milliseconds);
  return {
    owner,
    kind: kindName(kind),
    state,
    fetchedAt: timeOf(credential?.fetchedAt),
    expiresAt: timeOf(credential?.expiresAt),
    lastUsedAt: timeOf(credential?.lastUsedAt),
    forcedAt: timeOf(credential?.forcedAt),
    nextAttemptAt: timeOf(nextAttemptAt),
    lastFailure: lastFailure && toLastFailure(lastFailure),
  };
}

const toLastFailure = ({ at, code, wechat, upstream, failures }: RenewalFailure) => ({
  at: timestamp(at),
  ...{ code, wechat, upstream, failures },
});
