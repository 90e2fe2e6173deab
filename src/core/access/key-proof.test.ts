import { expect, test } from "bun:test";
import { proofOfKey } from "./key-proof.ts";

const KEY = "waferd_admin_of-the-known-answer";
const NONCE = "00112233445566778899aabbccddeeff".repeat(2);
const CONNECTION = {
  listener: { address: "0.0.0.0", port: 8888 },
  client: { address: "127.0.0.1", port: 40_000 },
};

test("proofOfKey() returns Python's answer", () => {
  // hmac.new(KEY, b"waferd key proof\n" + NONCE + b"\n0.0.0.0 8888\n127.0.0.1 40000", sha256)
  expect(proofOfKey(KEY, NONCE, CONNECTION)).toBe(
    "4a497eb9da15715aa5fb2f6f6f00599b0cfa45477e56eadacc8d2c1a50e5ba3d",
  );
});

test.each([
  { other: "key", args: [`${KEY}x`, NONCE, CONNECTION] },
  { other: "nonce", args: [KEY, "0".repeat(64), CONNECTION] },
  {
    other: "port of the listener",
    args: [KEY, NONCE, { ...CONNECTION, listener: { address: "0.0.0.0", port: 8889 } }],
  },
  {
    other: "address of the listener",
    args: [KEY, NONCE, { ...CONNECTION, listener: { address: "127.0.0.1", port: 8888 } }],
  },
  {
    other: "port of the client",
    args: [KEY, NONCE, { ...CONNECTION, client: { address: "127.0.0.1", port: 40_001 } }],
  },
  {
    other: "address of the client",
    args: [KEY, NONCE, { ...CONNECTION, client: { address: "127.0.0.2", port: 40_000 } }],
  },
] as const)(
  "proofOfKey() of another $other is another one",
  ({ args: [key, nonce, connection] }) => {
    expect(proofOfKey(key, nonce, connection)).not.toBe(proofOfKey(KEY, NONCE, CONNECTION));
  },
);
