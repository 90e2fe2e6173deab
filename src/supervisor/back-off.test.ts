import { expect, test } from "bun:test";
import { BackOff } from "./back-off.ts";

test("pauseAfter() returns 0 for a worker that lived, and doubles while workers die at their start", () => {
  const backOff = new BackOff();
  expect(backOff.pauseAfter(60_000)).toBe(0);
  expect([1, 2, 3, 4].map(() => backOff.pauseAfter(50))).toEqual([0, 100, 200, 400]);
  expect(backOff.deaths).toBe(4);
  for (let death = 0; death < 20; death += 1) backOff.pauseAfter(50);
  expect(backOff.pauseAfter(50)).toBe(30_000);
  expect([backOff.pauseAfter(10_000), backOff.deaths]).toEqual([0, 0]);
});
