import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { isOwnHost } from "./own-host.ts";

test.each([
  "localhost",
  "LOCALHOST:8888",
  "localhost.",
  "localhost.:8888",
  "127.0.0.1",
  "127.0.0.1:8888",
  "127.9.9.9",
  "0.0.0.0:8888",
  "[::]:8888",
  "[::1]",
  "[::1]:8888",
  "[::ffff:127.0.0.1]:8888",
])("isOwnHost(%j) is true", (host) => {
  expect(isOwnHost(host)).toBe(true);
});

test.each([
  null,
  "",
  ":8888",
  "example.com",
  "127.0.0.1.example.com",
  "localhost.example.com",
  "evil.localhost",
  "localhost, example.com",
  "example.com, localhost",
  "localhost,localhost",
  "user@localhost",
  "localhost/",
  "localhost:",
  "localhost:123456",
  "localhost:8888:8888",
  "127.0.0.1.",
  "127.1",
  "2130706433",
  "0x7f000001",
  "192.0.2.1",
  "[2001:db8::1]",
  "[localhost]",
  "[::1",
  "::1",
  "local\u017fhost",
])("isOwnHost(%j) is false", (host) => {
  expect(isOwnHost(host)).toBe(false);
});

test("isOwnHost() of each address of this machine is true", () => {
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  expect(addresses.length).toBeGreaterThan(0);
  for (const { address, family } of addresses)
    expect(isOwnHost(family === "IPv6" ? `[${address}]:8888` : `${address}:8888`)).toBe(true);
});
