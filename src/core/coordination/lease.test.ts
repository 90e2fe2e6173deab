import { afterAll, beforeAll, expect, test } from "bun:test";
import { openScenario, random, type Scenario } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import { Lease } from "./lease.ts";

let scenario: Scenario;
beforeAll(async () => {
  scenario = await openScenario();
});
afterAll(() => scenario[Symbol.asyncDispose]());

const LENGTH = 20_000;
const lease = (key: string) => new Lease({ ...scenario, random, log: silentLog }, key, LENGTH);

test("a lease is one holder's while it is renewed, and the next one's when it ran out", async () => {
  const [first, second] = [lease("a"), lease("a")];
  expect(await first.renew()).toBe(true);
  expect(await second.renew()).toBe(false);
  scenario.clock.advance({ ms: LENGTH / 2 });
  expect(await first.renew()).toBe(true);
  scenario.clock.advance({ ms: LENGTH / 2 });
  expect([await second.renew(), first.isHeld]).toEqual([false, true]);
  scenario.clock.advance({ ms: LENGTH / 2 });
  expect(first.isHeld).toBe(false);
  expect(await second.renew()).toBe(true);
  expect(await first.renew()).toBe(false);
});

test("a lease that is given back is free at once; what is not held cannot be given back", async () => {
  const [first, second] = [lease("b"), lease("b")];
  await first.renew();
  await second.release();
  expect(await second.renew()).toBe(false);
  await first.release();
  expect([first.isHeld, await second.renew()]).toEqual([false, true]);
});

test("a store that fails leaves the lease with its holder until it runs out", async () => {
  const scenario = await openScenario();
  const held = new Lease({ ...scenario, random, log: silentLog }, "c", LENGTH);
  await held.renew();
  await scenario[Symbol.asyncDispose]();
  expect(await held.renew()).toBe(true);
  scenario.clock.advance({ ms: LENGTH });
  expect(await held.renew()).toBe(false);
});
