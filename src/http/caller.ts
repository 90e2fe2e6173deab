import type { BlockList } from "node:net";
import type { Caller } from "../core/access/access.ts";
import { family, isLoopback, type Peer } from "./peer.ts";

/**
 * With any of these the peer speaks, or may speak, for somebody else: a proxy's client, or a web
 * page.
 */
const SPEAKS_FOR_OTHERS = /^(forwarded|x-forwarded-.*|x-real-ip|via|origin)$/;

const BEARER = /^Bearer +(\S+) *$/i;

/**
 * Returns the caller of a request (`docs/protocol-reference.md#access`). Only a request without any
 * forwarding header is local; behind a trusted proxy it is the client that has to be in a trusted
 * network.
 */
export function callerOf(headers: Headers, peer: Peer, trustedNetworks: BlockList): Caller {
  const { address, client, isProxied } = peer;
  const authorization = headers.get("authorization");
  // Any Authorization is an attempt to show a key; one of another scheme is a wrong key.
  const key = authorization === null ? null : (BEARER.exec(authorization)?.[1] ?? "");
  const isDirect =
    address !== null && ![...headers.keys()].some((name) => SPEAKS_FOR_OTHERS.test(name));
  const isVouchedFor = isDirect || (isProxied && !headers.has("origin"));
  return {
    key,
    isLocal: isDirect && isLoopback(address),
    isTrusted: isVouchedFor && client !== null && trustedNetworks.check(client, family(client)),
  };
}
