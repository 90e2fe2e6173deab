import { expect, test } from "bun:test";
import {
  type CredentialKind,
  credentialKinds,
  keyOfCredential,
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
