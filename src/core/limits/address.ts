/** The groups of an IPv6 address. */
type Groups = readonly number[];

/** Prefixes of IPv6 addresses that stand for IPv4: mapped, and translated (RFC 6052). */
const IPV4_PREFIXES: readonly Groups[] = [
  [0, 0, 0, 0, 0, 0xffff],
  [0x64, 0xff9b, 0, 0, 0, 0],
];

/**
 * Networks whose addresses nobody on the internet has: this machine, private and link-local
 * networks, and the shared network of providers (RFC 6598), from which load balancers of clouds
 * connect.
 */
const INNER_IPV4: readonly (readonly [network: string, bits: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
];

/** Clients whose connection was gone when they were asked for their address. */
const UNKNOWN = "unknown";

/**
 * Returns the name under which a client counts: an IPv4 address, or the 64 bits of an IPv6 network,
 * of which a client has every address.
 *
 * @param address as node:net's isIP() accepts it; null when it is unknown
 */
export function networkOf(address: string | null): string {
  if (address === null) return UNKNOWN;
  const plain = plainAddress(address);
  return typeof plain === "string" ? plain : `${hex(plain.slice(0, 4))}::/64`;
}

/** Whether an address is one of the internet; an unknown one may be. */
export function isPublicAddress(address: string | null): boolean {
  if (address === null) return true;
  const plain = plainAddress(address);
  if (typeof plain !== "string") return !isInner(plain);
  const value = ipv4Value(plain);
  return !INNER_IPV4.some(([network, bits]) => (value ^ ipv4Value(network)) >>> (32 - bits) === 0);
}

/** Tells fc00::/7 (unique local), fe80::/10 (link-local), fec0::/10 (site-local), `::`, `::1`. */
function isInner(groups: Groups): boolean {
  const [first = 0] = groups;
  const isLocal = groups.slice(0, 7).every((group) => group === 0) && (groups[7] ?? 0) <= 1;
  return isLocal || (first & 0xfe00) === 0xfc00 || (first & 0xff80) === 0xfe80;
}

/** Returns IPv4 as its text, also where it is written as IPv6, and IPv6 as its groups. */
function plainAddress(address: string): string | Groups {
  if (!address.includes(":")) return address;
  const groups = groupsOf(address);
  const isIpv4 = IPV4_PREFIXES.some((prefix) => prefix.every((group, at) => groups[at] === group));
  if (!isIpv4) return groups;
  const [high = 0, low = 0] = groups.slice(6);
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}

function groupsOf(address: string): Groups {
  const [bare = ""] = address.split("%");
  const [left = "", right] = bare.split("::");
  const before = parseGroups(left);
  if (right === undefined) return before;
  const after = parseGroups(right);
  return [...before, ...Array(8 - before.length - after.length).fill(0), ...after];
}

/** Parses groups in hex, of which the last may be an IPv4 address. */
const parseGroups = (text: string): Groups =>
  text === ""
    ? []
    : text.split(":").flatMap((group) => {
        if (!group.includes(".")) return [Number.parseInt(group, 16)];
        const value = ipv4Value(group);
        return [value >>> 16, value & 0xffff];
      });

const ipv4Value = (ipv4: string): number =>
  ipv4.split(".").reduce((value, byte) => (value << 8) | Number(byte), 0);

const hex = (groups: Groups): string => groups.map((group) => group.toString(16)).join(":");
