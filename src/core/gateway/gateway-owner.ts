import { isAppid } from "../apps/app.ts";
import { agentName, isWorkId } from "../apps/work-agent.ts";
import type { CredentialKind, CredentialOwner, TicketKind } from "../credentials/kinds.ts";

/** The app or the agent on whose behalf the gateway calls WeChat or WeCom. */
export interface GatewayOwner {
  kind: CredentialOwner;
  /** An appid, or `corpid:agentid`. */
  name: string;
}

/** The hosted token of each kind of owner. */
export const TOKEN_KINDS = {
  app: "app/access-token",
  agent: "agent/access-token",
} as const satisfies Record<CredentialOwner, Exclude<CredentialKind, TicketKind>>;

/** Returns the owner of an appid; null for a text of another form. */
export const appOwner = (appid: string): GatewayOwner | null =>
  isAppid(appid) ? { kind: "app", name: appid } : null;

/** Returns the owner of an agent's ids; null for texts of another form. */
export const agentOwner = (corpid: string, agentid: string): GatewayOwner | null =>
  isWorkId(corpid) && isWorkId(agentid)
    ? { kind: "agent", name: agentName(corpid, agentid) }
    : null;
