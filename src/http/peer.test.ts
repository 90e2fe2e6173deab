import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import { callerOf } from "./caller.ts";
import { peerOf } from "./peer.ts";

const PROXIES = new BlockList();
PROXIES.addSubnet("10.0.0.0", 8, "ipv4");
PROXIES.addAddress("127.0.0.1", "ipv4");
PROXIES.addSubnet("fd00::", 8, "ipv6");

test.each<[peer: string | null, forwardedFor: string | null, client: string | null]>([
  ["192.0.2.1", null, "192.0.2.1"],
  [null, null, null],
  [null, "203.0.113.9", null],
  // Not a proxy that is trusted: whatever it says.
  ["192.0.2.1", "203.0.113.9", "192.0.2.1"],
  ["10.0.0.1", null, "10.0.0.1"],
  ["10.0.0.1", "", "10.0.0.1"],
  ["10.0.0.1", "203.0.113.9", "203.0.113.9"],
  // The client wrote everything to the left of its own address.
  ["10.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"],
  ["10.0.0.1", "10.9.9.9, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
  ["10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
  ["10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"],
  ["10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"],
  ["10.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
  ["fd00::1", "[2001:db8::9]:4711", "2001:db8::9"],
  ["fd00::1", "2001:db8::9", "2001:db8::9"],
  // Sockets for both families write IPv4 so.
  ["::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
  ["::ffff:192.0.2.1", null, "192.0.2.1"],
])("peer %p that says %p has the client %p", (peer, forwardedFor, client) => {
  expect(peerOf(peer, forwardedFor, PROXIES).client).toBe(client);
});

const TRUSTED = new BlockList();
TRUSTED.addSubnet("192.168.0.0", 16, "ipv4");

test.each<
  [peer: string | null, headers: Record<string, string>, isLocal: boolean, isTrusted: boolean]
>([
  ["127.0.0.1", {}, true, false],
  ["::1", {}, true, false],
  ["::ffff:127.0.0.1", {}, true, false],
  ["192.168.1.1", {}, false, true],
  ["::ffff:192.168.1.1", {}, false, true],
  ["192.0.2.1", {}, false, false],
  [null, {}, false, false],
  // Nothing that was forwarded is local, whatever address it claims to come from.
  ["127.0.0.1", { "X-Forwarded-For": "127.0.0.1" }, false, false],
  ["127.0.0.1", { "X-Forwarded-For": "" }, false, false],
  ["127.0.0.1", { Forwarded: "for=127.0.0.1" }, false, false],
  ["127.0.0.1", { "X-Real-IP": "127.0.0.1" }, false, false],
  ["127.0.0.1", { Via: "1.1 proxy" }, false, false],
  ["127.0.0.1", { Origin: "https://page.example" }, false, false],
  ["10.0.0.1", { "X-Forwarded-For": "127.0.0.1" }, false, false],
  // A trusted proxy's client counts, and not the proxy.
  [
    "10.0.0.1",
    { "X-Forwarded-For": "192.168.1.1", "X-Forwarded-Proto": "https", Via: "p" },
    false,
    true,
  ],
  ["10.0.0.1", { "X-Forwarded-For": "192.168.1.1, 203.0.113.9" }, false, false],
  ["10.0.0.1", { "X-Forwarded-For": "192.168.1.1", Origin: "https://page.example" }, false, false],
  ["192.168.1.1", { "X-Forwarded-For": "192.168.1.1" }, false, false],
  ["192.168.1.1", { Origin: "https://page.example" }, false, false],
])("peer %p with %j is local: %p, trusted: %p", (address, headers, isLocal, isTrusted) => {
  const sent = new Headers(headers);
  const peer = peerOf(address, sent.get("x-forwarded-for"), PROXIES);
  expect(callerOf(sent, peer, TRUSTED)).toMatchObject({ isLocal, isTrusted });
});

test("a trusted proxy in a trusted network does not lend its trust to its clients", () => {
  const both = new BlockList();
  both.addSubnet("10.0.0.0", 8, "ipv4");
  const headers = new Headers({ "X-Forwarded-For": "203.0.113.9" });
  const peer = peerOf("10.0.0.1", headers.get("x-forwarded-for"), PROXIES);
  expect(callerOf(headers, peer, both).isTrusted).toBe(false);
});
