import { Elysia } from "elysia";
import type { Need } from "../../../core/access/access.ts";
import { agentName } from "../../../core/apps/work-agent.ts";
import { type CredentialOptions, isRoutine } from "../../../core/credentials/credential-service.ts";
import {
  CREDENTIAL_KINDS,
  type CredentialKind,
  credentialKinds,
  isCredentialKind,
  kindName,
} from "../../../core/credentials/kinds.ts";
import { CREDENTIAL_CODES } from "../codes.ts";
import { type RestCall, type RestOptions, restContext, unwrap } from "../context.ts";
import { guards, problems } from "../guard.ts";
import { PageQuery, pageOf, strict } from "../model.ts";
import {
  AppCredentialParams,
  CredentialModel,
  CredentialPage,
  Renewal,
  toCredentialModel,
  toListedCredential,
  WorkCredentialParams,
} from "./model.ts";

const CAPABILITIES = [...new Set(credentialKinds.map((kind) => CREDENTIAL_KINDS[kind].capability))];

/** Returns the right that a call needs. Only the admin key learns that a kind is unknown. */
const needFor = (kind: string, app: string): Need =>
  isCredentialKind(kind) ? { capability: CREDENTIAL_KINDS[kind].capability, app } : "admin";

type Params = Record<string, string>;

const needForApp = ({ appid = "", kind }: Params): Need => needFor(`app/${kind}`, appid);

const needForAgent = ({ corpid = "", agentid = "", kind }: Params): Need =>
  needFor(`agent/${kind}`, agentName(corpid, agentid));

/** Routes of hosted access tokens and tickets. */
export function credentialRoutes(options: RestOptions) {
  const { core } = options;
  const { admin, service } = guards(core, "credentials");

  const get = async (
    kind: CredentialKind,
    owner: string,
    call: RestCall,
    renewal?: CredentialOptions,
  ) => {
    const served = unwrap(await core.ownerCredentials.get(kind, owner, renewal));
    call.isQuiet = isRoutine(served);
    return toCredentialModel(kindName(kind), served);
  };

  const app = new Elysia({ prefix: "/apps/:appid/credentials" })
    .use(restContext(options))
    .get(
      "/:kind",
      ({ params: { appid, kind }, call }) => get(`app/${kind}`, appid, call),
      service(CAPABILITIES, needForApp, {
        params: AppCredentialParams,
        response: { 200: CredentialModel, ...problems("appNotFound", ...CREDENTIAL_CODES) },
        detail: { text: "getAppCredential" },
      }),
    )
    .post(
      "/:kind/renew",
      ({ params: { appid, kind }, call, body }) => get(`app/${kind}`, appid, call, body),
      service(CAPABILITIES, needForApp, {
        params: AppCredentialParams,
        body: Renewal,
        response: { 200: CredentialModel, ...problems("appNotFound", ...CREDENTIAL_CODES) },
        detail: { text: "renewAppCredential" },
      }),
    );

  const work = new Elysia({ prefix: "/work-agents/:corpid/:agentid/credentials" })
    .use(restContext(options))
    .get(
      "/:kind",
      ({ params: { corpid, agentid, kind }, call }) =>
        get(`agent/${kind}`, agentName(corpid, agentid), call),
      service(CAPABILITIES, needForAgent, {
        params: WorkCredentialParams,
        response: {
          200: CredentialModel,
          ...problems("agentNotFound", ...CREDENTIAL_CODES, "agentTicketNotSaved"),
        },
        detail: { text: "getAgentCredential" },
      }),
    )
    .post(
      "/:kind/renew",
      ({ params: { corpid, agentid, kind }, call, body }) =>
        get(`agent/${kind}`, agentName(corpid, agentid), call, body),
      service(CAPABILITIES, needForAgent, {
        params: WorkCredentialParams,
        body: Renewal,
        response: {
          200: CredentialModel,
          ...problems("agentNotFound", ...CREDENTIAL_CODES, "agentTicketNotSaved"),
        },
        detail: { text: "renewAgentCredential" },
      }),
    );

  return new Elysia()
    .use(app)
    .use(work)
    .use(restContext(options))
    .get(
      "/credentials",
      async ({ query }) => {
        const { items, next } = unwrap(await core.credentials.list(pageOf(query)));
        return { items: items.map(toListedCredential), next };
      },
      admin({
        query: strict(PageQuery),
        response: { 200: CredentialPage },
        detail: { text: "listCredentials" },
      }),
    );
}
