import { expect, test } from "bun:test";
import { isPublicAddress, networkOf } from "./address.ts";

test.each<{ address: string | null; network: string; isPublic: boolean }>([
  { address: "203.0.113.7", network: "203.0.113.7", isPublic: true },
  { address: "::ffff:203.0.113.7", network: "203.0.113.7", isPublic: true },
  { address: "::ffff:cb00:7107", network: "203.0.113.7", isPublic: true },
  { address: "0:0:0:0:0:ffff:203.0.113.7", network: "203.0.113.7", isPublic: true },
  { address: "64:ff9b::203.0.113.7", network: "203.0.113.7", isPublic: true },
  { address: "255.255.255.255", network: "255.255.255.255", isPublic: true },
  { address: "2001:db8:1:2:3:4:5:6", network: "2001:db8:1:2::/64", isPublic: true },
  { address: "2001:DB8:0001:2::1", network: "2001:db8:1:2::/64", isPublic: true },
  { address: "2001:db8::", network: "2001:db8:0:0::/64", isPublic: true },
  { address: "2001:db8::1:2:3:4:5", network: "2001:db8:0:1::/64", isPublic: true },
  { address: "::2", network: "0:0:0:0::/64", isPublic: true },
  { address: null, network: "unknown", isPublic: true },
  { address: "127.0.0.1", network: "127.0.0.1", isPublic: false },
  { address: "::ffff:127.0.0.1", network: "127.0.0.1", isPublic: false },
  { address: "::1", network: "0:0:0:0::/64", isPublic: false },
  { address: "10.255.0.1", network: "10.255.0.1", isPublic: false },
  { address: "11.0.0.1", network: "11.0.0.1", isPublic: true },
  { address: "172.15.255.255", network: "172.15.255.255", isPublic: true },
  { address: "172.31.0.1", network: "172.31.0.1", isPublic: false },
  { address: "172.32.0.1", network: "172.32.0.1", isPublic: true },
  { address: "192.168.1.1", network: "192.168.1.1", isPublic: false },
  { address: "192.169.1.1", network: "192.169.1.1", isPublic: true },
  { address: "169.254.1.1", network: "169.254.1.1", isPublic: false },
  { address: "100.63.0.1", network: "100.63.0.1", isPublic: true },
  { address: "100.127.0.1", network: "100.127.0.1", isPublic: false },
  { address: "100.128.0.1", network: "100.128.0.1", isPublic: true },
  { address: "fd12:3456::1", network: "fd12:3456:0:0::/64", isPublic: false },
  { address: "fe80::1%eth0", network: "fe80:0:0:0::/64", isPublic: false },
  { address: "febf::1", network: "febf:0:0:0::/64", isPublic: false },
  { address: "fec0::1", network: "fec0:0:0:0::/64", isPublic: false },
  { address: "ff02::1", network: "ff02:0:0:0::/64", isPublic: true },
])("networkOf() and isPublicAddress() of $address", ({ address, network, isPublic }) => {
  expect(networkOf(address)).toBe(network);
  expect(isPublicAddress(address)).toBe(isPublic);
});
