import { agentName } from "../core/apps/work-agent.ts";
import type {
  AgentAuth,
  AppAuth,
  FetchedCredential,
} from "../core/credentials/credential-upstream.ts";
import type { Failure } from "../core/errors.ts";
import { fetchCredential } from "./fetched-credential.ts";
import type { UpstreamHttp } from "./http.ts";

/**
 * Calls POST /cgi-bin/stable_token with JSON; WeChat refuses a form
 * (docs/protocol-reference.md#stable-token).
 */
export function stableToken(
  http: UpstreamHttp,
  apiBase: string,
  { appid, appSecret }: AppAuth,
  force: boolean,
): Promise<FetchedCredential | Failure> {
  const path = "/cgi-bin/stable_token";
  const call = {
    subject: appid,
    endpoint: force ? `${path} force_refresh` : path,
    url: apiBase + path,
    body: {
      grant_type: "client_credential",
      appid,
      secret: appSecret,
      ...(force && { force_refresh: true }),
    },
  };
  return fetchCredential(http, call, "access_token");
}

/** Calls GET /cgi-bin/token (docs/protocol-reference.md#legacy-token). */
export function legacyToken(
  http: UpstreamHttp,
  apiBase: string,
  { appid, appSecret }: AppAuth,
): Promise<FetchedCredential | Failure> {
  const endpoint = "/cgi-bin/token";
  const query = { grant_type: "client_credential", appid, secret: appSecret };
  return fetchCredential(
    http,
    { subject: appid, endpoint, url: apiBase + endpoint, query },
    "access_token",
  );
}

/** Calls WeCom's GET /cgi-bin/gettoken (docs/protocol-reference.md#wecom-token). */
export function workToken(
  http: UpstreamHttp,
  workApiBase: string,
  { corpid, agentid, agentSecret }: AgentAuth,
): Promise<FetchedCredential | Failure> {
  const endpoint = "/cgi-bin/gettoken";
  const query = { corpid, corpsecret: agentSecret };
  return fetchCredential(
    http,
    { subject: agentName(corpid, agentid), endpoint, url: workApiBase + endpoint, query },
    "access_token",
  );
}
