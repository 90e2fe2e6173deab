import type { BlockList } from "node:net";
import type { Caller } from "../core/access/access.ts";
import { isServiceKey } from "../core/access/service-key.ts";
import { family, isLoopback } from "./address.ts";
import { isOwnHost } from "./own-host.ts";
import type { Peer } from "./peer.ts";

/**
 * With any of these the peer speaks, or may speak, for somebody else: every spelling of
 * `X-Forwarded-For` and of headers such as `X-Real-IP`, `True-Client-IP`, `CF-Connecting-IP`,
 * `X-Remote-Addr` and `X-Envoy-External-Address`, and what marks that a proxy was passed.
 */
const SPEAKS_FOR_OTHERS =
  /forwarded|(^|[-_])((client|socket)?ip(v6)?|(client|external|remote)[-_]addr(ess)?)$|^via$|^cdn-loop$/;

/** The values of `Sec-Fetch-Site` by which a browser says that no other site made the request. */
const OWN_SITE: ReadonlySet<string | null> = new Set([null, "none", "same-origin"]);

const BEARER = /^Bearer +(\S+) *$/i;

/** Names under which people put keys into a query. */
const KEY_NAMES =
  /^((access|admin|api|service)?[_-]?key|(access|bearer)[_-]?token|authorization)$/i;

/**
 * Returns the caller of a request (`docs/protocol-reference.md#access`). Only a request that no
 * proxy forwarded and no web page made is local; behind a trusted proxy it is the client that has
 * to be in a trusted network.
 */
export function callerOf(
  { headers, url }: Pick<Request, "headers" | "url">,
  peer: Peer,
  trusted: BlockList,
): Caller {
  const { address, client, isProxied } = peer;
  const authorization = headers.get("authorization");
  // Any Authorization is an attempt to show a key, and so is a key in the URL. One of another
  // scheme, or in the URL, is a wrong key.
  if (authorization !== null || hasKeyInQuery(url)) {
    const key = hasKeyInQuery(url) ? "" : (BEARER.exec(authorization ?? "")?.[1] ?? "");
    return { key, address: client, isLocal: false, isTrusted: false };
  }
  const isDirect =
    address !== null && ![...headers.keys()].some((name) => SPEAKS_FOR_OTHERS.test(name));
  const isOfPage = headers.has("origin") || !OWN_SITE.has(headers.get("sec-fetch-site"));
  const isVouchedFor = (isDirect || isProxied) && !isOfPage;
  return {
    key: null,
    address: client,
    isLocal: isDirect && !isOfPage && isLoopback(address) && isOwnHost(headers.get("host")),
    isTrusted: isVouchedFor && client !== null && trusted.check(client, family(client)),
  };
}

/** Returns whether a URL has a key in its query, where every log on the way shows it. */
function hasKeyInQuery(url: string): boolean {
  const start = url.indexOf("?");
  if (start === -1) return false;
  return [...new URLSearchParams(url.slice(start))].some(
    ([name, value]) => KEY_NAMES.test(name) || isServiceKey(value),
  );
}
