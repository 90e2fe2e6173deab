import { api, dataOf, segment } from "../../client/api.ts";

type AppKindName = Parameters<ReturnType<typeof api.apps>["credentials"]>[0]["kind"];
type AgentKindName = Parameters<
  ReturnType<ReturnType<(typeof api)["work-agents"]>>["credentials"]
>[0]["kind"];

/** A credential as lists have it: the owner is an appid, or `corpid:agentid`. */
export interface NamedCredential {
  owner: string;
  kind: string;
}

/** Renews a credential at once. The value that the API returns is not kept. */
export async function renewCredential({ owner, kind }: NamedCredential): Promise<void> {
  const [first = "", agentid] = owner.split(":");
  const body = { force: true };
  if (agentid === undefined)
    await dataOf(
      api
        .apps({ appid: segment(first) })
        .credentials({ kind: kind as AppKindName })
        .renew.post(body),
    );
  else
    await dataOf(
      api["work-agents"]({ corpid: segment(first) })({ agentid: segment(agentid) })
        .credentials({ kind: kind as AgentKindName })
        .renew.post(body),
    );
}

/** Returns the path of a renewal below `/api/v1`. */
export function renewalPath({ owner, kind }: NamedCredential): string {
  const place = owner.includes(":")
    ? `/work-agents/${owner.split(":").map(segment).join("/")}`
    : `/apps/${segment(owner)}`;
  return `${place}/credentials/${kind}/renew`;
}
