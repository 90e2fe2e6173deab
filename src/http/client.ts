import type { BlockList } from "node:net";
import type { Access, Caller } from "../core/access/access.ts";
import type { Client } from "../core/limits/client.ts";
import { family } from "./address.ts";
import type { Peer } from "./peer.ts";

/** Returns the client of a request, as the limits by address see it. */
export const clientOf = ({ client: address }: Peer, trustedNetworks: BlockList): Client => ({
  address,
  isKnown: address !== null && trustedNetworks.check(address, family(address)),
});

/**
 * Returns the client of an open call whose sender may have a key: with a good one it is known. A
 * header that holds no key is meant for somebody else.
 */
export async function clientWithKey(
  client: Client,
  caller: Caller,
  access: Pick<Access, "holdsKey">,
): Promise<Client> {
  if (client.isKnown || !caller.key) return client;
  return { ...client, isKnown: await access.holdsKey(caller) };
}
