import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import { callerOf } from "./caller.ts";
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

const TRUSTED = new BlockList();
TRUSTED.addSubnet("192.168.0.0", 16, "ipv4");

test.each<{
  name: string;
  address: string | null;
  headers: Record<string, string>;
  isLocal: boolean;
  isTrusted: boolean;
}>([
  { name: "127.0.0.1", address: "127.0.0.1", headers: {}, isLocal: true, isTrusted: false },
  { name: "::1", address: "::1", headers: {}, isLocal: true, isTrusted: false },
  {
    name: "::ffff:127.0.0.1",
    address: "::ffff:127.0.0.1",
    headers: {},
    isLocal: true,
    isTrusted: false,
  },
  {
    name: "a trusted address",
    address: "192.168.1.1",
    headers: {},
    isLocal: false,
    isTrusted: true,
  },
  {
    name: "a trusted address, IPv4 within IPv6",
    address: "::ffff:192.168.1.1",
    headers: {},
    isLocal: false,
    isTrusted: true,
  },
  { name: "another address", address: "192.0.2.1", headers: {}, isLocal: false, isTrusted: false },
  { name: "an unknown peer", address: null, headers: {}, isLocal: false, isTrusted: false },
  // Nothing that was forwarded is local, whatever address it claims to come from.
  {
    name: "127.0.0.1 with X-Forwarded-For",
    address: "127.0.0.1",
    headers: { "X-Forwarded-For": "127.0.0.1" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "127.0.0.1 with an empty X-Forwarded-For",
    address: "127.0.0.1",
    headers: { "X-Forwarded-For": "" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "127.0.0.1 with Forwarded",
    address: "127.0.0.1",
    headers: { Forwarded: "for=127.0.0.1" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "127.0.0.1 with X-Real-IP",
    address: "127.0.0.1",
    headers: { "X-Real-IP": "127.0.0.1" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "127.0.0.1 with Via",
    address: "127.0.0.1",
    headers: { Via: "1.1 proxy" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "127.0.0.1 with Origin",
    address: "127.0.0.1",
    headers: { Origin: "https://page.example" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "a proxy whose client is 127.0.0.1",
    address: "10.0.0.1",
    headers: { "X-Forwarded-For": "127.0.0.1" },
    isLocal: false,
    isTrusted: false,
  },
  // A trusted proxy's client counts, and not the proxy.
  {
    name: "a proxy whose client has a trusted address",
    address: "10.0.0.1",
    headers: { "X-Forwarded-For": "192.168.1.1", "X-Forwarded-Proto": "https", Via: "p" },
    isLocal: false,
    isTrusted: true,
  },
  {
    name: "a proxy whose client claims a trusted address",
    address: "10.0.0.1",
    headers: { "X-Forwarded-For": "192.168.1.1, 203.0.113.9" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "a proxy whose client is a page at a trusted address",
    address: "10.0.0.1",
    headers: { "X-Forwarded-For": "192.168.1.1", Origin: "https://page.example" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "a trusted address with X-Forwarded-For",
    address: "192.168.1.1",
    headers: { "X-Forwarded-For": "192.168.1.1" },
    isLocal: false,
    isTrusted: false,
  },
  {
    name: "a trusted address with Origin",
    address: "192.168.1.1",
    headers: { Origin: "https://page.example" },
    isLocal: false,
    isTrusted: false,
  },
])(
  "callerOf() of $name is local: $isLocal, trusted: $isTrusted",
  ({ address, headers, isLocal, isTrusted }) => {
    const sent = new Headers(headers);
    const peer = peerOf(address, sent.get("x-forwarded-for"), PROXIES);
    expect(callerOf(sent, peer, TRUSTED)).toMatchObject({ isLocal, isTrusted });
  },
);

test("callerOf() of a client whose proxy has a trusted address is not trusted", () => {
  const both = new BlockList();
  both.addSubnet("10.0.0.0", 8, "ipv4");
  const headers = new Headers({ "X-Forwarded-For": "203.0.113.9" });
  const peer = peerOf("10.0.0.1", headers.get("x-forwarded-for"), PROXIES);
  expect(callerOf(headers, peer, both).isTrusted).toBe(false);
});
