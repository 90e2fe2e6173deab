import {
  CREDENTIAL_KINDS,
  type CredentialKind,
  parseCredentialKey,
} from "../../core/credentials/kinds.ts";

/** The metrics' labels of a hosted credential. */
export interface CredentialLabels {
  /** An appid, or `corpid:agentid`. */
  owner: string;
  kind: (typeof CREDENTIAL_KINDS)[CredentialKind]["metric"];
}

export const credentialLabels = (kind: CredentialKind, owner: string): CredentialLabels => ({
  owner,
  kind: CREDENTIAL_KINDS[kind].metric,
});

/** Returns the labels of a stored credential by its key, or null for a key of another form. */
export function labelsOfKey(key: string): CredentialLabels | null {
  const parsed = parseCredentialKey(key);
  return parsed && credentialLabels(parsed.kind, parsed.owner);
}
