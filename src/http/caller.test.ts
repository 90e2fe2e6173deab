import { expect, test } from "bun:test";
import { BlockList } from "node:net";
import { callerOf } from "./caller.ts";
import { peerOf } from "./peer.ts";

const PROXIES = new BlockList();
PROXIES.addSubnet("10.0.0.0", 8, "ipv4");

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
    const request = new Request("http://localhost:8888/", {
      headers: { Host: "localhost:8888", ...headers },
    });
    const peer = peerOf(address, request.headers.get("x-forwarded-for"), PROXIES);
    expect(callerOf(request, peer, TRUSTED)).toMatchObject({ isLocal, isTrusted });
  },
);

test.each([
  "X_Real_IP",
  "X_Forwarded_For",
  "X-Azure-SocketIP",
  "X-Remote-Addr",
  "Remote_Addr",
  "X-Client-Address",
  "X-Envoy-External-Address",
  "CDN-Loop",
])("callerOf() of 127.0.0.1 with %s is not local", (name) => {
  const request = new Request("http://localhost/", { headers: { Host: "localhost", [name]: "1" } });
  const peer = peerOf("127.0.0.1", null, PROXIES);
  expect(callerOf(request, peer, TRUSTED).isLocal).toBe(false);
});

test("callerOf() of a client whose proxy has a trusted address is not trusted", () => {
  const both = new BlockList();
  both.addSubnet("10.0.0.0", 8, "ipv4");
  const request = new Request("http://localhost/", {
    headers: { "X-Forwarded-For": "203.0.113.9" },
  });
  const peer = peerOf("10.0.0.1", request.headers.get("x-forwarded-for"), PROXIES);
  expect(callerOf(request, peer, both).isTrusted).toBe(false);
});

/** Headers by which a proxy or a page shows that it speaks for somebody else. */
const TELLING_HEADERS: Record<string, string>[] = [
  { "X-Forwarded-Host": "example.com" },
  { "X-Original-Forwarded-For": "203.0.113.9" },
  { "X-Client-IP": "203.0.113.9" },
  { "True-Client-IP": "203.0.113.9" },
  { "CF-Connecting-IP": "203.0.113.9" },
  { "CF-Connecting-IPv6": "2001:db8::9" },
  { "X-Cluster-Client-IP": "203.0.113.9" },
  { "X-Azure-ClientIP": "203.0.113.9" },
  { "Ali-CDN-Real-IP": "203.0.113.9" },
  { Via: "" },
  { Origin: "null" },
  { Origin: "http://localhost:8888" },
  { "Sec-Fetch-Site": "cross-site" },
  { "Sec-Fetch-Site": "same-site" },
  { "Sec-Fetch-Site": "" },
];

test.each(TELLING_HEADERS)("callerOf() of a request with %j trusts no address", (headers) => {
  for (const address of ["127.0.0.1", "192.168.1.1"]) {
    const request = new Request("http://localhost/", {
      headers: { Host: "localhost", ...headers },
    });
    const caller = callerOf(request, peerOf(address, null, PROXIES), TRUSTED);
    expect(caller).toEqual({ key: null, address, isLocal: false, isTrusted: false });
  }
});

test.each<Record<string, string>>([
  { "Sec-Fetch-Site": "none" },
  { "Sec-Fetch-Site": "same-origin" },
  { "X-Membership": "gold" },
  { "User-Agent": "curl/8" },
])("callerOf() of a request with %j trusts its address", (headers) => {
  const request = new Request("http://localhost/", { headers: { Host: "localhost", ...headers } });
  expect(callerOf(request, peerOf("127.0.0.1", null, PROXIES), TRUSTED).isLocal).toBe(true);
  expect(callerOf(request, peerOf("192.168.1.1", null, PROXIES), TRUSTED).isTrusted).toBe(true);
});

test("callerOf() asks of a loopback peer that Host is its own, and not of a trusted network", () => {
  const request = new Request("http://waferd/", { headers: { Host: "waferd:8888" } });
  expect(callerOf(request, peerOf("127.0.0.1", null, PROXIES), TRUSTED).isLocal).toBe(false);
  expect(callerOf(request, peerOf("192.168.1.1", null, PROXIES), TRUSTED).isTrusted).toBe(true);
});

const SERVICE_KEY = `waferd_key_${"0".repeat(64)}`;

test.each([
  { name: "key=", query: "?key=abc", key: "" },
  { name: "access_token=", query: "?a=1&access_token=abc", key: "" },
  { name: "api-key=", query: "?api-key=abc", key: "" },
  { name: "Admin_Key=", query: "?Admin_Key=abc", key: "" },
  { name: "authorization=", query: "?authorization=Bearer%20abc", key: "" },
  { name: "a service key under any name", query: `?q=${SERVICE_KEY}`, key: "" },
  { name: "no key", query: "?appid=wx1&cursor=abc", key: "right" },
])("callerOf() takes a key from the header unless the query has a key: $name", (row) => {
  const headers = { Authorization: "Bearer right", Host: "localhost" };
  const request = new Request(`http://localhost/${row.query}`, { headers });
  expect(callerOf(request, peerOf("127.0.0.1", null, PROXIES), TRUSTED).key).toBe(row.key);
});

test("callerOf() of a local request with a key in its query is not local", () => {
  const request = new Request("http://localhost/?key=abc", { headers: { Host: "localhost" } });
  const caller = callerOf(request, peerOf("127.0.0.1", null, PROXIES), TRUSTED);
  expect(caller).toEqual({
    ...{ key: "", address: "127.0.0.1" },
    isLocal: false,
    isTrusted: false,
  });
});
