import { BlockList, isIP } from "node:net";

/** Parses an address with the length of its prefix; null when the text is not a network. */
function parseNetwork(
  text: string,
): { address: string; length: number; family: "ipv4" | "ipv6" } | null {
  const [address = "", prefix, ...rest] = text.split("/");
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  const length =
    prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (version === 0 || rest.length > 0 || !(length <= bits)) return null;
  return { address, length, family: version === 6 ? "ipv6" : "ipv4" };
}

/** Returns whether a text is a network in CIDR notation, or a single address. */
export const isNetwork = (text: string): boolean => parseNetwork(text) !== null;

/** Returns a list that finds addresses in these networks; other texts are left out. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const parsed = parseNetwork(network);
    if (parsed !== null) list.addSubnet(parsed.address, parsed.length, parsed.family);
  }
  return list;
}
