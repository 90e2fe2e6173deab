import { expect, test } from "bun:test";
import { openScenario, type Scenario } from "../../../test/harness/scenario.ts";
import { Failure } from "../errors.ts";

/** Returns a request that counts its runs. */
function counted({ core }: Scenario) {
  let runs = 0;
  const once = (by: string, key: string, request: string, fails = false) =>
    core.idempotency.once({ by, key, request }, async () => {
      runs += 1;
      return fails ? new Failure("appExists") : { run: runs };
    });
  return { once, runs: () => runs };
}

test("once() runs a request once, and replays its answer for a day", async () => {
  await using scenario = await openScenario();
  const { once } = counted(scenario);
  expect(await once("admin", "k", "r")).toEqual({ answer: { run: 1 }, replayed: false });
  scenario.clock.advance({ hours: 24, ms: -1 });
  expect(await once("admin", "k", "r")).toEqual({ answer: { run: 1 }, replayed: true });
  scenario.clock.advance({ ms: 1 });
  expect(await once("admin", "k", "r")).toEqual({ answer: { run: 2 }, replayed: false });
});

test("once() separates the keys of different callers, and refuses one for a different request", async () => {
  await using scenario = await openScenario();
  const { once } = counted(scenario);
  await once("admin", "k", "r");
  expect(await once("key:1", "k", "r")).toMatchObject({ replayed: false });
  expect(await once("admin", "k", "other")).toMatchObject({ code: "idempotencyKeyReused" });
});

test("once() runs again what failed or threw", async () => {
  await using scenario = await openScenario();
  const { once, runs } = counted(scenario);
  expect(await once("admin", "k", "r", true)).toMatchObject({ code: "appExists" });
  expect(await once("admin", "k", "r")).toMatchObject({ replayed: false });
  const broken = scenario.core.idempotency.once(
    { by: "admin", key: "b", request: "r" },
    async () => {
      throw new TypeError("a bug");
    },
  );
  expect(broken).rejects.toThrow("a bug");
  await broken.catch(() => undefined);
  expect(await once("admin", "b", "r")).toMatchObject({ replayed: false });
  expect(runs()).toBe(3);
});

test("once() refuses a key in use, and frees it a minute after its process died", async () => {
  await using scenario = await openScenario();
  const { once } = counted(scenario);
  const forever = new Promise<never>(() => undefined);
  void scenario.core.idempotency.once({ by: "admin", key: "k", request: "r" }, () => forever);
  await Bun.sleep(20);
  expect(await once("admin", "k", "r")).toMatchObject({ code: "idempotencyKeyInUse" });
  scenario.clock.advance({ seconds: 60 });
  expect(await once("admin", "k", "r")).toMatchObject({ replayed: false });
});
