import type { AppAuth, FetchedCredential } from "../core/credentials/credential-upstream.ts";
import type { Failure } from "../core/errors.ts";
import { fetchCredential } from "./fetched-credential.ts";
import type { UpstreamHttp } from "./http.ts";

/** POST /cgi-bin/stable_token, in JSON: a form is refused (PROTOCOL section 4.3). */
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

/** GET /cgi-bin/token (PROTOCOL section 4.2). */
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
