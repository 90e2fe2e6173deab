import type { TicketType } from "../core/credentials/credential.ts";
import type { FetchedCredential, TokenCall } from "../core/credentials/credential-upstream.ts";
import type { Failure } from "../core/errors.ts";
import { fetchCredential } from "./fetched-credential.ts";
import type { UpstreamHttp } from "./http.ts";

/** GET /cgi-bin/ticket/getticket (PROTOCOL section 4.4). */
export function ticket(
  http: UpstreamHttp,
  apiBase: string,
  { appid, accessToken }: TokenCall,
  type: TicketType,
): Promise<FetchedCredential | Failure> {
  const endpoint = "/cgi-bin/ticket/getticket";
  const query = { access_token: accessToken, type };
  return fetchCredential(
    http,
    { subject: appid, endpoint, url: apiBase + endpoint, query },
    "ticket",
  );
}
