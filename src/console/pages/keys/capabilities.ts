import type { api } from "../../client/api.ts";

type NewKey = Parameters<(typeof api)["service-keys"]["post"]>[0];

/** A right that a key may have. */
export type GrantedCapability = NewKey["capabilities"][number];

/** The rights that can be granted, in the order of the form. */
const GRANTABLE = {
  token: true,
  ticket: true,
  "session.read": true,
  "session.revoke": true,
  phone: true,
  proxy: true,
} as const satisfies Record<GrantedCapability, boolean>;

export const grantableCapabilities = (Object.keys(GRANTABLE) as GrantedCapability[]).filter(
  (name) => GRANTABLE[name],
);
