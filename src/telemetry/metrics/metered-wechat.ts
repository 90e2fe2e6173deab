import type { FetchedCredential } from "../../core/credentials/credential-upstream.ts";
import { Failure } from "../../core/errors.ts";
import type { WeChat } from "../../core/wechat.ts";
import {
  type CredentialLabels,
  ticketLabels,
  tokenLabels,
  workLabels,
} from "./credential-labels.ts";
import type { Meters } from "./meters.ts";

/** Returns a client of WeChat that counts every fetch of a token or a ticket. */
export function meteredWeChat(wechat: WeChat, { renewals }: Meters): WeChat {
  const counted = async (
    labels: CredentialLabels,
    fetching: Promise<FetchedCredential | Failure>,
  ): Promise<FetchedCredential | Failure> => {
    const fetched = await fetching;
    renewals.inc({ ...labels, outcome: fetched instanceof Failure ? fetched.code : "ok" });
    return fetched;
  };
  return {
    ...wechat,
    fetchStableToken: (app, force) =>
      counted(tokenLabels(app.appid), wechat.fetchStableToken(app, force)),
    fetchLegacyToken: (app) => counted(tokenLabels(app.appid), wechat.fetchLegacyToken(app)),
    fetchTicket: (call, type) =>
      counted(ticketLabels(call.appid, type), wechat.fetchTicket(call, type)),
    fetchWorkToken: (agent) =>
      counted(workLabels(agent.corpid, agent.agentid, "token"), wechat.fetchWorkToken(agent)),
    fetchWorkTicket: (agent, token) =>
      counted(
        workLabels(agent.corpid, agent.agentid, "ticket"),
        wechat.fetchWorkTicket(agent, token),
      ),
    fetchAgentTicket: (agent, token) =>
      counted(
        workLabels(agent.corpid, agent.agentid, "agent-ticket"),
        wechat.fetchAgentTicket(agent, token),
      ),
  };
}
