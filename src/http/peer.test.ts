import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import { peerOf } from "./peer.ts";

const PROXIES = new BlockList();
PROXIES.addSubnet("10.0.0.0", 8, "ipv4");
PROXIES.addAddress("127.0.0.1", "ipv4");
PROXIES.addSubnet("fd00::", 8, "ipv6");

test.each<{
  name: string;
  peer: string | null;
  forwardedFor: string | null;
  client: string | null;
}>([
  { name: "a client without a proxy", peer: "192.0.2.1", forwardedFor: null, client: "192.0.2.1" },
  { name: "an unknown peer", peer: null, forwardedFor: null, client: null },
  {
    name: "an unknown peer that names a client",
    peer: null,
    forwardedFor: "203.0.113.9",
    client: null,
  },
  // Not a proxy that is trusted: whatever it says.
  {
    name: "a peer that is not trusted and names a client",
    peer: "192.0.2.1",
    forwardedFor: "203.0.113.9",
    client: "192.0.2.1",
  },
  { name: "a proxy without a header", peer: "10.0.0.1", forwardedFor: null, client: "10.0.0.1" },
  { name: "a proxy with an empty header", peer: "10.0.0.1", forwardedFor: "", client: "10.0.0.1" },
  {
    name: "a proxy that names a client",
    peer: "10.0.0.1",
    forwardedFor: "203.0.113.9",
    client: "203.0.113.9",
  },
  // The client wrote everything to the left of its own address.
  {
    name: "a proxy whose client wrote an address itself",
    peer: "10.0.0.1",
    forwardedFor: "127.0.0.1, 203.0.113.9",
    client: "203.0.113.9",
  },
  {
    name: "two proxies whose client wrote an address itself",
    peer: "10.0.0.1",
    forwardedFor: "10.9.9.9, 203.0.113.9, 10.0.0.2",
    client: "203.0.113.9",
  },
  {
    name: "proxies only",
    peer: "10.0.0.1",
    forwardedFor: "10.0.0.3, 10.0.0.2",
    client: "10.0.0.3",
  },
  {
    name: "a proxy that does not know its client",
    peer: "10.0.0.1",
    forwardedFor: "203.0.113.9, unknown",
    client: "10.0.0.1",
  },
  {
    name: "two proxies that do not know their client",
    peer: "10.0.0.1",
    forwardedFor: "203.0.113.9, unknown, 10.0.0.2",
    client: "10.0.0.2",
  },
  {
    name: "a proxy that names a client with a port",
    peer: "10.0.0.1",
    forwardedFor: "203.0.113.9:4711",
    client: "203.0.113.9",
  },
  {
    name: "a proxy that names an IPv6 client with a port",
    peer: "fd00::1",
    forwardedFor: "[2001:db8::9]:4711",
    client: "2001:db8::9",
  },
  {
    name: "a proxy that names an IPv6 client",
    peer: "fd00::1",
    forwardedFor: "2001:db8::9",
    client: "2001:db8::9",
  },
  // Sockets for both families write IPv4 so.
  {
    name: "a proxy that names a client, IPv4 within IPv6",
    peer: "::ffff:10.0.0.1",
    forwardedFor: "::ffff:203.0.113.9",
    client: "203.0.113.9",
  },
  {
    name: "a client without a proxy, IPv4 within IPv6",
    peer: "::ffff:192.0.2.1",
    forwardedFor: null,
    client: "192.0.2.1",
  },
])("peerOf() of $name returns the client", ({ peer, forwardedFor, client }) => {
  expect(peerOf(peer, forwardedFor, PROXIES).client).toBe(client);
});
