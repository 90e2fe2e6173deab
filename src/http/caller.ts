import { BlockList, isIP } from "node:net";
import type { Caller } from "../core/access.ts";

/** With any of these the peer speaks, or may speak, for somebody else: a proxy's client, or a web page. */
const SPEAKS_FOR_OTHERS = /^(forwarded|x-forwarded-.*|x-real-ip|via|origin)$/;

const BEARER = /^Bearer +(\S+) *$/i;

/** An address family as BlockList names it. */
const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

/**
 * What a request tells of its caller (PROTOCOL section 6).
 *
 * @param peer the address of the connection's other end, or null when it is gone
 */
export function callerOf(headers: Headers, peer: string | null, trustedNetworks: BlockList): Caller {
  const authorization = headers.get("authorization");
  // Any Authorization is an attempt to show a key; one of another scheme is a wrong key.
  const key = authorization === null ? null : (BEARER.exec(authorization)?.[1] ?? "");
  const direct = peer !== null && ![...headers.keys()].some((name) => SPEAKS_FOR_OTHERS.test(name));
  return {
    key,
    isLocal: direct && LOOPBACK.check(peer, family(peer)),
    isTrusted: direct && trustedNetworks.check(peer, family(peer)),
  };
}
