import { expect, test } from "bun:test";
import { openScenario, random, type Scenario } from "../../test/harness/scenario.ts";
import { silentLog } from "../../test/harness/silent-log.ts";
import { until } from "../../test/harness/until.ts";
import { startBackground } from "./background.ts";

const backups = { makeDue: async () => undefined, stop: async () => undefined };
const storeChecks = { stop: async () => undefined };

/** Starts the background work of a scenario; `flushed` ends the flush that is in hand. */
async function start({ core, store, clock }: Scenario) {
  const { promise, resolve: flushed } = Promise.withResolvers<void>();
  let flushes = 0;
  const activity = Object.assign(Object.create(core.activity), {
    flush() {
      flushes += 1;
      return promise;
    },
  }) as typeof core.activity;
  const background = await startBackground({
    ...{ store, clock, random, backups, storeChecks, log: silentLog },
    core: { ...core, activity },
  });
  return { background, flushed, flushes: () => flushes };
}

test("startBackground() starts the first round of everything at once", async () => {
  await using scenario = await openScenario();
  const { background, flushed, flushes } = await start(scenario);
  expect(flushes()).toBe(1);
  flushed();
  await background.stop();
});

test("stop() resolves when the round in hand is over, and the lease is free for another process", async () => {
  await using scenario = await openScenario();
  const { background, flushed } = await start(scenario);
  let isStopped = false;
  const stopped = background.stop().then(() => {
    isStopped = true;
  });
  await Bun.sleep(20);
  expect(isStopped).toBe(false);
  flushed();
  await stopped;
  const lines: string[] = [];
  const log = {
    ...silentLog,
    info: (_fields: object, message: string) => void lines.push(message),
  };
  const other = await startBackground({ ...scenario, random, backups, storeChecks, log });
  await until(() => lines.includes("lease taken"));
  await other.stop();
});

test("startBackground() logs what an operator should mend about the store", async () => {
  await using scenario = await openScenario({
    wrap: (store) => ({
      ...store,
      concerns: async () => [
        {
          ...{ problem: "the store drops keys", todo: "set noeviction" },
          zh: { problem: "存储会丢弃键", todo: "设置 noeviction" },
        },
      ],
    }),
  });
  const warnings: { message: string; todo: unknown }[] = [];
  const log = {
    ...silentLog,
    warn: (fields: object, message: string) =>
      void warnings.push({ message, todo: (fields as { todo?: unknown }).todo }),
  };
  const background = await startBackground({ ...scenario, random, backups, storeChecks, log });
  await until(() => warnings.length > 0);
  await background.stop();
  expect(warnings).toEqual([{ message: "the store drops keys", todo: "set noeviction" }]);
});
