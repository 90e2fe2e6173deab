import { APP, type Production } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";

/** The members of a service key that differ from those of one with `proxy` for the first app. */
export interface KeyMembers {
  apps?: readonly string[];
  capabilities?: readonly string[];
  paths?: readonly string[];
}

/** Creates a service key by the REST API, and returns it. */
export async function keyOf(
  { waferd, adminKey }: Pick<Production, "waferd" | "adminKey">,
  { apps = [APP.appid], capabilities = ["proxy"], paths }: KeyMembers,
): Promise<string> {
  const created = await fetch(`${waferd.url}/api/v1/service-keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${adminKey}`, "Content-Type": "application/json" },
    body: JSON.stringify({ title: "k", apps, capabilities, ...(paths && { paths }) }),
  });
  const { key, detail } = (await created.json()) as { key?: string; detail?: string };
  if (key === undefined) throw new Error(`no key: HTTP ${created.status} ${detail}`);
  noteSecret(key);
  return key;
}

/** Creates a service key for an agent. */
export const agentKeyOf = (production: Production, name: string): Promise<string> =>
  keyOf(production, { apps: [name], capabilities: ["proxy"] });

/** Asks the gateway for a token as an SDK does. */
export async function tokenOf(
  url: string,
  base: string,
  appid: string,
  secret: string,
): Promise<{ access_token: string; expires_in: number; errcode?: number }> {
  const query = new URLSearchParams({ grant_type: "client_credential", appid, secret });
  const answer = await fetch(`${url}${base}/cgi-bin/token?${query}`);
  const token = (await answer.json()) as Awaited<ReturnType<typeof tokenOf>>;
  noteSecret(token.access_token);
  return token;
}
