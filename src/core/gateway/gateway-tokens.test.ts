import { expect, test } from "bun:test";
import { TestClock } from "../../../test/harness/clock.ts";
import { createSealer } from "../../crypto/seal.ts";
import type { GatewayOwner } from "./gateway-owner.ts";
import { GATEWAY_TOKEN_SECONDS, GatewayTokens } from "./gateway-tokens.ts";

const KEY_ID = "0123456789abcdef";
const OWNER: GatewayOwner = { kind: "app", name: "wx1" };

function open() {
  const clock = new TestClock();
  const sealer = createSealer(Buffer.alloc(32, 7));
  return { clock, tokens: new GatewayTokens({ sealer, clock }) };
}

test("keyIdOf() returns the key of a token until 7200 seconds have passed", () => {
  const { clock, tokens } = open();
  const token = tokens.issue(OWNER, KEY_ID);
  clock.advance({ ms: GATEWAY_TOKEN_SECONDS * 1000 - 1 });
  expect(tokens.keyIdOf(OWNER, token)).toBe(KEY_ID);
  clock.advance({ ms: 1 });
  expect(tokens.keyIdOf(OWNER, token)).toBeNull();
});

test("keyIdOf() refuses a token that a clock two hours ahead issued", () => {
  const { clock, tokens } = open();
  clock.advance({ seconds: 7200 });
  const token = tokens.issue(OWNER, KEY_ID);
  clock.advance({ seconds: -7200 });
  expect(tokens.keyIdOf(OWNER, token)).toBeNull();
});

test.each<{ name: string; owner?: GatewayOwner; bend?: (token: string) => string }>([
  { name: "of another app", owner: { kind: "app", name: "wx2" } },
  { name: "of an agent of the same name", owner: { kind: "agent", name: "wx1" } },
  { name: "with a letter more", bend: (token) => `${token}A` },
  { name: "that is cut off", bend: (token) => token.slice(0, -1) },
  { name: "without its prefix", bend: (token) => token.replace("waferd_gateway_", "") },
  { name: "that is empty", bend: () => "" },
  { name: "of nothing but the prefix", bend: () => "waferd_gateway_" },
])("keyIdOf() refuses a token $name", ({ owner = OWNER, bend = (token) => token }) => {
  const { tokens } = open();
  expect(tokens.keyIdOf(owner, bend(tokens.issue(OWNER, KEY_ID)))).toBeNull();
});

test("keyIdOf() refuses a token of another master key", () => {
  const { clock, tokens } = open();
  const others = new GatewayTokens({ sealer: createSealer(Buffer.alloc(32, 8)), clock });
  expect(tokens.keyIdOf(OWNER, others.issue(OWNER, KEY_ID))).toBeNull();
});
