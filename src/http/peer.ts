import { BlockList, isIP } from "node:net";

/** The other end of a connection, and the client for whom it speaks. */
export interface Peer {
  /** The address of the connection's other end; null when it is gone. */
  address: string | null;
  /** The address of the client: what a trusted proxy says, else the connection's other end. */
  client: string | null;
  /** Whether the other end is a trusted proxy that named a client. */
  isProxied: boolean;
}

/** Returns an address family as BlockList names it. */
export const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/** Tells whether an address, in its plain form, is this machine's own. */
export const isLoopback = (address: string): boolean => LOOPBACK.check(address, family(address));

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

/**
 * An address without its port, and IPv4 as IPv4 where a socket for both writes it as IPv6; null for
 * anything else.
 */
export function plainAddress(text: string): string | null {
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
  return isIP(address) === 0 ? null : address;
}
