import { Elysia } from "elysia";
import { agentName } from "../../../core/apps/work-agent.ts";
import type { TicketType, WorkCredentialKind } from "../../../core/credentials/credential.ts";
import type {
  CredentialOptions,
  ServedCredential,
} from "../../../core/credentials/credential-service.ts";
import type { Failure } from "../../../core/errors.ts";
import { type RestOptions, restContext, unwrap } from "../context.ts";
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

const capabilityOf = (kind: string | undefined) => (kind === "access-token" ? "token" : "ticket");

const TICKETS: Readonly<Record<string, TicketType>> = {
  "jsapi-ticket": "jsapi",
  "wx-card-ticket": "wx_card",
};
const WORK_KINDS: Readonly<Record<string, WorkCredentialKind>> = {
  "access-token": "token",
  ticket: "ticket",
  "agent-ticket": "agent-ticket",
};

const GET_DESCRIPTION =
  "From the store as long as it is valid; fetched from WeChat when there is none. However many ask, one fetches.";
const RENEW_DESCRIPTION =
  "Name the value that failed (rotate), or renew at once (force). Put the value in the body, never in an address.";

/** Hosted access tokens and tickets. */
export function credentialRoutes(options: RestOptions) {
  const { core } = options;
  const { admin, service } = guards(core, "credentials");

  const ofApp = (
    appid: string,
    kind: string,
    wish?: CredentialOptions,
  ): Promise<ServedCredential | Failure> => {
    const ticket = TICKETS[kind];
    return ticket === undefined
      ? core.appCredentials.token(appid, wish)
      : core.appCredentials.ticket(appid, ticket, wish);
  };
  const ofAgent = (
    { corpid, agentid, kind }: { corpid: string; agentid: string; kind: string },
    wish?: CredentialOptions,
  ): Promise<ServedCredential | Failure> =>
    core.workCredentials.get(WORK_KINDS[kind] ?? "token", corpid, agentid, wish);

  const app = new Elysia({ prefix: "/apps/:appid/credentials" })
    .use(restContext(options))
    .get(
      "/:kind",
      async ({ params }) =>
        toCredentialModel(params.kind, unwrap(await ofApp(params.appid, params.kind))),
      service(
        ["token", "ticket"],
        ({ appid = "", kind }) => ({ capability: capabilityOf(kind), app: appid }),
        {
          params: AppCredentialParams,
          response: { 200: CredentialModel, ...problems(404, 502, 504) },
          detail: { summary: "Get an app's access token or ticket", description: GET_DESCRIPTION },
        },
      ),
    )
    .post(
      "/:kind/renew",
      async ({ params, body }) =>
        toCredentialModel(params.kind, unwrap(await ofApp(params.appid, params.kind, body))),
      service(
        ["token", "ticket"],
        ({ appid = "", kind }) => ({ capability: capabilityOf(kind), app: appid }),
        {
          params: AppCredentialParams,
          body: Renewal,
          response: { 200: CredentialModel, ...problems(404, 502, 504) },
          detail: {
            summary: "Renew an app's access token or ticket",
            description: RENEW_DESCRIPTION,
          },
        },
      ),
    );

  const work = new Elysia({ prefix: "/work-agents/:corpid/:agentid/credentials" })
    .use(restContext(options))
    .get(
      "/:kind",
      async ({ params }) => toCredentialModel(params.kind, unwrap(await ofAgent(params))),
      service(
        ["token", "ticket"],
        ({ corpid = "", agentid = "", kind }) => ({
          capability: capabilityOf(kind),
          app: agentName(corpid, agentid),
        }),
        {
          params: WorkCredentialParams,
          response: { 200: CredentialModel, ...problems(404, 502, 504) },
          detail: {
            summary: "Get a WeCom agent's access token or ticket",
            description: GET_DESCRIPTION,
          },
        },
      ),
    )
    .post(
      "/:kind/renew",
      async ({ params, body }) =>
        toCredentialModel(params.kind, unwrap(await ofAgent(params, body))),
      service(
        ["token", "ticket"],
        ({ corpid = "", agentid = "", kind }) => ({
          capability: capabilityOf(kind),
          app: agentName(corpid, agentid),
        }),
        {
          params: WorkCredentialParams,
          body: Renewal,
          response: { 200: CredentialModel, ...problems(404, 502, 504) },
          detail: {
            summary: "Renew a WeCom agent's access token or ticket",
            description: RENEW_DESCRIPTION,
          },
        },
      ),
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
        detail: { summary: "List hosted credentials", description: "Without their values." },
      }),
    );
}
