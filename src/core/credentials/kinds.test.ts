import { expect, test } from "bun:test";
import {
  CREDENTIAL_KINDS,
  type CredentialKind,
  credentialKinds,
  keyOfCredential,
  ownerOf,
  parseCredentialKey,
} from "./kinds.ts";

/** Stores and exports hold these keys: a change of one needs a migration. */
const KEYS: Record<CredentialKind, { owner: string; key: string }> = {
  "app/access-token": { owner: "wx1", key: "app:wx1:token" },
  "app/jsapi-ticket": { owner: "wx1", key: "app:wx1:ticket:jsapi" },
  "app/wx-card-ticket": { owner: "wx1", key: "app:wx1:ticket:wx_card" },
  "agent/access-token": { owner: "ww1:1000002", key: "work:ww1:1000002:token" },
  "agent/ticket": { owner: "ww1:1000002", key: "work:ww1:1000002:ticket" },
  "agent/agent-ticket": { owner: "ww1:1000002", key: "work:ww1:1000002:agent-ticket" },
};

test.each(credentialKinds.map((kind) => ({ kind, ...KEYS[kind] })))(
  "keyOfCredential() of $kind returns $key, and parseCredentialKey() parses it",
  ({ kind, owner, key }) => {
    expect(keyOfCredential(kind, owner)).toBe(key);
    expect(parseCredentialKey(key)).toEqual({ kind, owner });
  },
);

test.each([
  "",
  "app:token",
  "app::token",
  "app:wx1",
  "app:wx1:",
  "app:wx 1:token",
  "app:wx1:ticket",
  "app:wx1:ticket:other",
  "app:wx1:agent-ticket",
  "app:wx1:2:token",
  "work:ww1:token",
  "work:ww1:1:2:token",
  "work:ww1::token",
  "work:ww1:1:ticket:jsapi",
  "other:wx1:token",
  " app:wx1:token",
  "app:wx1:token\n",
])("parseCredentialKey(%j) returns null", (key) => {
  expect(parseCredentialKey(key)).toBeNull();
});

/** Returns a kind's `type` in the envelope beside its owner, or null without one. */
const envelopeType = (kind: CredentialKind): string | null => {
  const { envelope } = CREDENTIAL_KINDS[kind];
  return "type" in envelope ? `${ownerOf(kind)} ${envelope.type}` : null;
};

test.each<{ name: string; of: (kind: CredentialKind) => string | null }>([
  { name: "stored key", of: (kind) => keyOfCredential(kind, "x") },
  { name: "value of the metrics' label", of: (kind) => CREDENTIAL_KINDS[kind].metric },
  { name: "type in the envelope", of: envelopeType },
])("no two of CREDENTIAL_KINDS have the same $name", ({ of }) => {
  const values = credentialKinds.map(of).filter((value) => value !== null);
  expect([...new Set(values)]).toEqual(values);
});
