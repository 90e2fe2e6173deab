import type { Failure } from "../core/errors.ts";
import type { AgentCredentials, FetchedCredential } from "../core/wechat.ts";
import { fetchCredential } from "./fetched-credential.ts";
import type { UpstreamHttp } from "./http.ts";

const subjectOf = ({ corpid, agentid }: AgentCredentials): string => `${corpid}:${agentid}`;

/** GET /cgi-bin/gettoken (PROTOCOL section 4.5). */
export function workToken(
  http: UpstreamHttp,
  apiBase: string,
  agent: AgentCredentials,
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
export function corpTicket(
  http: UpstreamHttp,
  apiBase: string,
  agent: AgentCredentials,
  accessToken: string,
): Promise<FetchedCredential | Failure> {
  const endpoint = "/cgi-bin/get_jsapi_ticket";
  const query = { access_token: accessToken };
  return fetchCredential(
    http,
    { subject: subjectOf(agent), endpoint, url: apiBase + endpoint, query },
    "ticket",
  );
}

/** GET /cgi-bin/ticket/get?type=agent_config: the agent's ticket (PROTOCOL section 4.6). */
export function agentTicket(
  http: UpstreamHttp,
  apiBase: string,
  agent: AgentCredentials,
  accessToken: string,
): Promise<FetchedCredential | Failure> {
  const endpoint = "/cgi-bin/ticket/get";
  const query = { access_token: accessToken, type: "agent_config" };
  return fetchCredential(
    http,
    { subject: subjectOf(agent), endpoint, url: apiBase + endpoint, query },
    "ticket",
  );
}
