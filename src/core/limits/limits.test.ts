import { expect, test } from "bun:test";
import { silentLog } from "../../../test/harness/silent-log.ts";
import { type LimitName, limitNames } from "./limit-names.ts";
import { type LimitRates, Limits } from "./limits.ts";

const NETWORK = "203.0.113.7";
const OFF = Object.fromEntries(limitNames.map((name) => [name, null])) as LimitRates;

function openLimits(rates: Partial<LimitRates>, processes = 1) {
  const time = { now: 5 };
  const lines: object[] = [];
  const refused: LimitName[] = [];
  const limits = new Limits({
    rates: { ...OFF, ...rates },
    processes,
    log: { ...silentLog, warn: (fields) => lines.push(fields) },
    monotonic: () => time.now,
    onRefused: (limit) => refused.push(limit),
  });
  const pass = (network = NETWORK) => limits.of("failed_keys").pass(network, { address: network });
  return { limits, time, lines, refused, pass };
}

test("pass() refuses with the whole seconds to wait", () => {
  const { pass, time } = openLimits({ failed_keys: { count: 2, seconds: 60, burst: 2 } });
  expect([pass(), pass()]).toEqual([null, null]);
  expect(pass()).toMatchObject({ code: "tooOften", detail: { retryAfterSeconds: 30 } });
  time.now += 29_500;
  expect(pass()).toMatchObject({ code: "tooOften", detail: { retryAfterSeconds: 1 } });
  time.now += 500;
  expect(pass()).toBeNull();
});

test("pass() of a limit that is off refuses nothing", () => {
  const { pass, refused } = openLimits({});
  for (let count = 0; count < 1000; count += 1) expect(pass()).toBeNull();
  expect(refused).toEqual([]);
});

test("each of several processes has its share", () => {
  const { pass, limits } = openLimits({ failed_keys: { count: 60, seconds: 60, burst: 60 } }, 4);
  let passed = 0;
  while (pass() === null) passed += 1;
  expect(passed).toBe(15);
  expect(limits.of("failed_keys").take(NETWORK)).toBeCloseTo(4000, 0);
});

test("refusals are counted, and logged once a minute per address with their number", () => {
  const { pass, time, lines, refused, limits } = openLimits({
    failed_keys: { count: 1, seconds: 3600, burst: 1 },
  });
  pass();
  for (let second = 0; second < 150; second += 1) {
    pass();
    pass();
    limits.report();
    time.now += 1000;
  }
  expect(refused).toHaveLength(300);
  const line = { limit: "failed_keys", address: NETWORK };
  expect(lines).toEqual([
    { ...line, count: 1 },
    { ...line, count: 120 },
    { ...line, count: 120 },
  ]);
  time.now += 60_000;
  limits.report();
  expect(lines.at(-1)).toEqual({ ...line, count: 59 });
  time.now += 60_000;
  limits.report();
  expect(lines).toHaveLength(4);
});

test("refusals of very many addresses share a line", () => {
  const { lines, limits, time } = openLimits({});
  const limit = limits.of("failed_logins");
  for (let index = 0; index < 5000; index += 1) limit.refuse({ address: `address ${index}` }, 1);
  expect(lines).toHaveLength(1001);
  expect(lines.at(-1)).toMatchObject({ address: "others", count: 1 });
  time.now += 60_000;
  limits.report();
  expect(lines).toHaveLength(1002);
  expect(lines.at(-1)).toMatchObject({ address: "others", count: 3999 });
});
