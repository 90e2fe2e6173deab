import { agentName } from "../../core/apps/work-agent.ts";
import type { FetchedCredential } from "../../core/credentials/credential-upstream.ts";
import type { CredentialKind } from "../../core/credentials/kinds.ts";
import { Failure } from "../../core/errors.ts";
import type { WeChat } from "../../core/wechat.ts";
import { credentialLabels } from "./credential-labels.ts";
import type { Meters } from "./meters.ts";

/** Returns a client of WeChat that counts every fetch of a token or a ticket. */
export function meteredWeChat(wechat: WeChat, { renewals }: Meters): WeChat {
  const counted = async (
    kind: CredentialKind,
    owner: string,
    fetching: Promise<FetchedCredential | Failure>,
  ): Promise<FetchedCredential | Failure> => {
    const fetched = await fetching;
    const outcome = fetched instanceof Failure ? fetched.code : "ok";
    renewals.inc({ ...credentialLabels(kind, owner), outcome });
    return fetched;
  };
  return {
    ...wechat,
    fetchStableToken: (app, force) =>
      counted("app/access-token", app.appid, wechat.fetchStableToken(app, force)),
    fetchLegacyToken: (app) => counted("app/access-token", app.appid, wechat.fetchLegacyToken(app)),
    fetchWorkToken: (agent) =>
      counted(
        "agent/access-token",
        agentName(agent.corpid, agent.agentid),
        wechat.fetchWorkToken(agent),
      ),
    fetchTicket: (kind, call) => counted(kind, call.owner, wechat.fetchTicket(kind, call)),
  };
}
