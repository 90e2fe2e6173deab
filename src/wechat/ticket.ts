import type { FetchedCredential, TokenCall } from "../core/credentials/credential-upstream.ts";
import { type CredentialOwner, ownerOf, type TicketKind } from "../core/credentials/kinds.ts";
import type { Failure } from "../core/errors.ts";
import { fetchCredential } from "./fetched-credential.ts";
import type { UpstreamHttp } from "./http.ts";

/** The endpoint of each kind of ticket, and its query beside the access token. */
const ENDPOINTS: Record<TicketKind, { endpoint: string; query?: Record<string, string> }> = {
  // docs/protocol-reference.md#tickets
  "app/jsapi-ticket": { endpoint: "/cgi-bin/ticket/getticket", query: { type: "jsapi" } },
  "app/wx-card-ticket": { endpoint: "/cgi-bin/ticket/getticket", query: { type: "wx_card" } },
  // docs/protocol-reference.md#wecom-tickets
  "agent/ticket": { endpoint: "/cgi-bin/get_jsapi_ticket" },
  "agent/agent-ticket": { endpoint: "/cgi-bin/ticket/get", query: { type: "agent_config" } },
};

/** Gets a ticket of WeChat's or WeCom's with the owner's access token. */
export function fetchTicket(
  http: UpstreamHttp,
  { apiBase, workApiBase }: { apiBase: string; workApiBase: string },
  kind: TicketKind,
  { owner, accessToken }: TokenCall,
): Promise<FetchedCredential | Failure> {
  const { endpoint, query } = ENDPOINTS[kind];
  const bases: Record<CredentialOwner, string> = { app: apiBase, agent: workApiBase };
  const url = bases[ownerOf(kind)] + endpoint;
  return fetchCredential(
    http,
    { subject: owner, endpoint, url, query: { access_token: accessToken, ...query } },
    "ticket",
  );
}
