import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  openScenario,
  random,
  type Scenario,
  type ScenarioOptions,
  succeeded,
  TESTER,
} from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import { until } from "../../../test/harness/until.ts";
import { BackupFiles } from "../../store/backup-files.ts";
import { openStore } from "../../store/open.ts";
import { StoreError } from "../store-error.ts";
import { BackupService } from "./backup-service.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Wrap = NonNullable<ScenarioOptions["wrap"]>;

/** Opens a scenario with a daily backup of which three are kept. */
async function openDaily(options: ScenarioOptions = {}) {
  const passed = { ms: 0 };
  const scenario = await openScenario({
    backups: { every: DAY, keep: 3 },
    monotonic: () => passed.ms,
    ...options,
  });
  const { core, clock } = scenario;
  const names = async () => succeeded(await core.backups.list()).backups.map(({ name }) => name);
  return Object.assign(scenario, {
    names,
    numbers: async () => (await names()).map((name) => Number(name.slice(7, 13))),
    /** Runs the schedule's check, as the background does, after so much time. */
    async check(ms: number, isSet = false) {
      clock.advance({ ms });
      if (!isSet) passed.ms += ms;
      await core.backups.makeDue(clock.now());
    },
  });
}

/** Returns a wrap whose copies fail while `isBroken`. */
function breakable(state: { isBroken: boolean }): Wrap {
  return (store) => ({
    ...store,
    async backupTo(folder) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "data.mdb"), "a part");
      if (state.isBroken) throw new Error("ENOSPC: no space left on device");
      rmSync(folder, { recursive: true });
      await store.backupTo?.(folder);
    },
  });
}

test("makeDue() makes the first backup at once, one each interval, and keeps the latest", async () => {
  await using scenario = await openDaily();
  const { check, numbers, core, clock } = scenario;
  await check(0);
  expect(await numbers()).toEqual([1]);
  await check(DAY - 1);
  expect(await numbers()).toEqual([1]);
  expect(succeeded(await core.backups.list()).nextAt).toBe(clock.now() + 1);
  await check(1);
  expect(await numbers()).toEqual([2, 1]);
  for (let day = 0; day < 3; day += 1) await check(DAY);
  expect(await numbers()).toEqual([5, 4, 3]);
});

test("a backup holds the data and both keys, and nobody else may read it", async () => {
  await using scenario = await openDaily();
  writeFileSync(join(dirname(scenario.backupDir), "admin.key"), "k", { mode: 0o600 });
  const { name } = succeeded(await scenario.core.backups.make(TESTER));
  const dataDir = join(scenario.backupDir, name);
  const files = readdirSync(dataDir).sort();
  expect(files).toEqual(["admin.key", "data.mdb", "master.key"]);
  const modes = ["", ...files].map((file) => statSync(join(dataDir, file)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
  rmSync(join(dataDir, "admin.key"));
  const copy = await openStore(
    { driver: "lmdb", options: {} },
    { dataDir, masterKey: null, sandbox: true, defaultAppid: null },
  );
  expect(await copy.apps.count()).toBe(1);
  await copy.close();
});

test("makeDue() retries a failed backup after an hour, tells why, and removes nothing", async () => {
  const state = { isBroken: false };
  const errors: string[] = [];
  const log = {
    ...silentLog,
    error: (_fields: object, message: string) => void errors.push(message),
  };
  await using scenario = await openDaily({ log, wrap: breakable(state) });
  const { core, clock, check, numbers, backupDir } = scenario;
  for (let day = 0; day < 3; day += 1) await check(DAY);
  state.isBroken = true;
  await check(DAY);
  expect(await numbers()).toEqual([3, 2, 1]);
  expect(readdirSync(backupDir)).toHaveLength(3);
  expect(succeeded(await core.backups.list())).toMatchObject({
    nextAt: clock.now() + HOUR,
    lastFailure: { at: clock.now(), reason: expect.stringContaining("ENOSPC") },
  });
  for (let minute = 1; minute < 60; minute += 1) await check(60_000);
  expect(errors).toEqual(["a backup could not be made"]);
  state.isBroken = false;
  await check(60_000);
  expect(await numbers()).toEqual([4, 3, 2]);
  expect(succeeded(await core.backups.list()).lastFailure).toBeNull();
});

test.each([
  { name: "a year ahead", step: 365 * DAY, made: 1 },
  { name: "a year back", step: -365 * DAY, made: 1 },
  { name: "an hour back", step: -HOUR, made: 0 },
])("makeDue() makes $made backups when the clock was set $name", async ({ step, made }) => {
  await using scenario = await openDaily();
  const { check, numbers } = scenario;
  await check(0);
  await check(DAY / 2);
  await check(step, true);
  for (let minute = 0; minute < 60; minute += 1) await check(60_000);
  expect(await numbers()).toHaveLength(1 + made);
});

test("makeDue() makes one backup in half the interval at most while the clock is set all the time", async () => {
  await using scenario = await openDaily({ backups: { every: DAY, keep: 100 } });
  const { check, numbers } = scenario;
  for (let hour = 0; hour < 24; hour += 1) {
    await check((hour % 2 === 0 ? 1 : -1) * 400 * DAY, true);
    await check(HOUR);
  }
  expect(await numbers()).toEqual([2, 1]);
});

test("a backup from a wrong clock goes in its turn", async () => {
  await using scenario = await openDaily();
  const { core, clock, numbers } = scenario;
  const make = async () => succeeded(await core.backups.make(TESTER));
  clock.advance({ days: 3650 });
  await make();
  clock.advance({ days: -3650 });
  for (let count = 0; count < 2; count += 1) await make();
  expect(await numbers()).toEqual([3, 2, 1]);
  await make();
  expect(await numbers()).toEqual([4, 3, 2]);
});

/** Returns a wrap whose copies wait. */
function waiting() {
  const { promise, resolve: goOn } = Promise.withResolvers<void>();
  const state = { begun: 0, acquired: 0, goOn };
  const wrap: Wrap = (store) => ({
    ...store,
    leases: {
      async acquire(...given) {
        const isOurs = await store.leases.acquire(...given);
        if (isOurs) state.acquired += 1;
        return isOurs;
      },
      release: (...given) => store.leases.release(...given),
      sweep: (...given) => store.leases.sweep(...given),
    },
    async backupTo(folder) {
      state.begun += 1;
      await promise;
      await store.backupTo?.(folder);
    },
  });
  return { state, wrap };
}

/** Returns the service of another process with the same store and folder. */
function neighbour({ core, store, backupDir, clock, tables }: Scenario): BackupService {
  const folder = new BackupFiles({
    path: backupDir,
    dataDir: dirname(backupDir),
    backupTo: store.backupTo ?? (async () => undefined),
    usage: store.usage,
  });
  return new BackupService({
    ...{ tables, clock, random, folder },
    audit: core.audit,
    monotonic: () => 0,
    log: silentLog,
    settings: { every: DAY, keep: 3, advice: "" },
  });
}

test("make() refuses a second backup while one is made, however long that takes", async () => {
  const { state, wrap } = waiting();
  await using scenario = await openDaily({ wrap });
  const { core, clock, numbers, check } = scenario;
  const other = neighbour(scenario);
  const first = core.backups.make(TESTER);
  await until(() => state.begun === 1);
  for (let count = 0; count < 5; count += 1) {
    clock.advance({ seconds: 50 });
    const { acquired } = state;
    await until(() => state.acquired > acquired);
    for (const backups of [core.backups, other])
      expect(await backups.make(TESTER)).toMatchObject({ code: "backupRunning" });
    await other.makeDue(clock.now());
  }
  await check(DAY);
  state.goOn();
  succeeded(await first);
  expect(await numbers()).toEqual([1]);
  expect(succeeded(await core.backups.list()).lastFailure).toBeNull();
});

test("list() leaves out what is not a whole backup, and make() removes what was interrupted", async () => {
  await using scenario = await openDaily();
  const { core, backupDir, names } = scenario;
  const { name } = succeeded(await core.backups.make(TESTER));
  const second = name.replace("000001", "000002");
  for (const folder of [`.partial-${second}`, `.removed-${second}`, second, "mine"])
    mkdirSync(join(backupDir, folder));
  writeFileSync(join(backupDir, `.partial-${second}`, "data.mdb"), "a part");
  writeFileSync(join(backupDir, "mine", "file"), "kept");
  symlinkSync(join(backupDir, "mine"), join(backupDir, name.replace("000001", "000003")));
  expect(await names()).toEqual([name]);
  expect(await core.backups.remove(name.replace("000001", "000003"), TESTER)).toMatchObject({
    code: "backupNotFound",
  });
  rmSync(join(backupDir, second), { recursive: true });
  succeeded(await core.backups.make(TESTER));
  expect(readdirSync(backupDir).filter((entry) => entry.startsWith("."))).toEqual([]);
  expect(readdirSync(join(backupDir, "mine"))).toEqual(["file"]);
});

test("make() leaves room on the disk", async () => {
  await using scenario = await openDaily({
    wrap: (store) => ({
      ...store,
      usage: async () => ({ sizeBytes: null, usedBytes: 2 ** 60, freeBytes: null }),
    }),
  });
  expect(await scenario.core.backups.make(TESTER)).toMatchObject({
    code: "backupFailed",
    detail: { reason: expect.stringMatching(/needs \d+ MiB of free space.*backup\.dir/) },
  });
  expect(readdirSync(scenario.backupDir)).toEqual([]);
});

test("make() answers storeFailed, and tells it, while the store refuses writes", async () => {
  await using scenario = await openDaily({
    wrap: (store) => ({
      ...store,
      leases: Object.assign(Object.create(store.leases), {
        acquire: () => Promise.reject(new StoreError("refused", "the disk is full")),
      }),
    }),
  });
  expect(await scenario.core.backups.make(TESTER)).toMatchObject({ code: "storeFailed" });
  expect(succeeded(await scenario.core.backups.list()).lastFailure).toMatchObject({
    reason: expect.stringContaining("refused"),
  });
});

test("the calls of a shared store say how to back it up", async () => {
  await using scenario = await openDaily({ wrap: (store) => ({ ...store, backupTo: null }) });
  const { backups } = scenario.core;
  await backups.makeDue(scenario.clock.now());
  const name = "waferd-000001-20260101T000000Z";
  for (const outcome of [
    await backups.list(),
    await backups.make(TESTER),
    await backups.remove(name, TESTER),
  ])
    expect(outcome).toMatchObject({
      code: "backupUnsupported",
      detail: { reason: expect.stringContaining("mysqldump") },
    });
});
