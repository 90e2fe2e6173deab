import type { AgentAuth, FetchedCredential } from "../core/credentials/credential-upstream.ts";
import type { Failure } from "../core/errors.ts";
import { fetchCredential } from "./fetched-credential.ts";
import type { UpstreamHttp } from "./http.ts";

const subjectOf = ({ corpid, agentid }: AgentAuth): string => `${corpid}:${agentid}`;

/** GET /cgi-bin/gettoken (PROTOCOL section 4.5). */
export function workToken(
  http: UpstreamHttp,
  apiBase: string,
  agent: AgentAuth,
): Promise<FetchedCredential | Failure> {
  const endpoint = "/cgi-bin/gettoken";
  const query = { corpid: agent.corpid, corpsecret: agent.agentSecret };
  return fetchCredential(
    http,
    { subject: subjectOf(agent), endpoint, url: apiBase + endpoint, query },
    "access_token",
  );
}

/** GET /cgi-bin/get_jsapi_ticket: the corp's ticket (PROTOCOL section 4.6). */
export const corpTicket = (
  http: UpstreamHttp,
  apiBase: string,
  agent: AgentAuth,
  accessToken: string,
) => ticket(http, apiBase, agent, "/cgi-bin/get_jsapi_ticket", { access_token: accessToken });

/** GET /cgi-bin/ticket/get?type=agent_config: the agent's ticket (PROTOCOL section 4.6). */
export const agentTicket = (
  http: UpstreamHttp,
  apiBase: string,
  agent: AgentAuth,
  accessToken: string,
) =>
  ticket(http, apiBase, agent, "/cgi-bin/ticket/get", {
    access_token: accessToken,
    type: "agent_config",
  });

const ticket = (
  http: UpstreamHttp,
  apiBase: string,
  agent: AgentAuth,
  endpoint: string,
  query: Record<string, string>,
): Promise<FetchedCredential | Failure> =>
  fetchCredential(
    http,
    { subject: subjectOf(agent), endpoint, url: apiBase + endpoint, query },
    "ticket",
  );
