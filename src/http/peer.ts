import type { BlockList } from "node:net";
import { family, plainAddress } from "./address.ts";

/** The other end of a connection, and the client for whom it speaks. */
export interface Peer {
  /** The address of the connection's other end; null when it is gone. */
  address: string | null;
  /** The address of the client: what a trusted proxy says, else the connection's other end. */
  client: string | null;
  /** Whether the other end is a trusted proxy that named a client. */
  isProxied: boolean;
}

/** Returns the other end of a connection where nobody speaks for others. */
export function directPeer(address: string | null): Peer {
  const direct = plainAddress(address ?? "");
  return { address: direct, client: direct, isProxied: false };
}

/**
 * Finds the client behind trusted proxies: the rightmost address of `X-Forwarded-For` that is none
 * of theirs. The client may have made up everything to the left of it.
 */
export function peerOf(
  address: string | null,
  forwardedFor: string | null,
  proxies: BlockList,
): Peer {
  const none = directPeer(address);
  const direct = none.address;
  if (direct === null || forwardedFor === null || !proxies.check(direct, family(direct)))
    return none;
  let client = direct;
  for (const entry of forwardedFor.split(",").reverse()) {
    const named = plainAddress(entry.trim());
    // No address: nothing left of it can be believed either.
    if (named === null) break;
    client = named;
    if (!proxies.check(named, family(named))) break;
  }
  return client === direct ? none : { address: direct, client, isProxied: true };
}
