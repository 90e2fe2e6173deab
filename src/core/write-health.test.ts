import { expect, test } from "bun:test";
import { openScenario, type Scenario } from "../../test/harness/scenario.ts";
import { silentLog } from "../../test/harness/silent-log.ts";
import { StoreError } from "./store-error.ts";
import { WriteHealth } from "./write-health.ts";

/** Watches the writes of a scenario's store, which fail or hang as the test says. */
function watch({ store, clock }: Scenario) {
  let fails: StoreError | TypeError | "hangs" | null = null;
  let probes = 0;
  const answer = async (): Promise<boolean> => {
    if (fails === "hangs") return new Promise(() => undefined);
    if (fails !== null) throw fails;
    return true;
  };
  const leases = { acquire: answer, release: answer, sweep: answer };
  const watched = {
    ...store,
    leases: leases as unknown as typeof store.leases,
    probeWrite: async () => {
      probes += 1;
      await answer();
    },
  };
  const warnings: object[] = [];
  const log = { ...silentLog, warn: (fields: object) => void warnings.push(fields) };
  const time = { now: 0 };
  const monotonic = () => time.now;
  const health = new WriteHealth({ store: watched, clock, monotonic, log });
  return {
    ...{ health, warnings },
    advance({ seconds }: { seconds: number }) {
      time.now += seconds * 1000;
      clock.advance({ seconds });
    },
    probes: () => probes,
    async write(outcome: typeof fails) {
      fails = outcome;
      const writing = health.observed.leases.acquire("name", "holder", 1, 0);
      if (outcome !== "hangs") await writing.catch(() => undefined);
    },
    mend() {
      fails = null;
    },
  };
}

test("problem() makes no write while none was refused", async () => {
  await using scenario = await openScenario();
  const { health, write, probes } = watch(scenario);
  await write(null);
  await write(new StoreError("corrupt", "a damaged record says nothing of writes"));
  await write(new TypeError("a bug"));
  expect(await health.problem()).toBeNull();
  expect(probes()).toBe(0);
});

test.each(["refused", "closed"] as const)(
  "problem() after a write that is %s probes at most every three seconds, until a probe succeeds",
  async (kind) => {
    await using scenario = await openScenario();
    const { health, write, mend, probes, warnings, advance } = watch(scenario);
    for (let count = 0; count < 3; count += 1) await write(new StoreError(kind, "disk full"));
    for (let count = 0; count < 50; count += 1) expect(await health.problem()).toBe("refused");
    expect(probes()).toBe(1);
    advance({ seconds: 3 });
    expect(await health.problem()).toBe("refused");
    expect(probes()).toBe(2);
    mend();
    expect(await health.problem()).toBe("refused");
    advance({ seconds: 3 });
    expect(await health.problem()).toBeNull();
    advance({ seconds: 30 });
    expect(await health.problem()).toBeNull();
    expect(probes()).toBe(3);
    expect(warnings).toHaveLength(1);
  },
);

test("problem() tells of a write that does not end, and of a probe that does not", async () => {
  await using scenario = await openScenario();
  const { health, write, advance } = watch(scenario);
  await write(new StoreError("refused", "disk full"));
  await write("hangs");
  expect(await health.problem()).toBe("refused");
  advance({ seconds: 4 });
  expect(await health.problem()).toBe("a write does not end");
});

test("problem() probes as before after the time of day was set back", async () => {
  await using scenario = await openScenario();
  const { health, write, mend, advance } = watch(scenario);
  await write(new StoreError("refused", "disk full"));
  expect(await health.problem()).toBe("refused");
  mend();
  scenario.clock.advance({ seconds: -86_400 });
  advance({ seconds: 3 });
  expect(await health.problem()).toBeNull();
});
