import { expect, test } from "bun:test";
import {
  openScenario,
  random,
  type Scenario,
  succeeded,
  TESTER,
} from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import type { Failure } from "../errors.ts";
import { type BackupFailure, latestFirst, parseBackupName } from "./backup.ts";
import type { BackupPlace } from "./backup-place.ts";
import { BackupService } from "./backup-service.ts";

const HOUR = 3_600_000;

/** A place in memory, whose copies end when the test says so. */
class MemoryPlace implements BackupPlace {
  readonly folder = "/backups";
  readonly kept = new Set<string>();
  wanted = 0;
  error: string | null = null;
  isUnreadable = false;
  /** Whether no failure can be noted. */
  isFull = false;
  waits: Promise<void> = Promise.resolve();
  noted: BackupFailure | null = null;

  async names() {
    if (this.isUnreadable) throw new Error("cannot read /backups");
    return latestFirst([...this.kept]);
  }
  async find(name: string) {
    const at = parseBackupName(name)?.at;
    return at === undefined || !this.kept.has(name) ? null : { name, at, bytes: 1, isWhole: true };
  }
  async runningSince() {
    return null;
  }
  async make(name: string, wantedBytes: number, signal: AbortSignal): Promise<void> {
    this.wanted = wantedBytes;
    await Promise.race([
      this.waits,
      new Promise((_, fail) => signal.addEventListener("abort", fail)),
    ]);
    if (this.error !== null) throw new Error(this.error);
    this.kept.add(name);
  }
  async remove(name: string) {
    return this.kept.delete(name);
  }
  async open(name: string) {
    return this.kept.has(name) ? new Blob([name]) : null;
  }
  async failure() {
    return this.noted;
  }
  async noteFailure(failure: BackupFailure | null): Promise<void> {
    if (this.isFull && failure !== null) throw new Error("the disk is full");
    this.noted = failure;
  }
}

function serviceOf(
  { core, tables, clock }: Scenario,
  place: BackupPlace | null,
  { every = HOUR, monotonic = () => clock.now() } = {},
) {
  return new BackupService(
    {
      ...{ tables, audit: core.audit, clock, random, log: silentLog, place },
      monotonic,
      usage: () => tables.usage(),
    },
    { every, keep: 2, advice: place === null ? "use mysqldump" : null },
  );
}

const codeOf = (outcome: unknown): string => (outcome as Failure).code;

test("makeDue() makes the first backup at once, then one per interval, and keeps the latest", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const service = serviceOf(scenario, place);
  for (const minutes of [0, 30, 30, 59, 1, 60]) {
    scenario.clock.advance({ seconds: minutes * 60 });
    await service.makeDue();
  }
  expect(await place.names()).toEqual([
    "waferd-000004-20260101T030000Z",
    "waferd-000003-20260101T020000Z",
  ]);
  expect(place.wanted).toBeGreaterThan(16 * 1024 ** 2);
  const state = succeeded(await service.state());
  expect(state.nextAt).toBe(scenario.clock.now() + HOUR);
  expect(state.backups.map(({ name }) => name)).toEqual(await place.names());
});

test("makeDue() notes a failure, waits a quarter of an hour, and forgets it after a success", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const service = serviceOf(scenario, place);
  place.error = "the disk is full";
  await service.makeDue();
  const failure = { at: scenario.clock.now(), reason: "the disk is full" };
  expect(succeeded(await service.state())).toMatchObject({ failure, backups: [] });
  place.error = null;
  scenario.clock.advance({ seconds: 899 });
  await service.makeDue();
  expect(place.kept.size).toBe(0);
  scenario.clock.advance({ seconds: 1 });
  await service.makeDue();
  expect([place.kept.size, place.noted]).toEqual([1, null]);
});

test("makeDue() notes a folder that cannot be read, once until the next try", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const service = serviceOf(scenario, place);
  place.isUnreadable = true;
  await service.makeDue();
  const noted = place.noted;
  expect(noted?.reason).toBe("cannot read /backups");
  scenario.clock.advance({ seconds: 60 });
  await service.makeDue();
  expect(place.noted).toBe(noted);
  expect(codeOf(await service.state())).toBe("backupFailed");
  expect(codeOf(await service.begin(TESTER))).toBe("backupFailed");
});

test("a backup of the future delays none, and outlives none that was made after it", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const service = serviceOf(scenario, place);
  place.kept.add("waferd-000001-20300101T000000Z").add("waferd-000002-20310101T000000Z");
  place.noted = { at: Date.UTC(2030, 0), reason: "of a wrong clock" };
  await service.makeDue();
  expect(await place.names()).toEqual([
    "waferd-000003-20260101T000000Z",
    "waferd-000002-20310101T000000Z",
  ]);
});

test("makeDue() makes no more than two in the time of one, however often the clock is set", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  let monotonic = 0;
  const service = serviceOf(scenario, place, { monotonic: () => monotonic });
  for (let minutes = 0; minutes < 60; minutes += 1) {
    scenario.clock.advance({ hours: minutes % 2 === 0 ? 99 : -99 });
    await service.makeDue();
    monotonic += 60_000;
  }
  expect((await place.names()).map((name) => parseBackupName(name)?.number)).toEqual([2, 1]);
});

test("state() has a failure that could not be noted on a full disk, until one is made", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const service = serviceOf(scenario, place);
  [place.error, place.isFull] = ["the disk is full", true];
  await service.makeDue();
  place.error = null;
  await service.makeDue();
  const failure = { at: scenario.clock.now(), reason: "the disk is full" };
  expect(succeeded(await service.state())).toMatchObject({ failure, backups: [] });
  place.kept.add("waferd-000001-20260101T001000Z");
  expect(succeeded(await service.state()).failure).toBeNull();
});

test("begin() makes one backup at a time, of all processes", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const copied = Promise.withResolvers<void>();
  place.waits = copied.promise;
  const [one, other] = [serviceOf(scenario, place), serviceOf(scenario, place)];
  const begun = succeeded(await one.begin(TESTER));
  expect(codeOf(await one.begin(TESTER))).toBe("backupRunning");
  expect(codeOf(await other.begin(TESTER))).toBe("backupRunning");
  copied.resolve();
  expect(succeeded(await begun.done).name).toBe(begun.name);
  const next = succeeded(await other.begin(TESTER));
  expect([begun.name, next.name]).toEqual([
    "waferd-000001-20260101T000000Z",
    "waferd-000002-20260101T000000Z",
  ]);
  await next.done;
});

test("begin() keeps the lease while a copy takes longer than it lasts", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const copied = Promise.withResolvers<void>();
  place.waits = copied.promise;
  const [one, other] = [serviceOf(scenario, place), serviceOf(scenario, place)];
  const begun = succeeded(await one.begin(TESTER));
  for (let seconds = 0; seconds < 60; seconds += 10) {
    scenario.clock.advance({ seconds: 10 });
    // 27 steps of a quarter of a second, which pass in a millisecond each.
    await Bun.sleep(200);
    expect(codeOf(await other.begin(TESTER))).toBe("backupRunning");
  }
  copied.resolve();
  await begun.done;
});

test("begin() makes a backup after one whose first step failed", async () => {
  await using scenario = await openScenario();
  const usage = (): never => {
    throw new Error("the disk is away");
  };
  const tables = { ...scenario.tables };
  const service = serviceOf({ ...scenario, tables }, new MemoryPlace());
  tables.usage = usage;
  expect(codeOf(await succeeded(await service.begin(TESTER)).done)).toBe("backupFailed");
  tables.usage = scenario.tables.usage;
  succeeded(await succeeded(await service.begin(TESTER)).done);
});

test("stop() ends the copy in hand without a failure, and begins no other", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  place.waits = new Promise(() => undefined);
  const service = serviceOf(scenario, place);
  const begun = succeeded(await service.begin(null));
  await service.stop();
  expect(codeOf(await begun.done)).toBe("backupFailed");
  expect([place.noted, place.kept.size]).toEqual([null, 0]);
  expect(codeOf(await service.begin(null))).toBe("backupFailed");
  place.waits = Promise.resolve();
  const next = succeeded(await serviceOf(scenario, place).begin(null));
  succeeded(await next.done);
});

test("backups that people make, download and remove are in the audit", async () => {
  await using scenario = await openScenario();
  const place = new MemoryPlace();
  const service = serviceOf(scenario, place);
  const { name, done } = succeeded(await service.begin(TESTER));
  await done;
  expect(await succeeded(await service.open(name, TESTER)).text()).toBe(name);
  expect(await service.remove(name, TESTER)).toBeUndefined();
  for (const outcome of [await service.open(name, TESTER), await service.remove(name, TESTER)])
    expect(codeOf(outcome)).toBe("backupNotFound");
  scenario.clock.advance({ hours: 2 });
  await service.makeDue();
  const { items } = succeeded(await scenario.core.audit.list({ limit: 9 }));
  expect(
    items.filter(({ target }) => target.startsWith("waferd-")).map(({ action }) => action),
  ).toEqual(["backup.removed", "backup.downloaded", "backup.made"]);
});

test("a store that other tools back up says which", async () => {
  await using scenario = await openScenario();
  const service = serviceOf(scenario, null);
  await service.makeDue();
  expect(succeeded(await service.state())).toMatchObject({ folder: null, advice: "use mysqldump" });
  for (const outcome of [
    await service.begin(TESTER),
    await service.remove("waferd-000012-20260101T000000Z", TESTER),
    await service.open("waferd-000012-20260101T000000Z", TESTER),
  ])
    expect(outcome).toMatchObject({
      code: "backupElsewhere",
      detail: { reason: "use mysqldump" },
    });
});
