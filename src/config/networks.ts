import { BlockList, isIP } from "node:net";

/**
 * Networks in CIDR notation, or single addresses.
 *
 * @throws RangeError that names the first one that is neither
 */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix, ...rest] = network.split("/");
    const version = isIP(address);
    const bits = version === 6 ? 128 : 32;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version === 0 || rest.length > 0 || !(length <= bits))
      throw new RangeError(`"${network}" is no network: write it as 10.0.0.0/8 or fd00::/8`);
    list.addSubnet(address, length, version === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
