import { expect, test } from "bun:test";
import { openScenario, random, type Scenario, succeeded } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import type { Failure } from "../errors.ts";
import type { EndedStoreCheck, StoreCheckState, StoreReport } from "./store-check.ts";
import { StoreCheckService } from "./store-check-service.ts";

const REPORT: StoreReport = { records: { apps: 1 }, flaws: 1, shown: ["app wx1: damaged"] };

/** The notes of a server, in memory. */
class MemoryNotes {
  state: StoreCheckState = { runningSince: null, last: null };
  isFull = false;

  async read() {
    return this.state;
  }
  async begin(at: number) {
    if (this.isFull) throw new Error("the disk is full");
    this.state = { ...this.state, runningSince: at };
  }
  async end(last: EndedStoreCheck) {
    if (this.isFull) throw new Error("the disk is full");
    this.state = { runningSince: null, last };
  }
}

const serviceOf = (
  { tables, clock }: Scenario,
  notes: MemoryNotes,
  check: (signal: AbortSignal) => Promise<StoreReport> = async () => REPORT,
) => new StoreCheckService({ tables, clock, random, log: silentLog, notes, check });

const codeOf = (outcome: unknown): string => (outcome as Failure).code;

/** Begins a check, and waits for its end. */
const checkWith = async (service: StoreCheckService) =>
  succeeded(await service.begin("tester")).done;

test("begin() checks the store, one check at a time of all processes, and state() has the latest", async () => {
  await using scenario = await openScenario();
  const notes = new MemoryNotes();
  const checked = Promise.withResolvers<StoreReport>();
  const one = serviceOf(scenario, notes, () => checked.promise);
  const other = serviceOf(scenario, notes);
  const both = await Promise.all([one.begin("tester"), one.begin("tester")]);
  expect(codeOf(both[1])).toBe("storeCheckRunning");
  expect(codeOf(await other.begin("tester"))).toBe("storeCheckRunning");
  const now = scenario.clock.now();
  expect(await other.state()).toEqual({ runningSince: now, last: null });
  checked.resolve(REPORT);
  const ended = await succeeded(both[0]).done;
  expect(ended).toEqual({ begunAt: now, endedAt: now, report: REPORT, failure: null });
  expect(await other.state()).toEqual({ runningSince: null, last: ended });
  expect((await checkWith(other)).report).toEqual(REPORT);
});

test("a check that fails says why, and the next one is made", async () => {
  await using scenario = await openScenario();
  const notes = new MemoryNotes();
  const fails = serviceOf(scenario, notes, () => Promise.reject(new Error("no data")));
  expect(await checkWith(fails)).toMatchObject({ report: null, failure: "no data" });
  expect((await fails.state()).last?.failure).toBe("no data");
  expect((await checkWith(serviceOf(scenario, notes))).failure).toBeNull();
});

test("a check whose notes cannot be written is in the state of its process", async () => {
  await using scenario = await openScenario();
  const notes = new MemoryNotes();
  notes.isFull = true;
  const service = serviceOf(scenario, notes);
  const ended = await checkWith(service);
  expect(await service.state()).toEqual({ runningSince: null, last: ended });
});

test("stop() ends the check in hand, and begins no other", async () => {
  await using scenario = await openScenario();
  const notes = new MemoryNotes();
  const service = serviceOf(
    scenario,
    notes,
    (signal) => new Promise((_, fail) => signal.addEventListener("abort", () => fail(new Error()))),
  );
  const { done } = succeeded(await service.begin("tester"));
  await Bun.sleep(0);
  await service.stop();
  expect((await done).failure).toContain("ending");
  expect(codeOf(await service.begin("tester"))).toBe("storeCheckFailed");
  expect((await checkWith(serviceOf(scenario, notes))).report).toEqual(REPORT);
});
