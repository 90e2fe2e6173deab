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
const lease = (name: string) => new Lease({ ...scenario, random, log: silentLog }, name, LENGTH);

test("renew() keeps a lease with its holder, and gives it to the next one once it ran out", async () => {
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

test("isHeld is false when the clock was set back, until renew()", async () => {
  const [first, second] = [lease("d"), lease("d")];
  await first.renew();
  scenario.clock.advance({ hours: -2 });
  expect(first.isHeld).toBe(false);
  expect(await first.renew()).toBe(true);
  scenario.clock.advance({ hours: -2 });
  expect(await second.renew()).toBe(true);
  expect(await first.renew()).toBe(false);
});

test("release() frees the lease at once, and does nothing for a process that does not hold it", async () => {
  const [first, second] = [lease("b"), lease("b")];
  await first.renew();
  await second.release();
  expect(await second.renew()).toBe(false);
  await first.release();
  expect([first.isHeld, await second.renew()]).toEqual([false, true]);
});

test("renew() of a failing store leaves the lease with its holder until it runs out", async () => {
  const scenario = await openScenario();
  const held = new Lease({ ...scenario, random, log: silentLog }, "c", LENGTH);
  await held.renew();
  await scenario[Symbol.asyncDispose]();
  expect(await held.renew()).toBe(true);
  scenario.clock.advance({ ms: LENGTH });
  expect(await held.renew()).toBe(false);
});
