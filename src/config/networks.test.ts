import { expect, test } from "bun:test";
import { isNetwork, networkList } from "./networks.ts";

test.each([
  { text: "10.0.0.0/8", expected: true },
  { text: "192.0.2.1", expected: true },
  { text: "fd00::/8", expected: true },
  { text: "::1", expected: true },
  { text: "10.0.0.0/33", expected: false },
  { text: "10.0.0.0/", expected: false },
  { text: "10.0.0.0/8/8", expected: false },
  { text: "fd00::/129", expected: false },
  { text: "localhost", expected: false },
])("isNetwork($text) is $expected", ({ text, expected }) => {
  expect(isNetwork(text)).toBe(expected);
});

test.each([
  { address: "10.1.2.3", family: "ipv4", expected: true },
  { address: "11.1.2.3", family: "ipv4", expected: false },
  { address: "192.0.2.1", family: "ipv4", expected: true },
  { address: "192.0.2.2", family: "ipv4", expected: false },
  { address: "fd00::1", family: "ipv6", expected: true },
  { address: "fe80::1", family: "ipv6", expected: false },
] as const)("networkList() with $address in it: $expected", ({ address, family, expected }) => {
  const list = networkList(["10.0.0.0/8", "192.0.2.1", "fd00::/8", "not a network"]);
  expect(list.check(address, family)).toBe(expected);
});
