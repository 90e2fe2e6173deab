import type { TicketType, WorkCredentialKind } from "../../core/credentials/credential.ts";

/** Whose a hosted credential is, and which. */
export interface CredentialLabels {
  /** An appid, or `corpid:agentid`. */
  owner: string;
  kind: "token" | `ticket:${string}` | `work-${string}`;
}

export const tokenLabels = (appid: string): CredentialLabels => ({ owner: appid, kind: "token" });
export const ticketLabels = (appid: string, type: TicketType): CredentialLabels => ({
  owner: appid,
  kind: `ticket:${type}`,
});
export const workLabels = (
  corpid: string,
  agentid: string,
  kind: WorkCredentialKind,
): CredentialLabels => ({
  owner: `${corpid}:${agentid}`,
  kind: `work-${kind}`,
});

/** The labels of a stored credential, by its key; null for a key of another form. */
export function labelsOfKey(key: string): CredentialLabels | null {
  const [of, owner = "", ...rest] = key.split(":");
  if (of === "app" && rest[0] === "token") return tokenLabels(owner);
  if (of === "app" && rest[0] === "ticket") return ticketLabels(owner, rest[1] as TicketType);
  if (of === "work" && rest.length === 2)
    return workLabels(owner, rest[0] ?? "", rest[1] as WorkCredentialKind);
  return null;
}
