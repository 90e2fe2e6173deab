import { expect, test } from "bun:test";
import { TokenBuckets } from "./token-buckets.ts";

const RATE = { count: 60, seconds: 60, burst: 10 };

function bucketsAt(start = 0, rate = RATE, capacity?: number) {
  const time = { now: start };
  return { time, buckets: new TokenBuckets(rate, () => time.now, capacity) };
}

/** Takes as many tokens as there are. */
function empty(buckets: TokenBuckets, name: string): number {
  let taken = 0;
  while (buckets.take(name) === 0) taken += 1;
  return taken;
}

test.each([
  { rate: RATE, burst: 10, next: 1000 },
  { rate: { count: 60, seconds: 60, burst: 60 }, burst: 60, next: 1000 },
  { rate: { count: 7, seconds: 60, burst: 7 }, burst: 7, next: 60_000 / 7 },
  { rate: { count: 2.5, seconds: 60, burst: 2.5 }, burst: 2, next: 12_000 },
  { rate: { count: 0.1, seconds: 1, burst: 1 }, burst: 1, next: 10_000 },
])("take() of $rate gives $burst at once, and then tells when", ({ rate, burst, next }) => {
  const { time, buckets } = bucketsAt(1e9, rate);
  expect(empty(buckets, "a")).toBe(burst);
  expect(buckets.take("a")).toBeCloseTo(next, 3);
  time.now += next;
  expect(empty(buckets, "a")).toBe(1);
  expect(empty(buckets, "b")).toBe(burst);
  time.now += 1e9;
  expect(empty(buckets, "a")).toBe(burst);
});

test("take() that is refused costs nothing", () => {
  const { time, buckets } = bucketsAt();
  empty(buckets, "a");
  for (let refused = 0; refused < 1000; refused += 1) buckets.take("a");
  time.now += 1000;
  expect(empty(buckets, "a")).toBe(1);
});

test("giveBack() returns a token, and never makes more than a full bucket", () => {
  const { time, buckets } = bucketsAt();
  empty(buckets, "a");
  buckets.giveBack("a");
  expect(empty(buckets, "a")).toBe(1);
  time.now += 9500;
  buckets.giveBack("a");
  buckets.giveBack("a");
  expect(empty(buckets, "a")).toBe(10);
  buckets.giveBack("never seen");
  expect(empty(buckets, "never seen")).toBe(10);
});

test("a full bucket is not kept", () => {
  const { buckets } = bucketsAt();
  buckets.take("a");
  expect(buckets.size).toBe(1);
  buckets.giveBack("a");
  expect(buckets.size).toBe(0);
});

test("a million names neither fill the memory nor reset an empty bucket", () => {
  const { time, buckets } = bucketsAt();
  for (let index = 0; index < 1_000_000; index += 1) {
    if (index % 1000 === 0) empty(buckets, "attacker");
    time.now += 0.001;
    buckets.take(`other ${index}`);
  }
  expect(buckets.size).toBeLessThanOrEqual(65_536);
  // A second has passed: one token has come back, and no more.
  expect(empty(buckets, "attacker")).toBeLessThanOrEqual(1);
});

test("names are dropped even if all buckets are equal", () => {
  const { buckets } = bucketsAt(0, RATE, 100);
  for (let index = 0; index < 1000; index += 1) {
    buckets.take(`name ${index}`);
    expect(buckets.size).toBeWithin(1, 101);
  }
});

test("full buckets are dropped before others", () => {
  const { time, buckets } = bucketsAt(0, RATE, 100);
  for (let index = 0; index < 90; index += 1) buckets.take(`old ${index}`);
  time.now += 500;
  empty(buckets, "attacker");
  time.now += 501;
  for (let index = 0; index < 50; index += 1) buckets.take(`new ${index}`);
  expect(buckets.size).toBe(51);
  expect(buckets.take("attacker")).toBeGreaterThan(0);
});
