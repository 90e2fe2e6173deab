import { expect, test } from "bun:test";
import { readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Counter, Gauge, Registry } from "prom-client";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";
import { GONE_AFTER_MS, SnapshotFolder } from "./snapshot-folder.ts";

/** Opens the folder for a process with a counter and a gauge. */
async function openProcess(path: string) {
  const register = new Registry();
  const counter = new Counter({ name: "counted_total", help: "x", registers: [register] });
  new Gauge({ name: "processes", help: "x", registers: [register] }).set(1);
  const before = filesIn(path);
  const folder = await SnapshotFolder.open(path, {
    snapshot: () => snapshotOf(register),
    reset: () => register.resetMetrics(),
  });
  const file = filesIn(path).find((name) => !before.includes(name)) ?? "";
  return { folder, count: (amount: number) => counter.inc(amount), file: join(path, file) };
}

const filesIn = (path: string): string[] => readdirSync(path);

/** Makes a file look as if its process were gone. */
function abandon(file: string): void {
  const then = (Date.now() - GONE_AFTER_MS - 1000) / 1000;
  utimesSync(file, then, then);
}

const valueIn = (snapshot: Snapshot, name: string) =>
  snapshot.find((metric) => metric.name === name)?.values[0]?.value;

test("sum() adds the written figures of all processes to the current ones of its own", async () => {
  using folder = tempFolder();
  const one = await openProcess(folder.path);
  const two = await openProcess(folder.path);
  one.count(3);
  two.count(4);
  await two.folder.write();
  const sum = await one.folder.sum();
  expect(valueIn(sum, "counted_total")).toBe(7);
  expect(valueIn(sum, "processes")).toBe(2);
  expect(valueIn(await two.folder.sum(), "counted_total")).toBe(7);
});

test("sum() never returns less than another process has returned before", async () => {
  using folder = tempFolder();
  const one = await openProcess(folder.path);
  const two = await openProcess(folder.path);
  one.count(5);
  expect(valueIn(await one.folder.sum(), "counted_total")).toBe(5);
  expect(valueIn(await two.folder.sum(), "counted_total")).toBe(5);
});

test("sum() inherits the counters of a process that is gone once, and never its gauges", async () => {
  using folder = tempFolder();
  const [one, two, three] = [
    await openProcess(folder.path),
    await openProcess(folder.path),
    await openProcess(folder.path),
  ];
  one.count(10);
  await one.folder.write();
  abandon(one.file);
  const sums = await Promise.all([two, three].map((process) => process.folder.sum()));
  for (const sum of sums) expect(valueIn(sum, "processes")).toBe(2);
  for (const process of [two, three, two])
    expect(valueIn(await process.folder.sum(), "counted_total")).toBe(10);
  expect(filesIn(folder.path)).toHaveLength(2);
});

test("write() begins at 0 after another process inherited the counters, which count once", async () => {
  using folder = tempFolder();
  const one = await openProcess(folder.path);
  const two = await openProcess(folder.path);
  one.count(10);
  await one.folder.write();
  abandon(one.file);
  expect(valueIn(await two.folder.sum(), "counted_total")).toBe(10);
  await one.folder.write();
  one.count(1);
  expect(valueIn(await one.folder.sum(), "counted_total")).toBe(11);
  expect(valueIn(await two.folder.sum(), "counted_total")).toBe(11);
});

test("close() leaves the counters to the others, and removes them when there are none", async () => {
  using folder = tempFolder();
  const one = await openProcess(folder.path);
  const two = await openProcess(folder.path);
  one.count(10);
  await one.folder.close();
  const sum = await two.folder.sum();
  expect(valueIn(sum, "counted_total")).toBe(10);
  expect(valueIn(sum, "processes")).toBe(1);
  abandon(one.file);
  await two.folder.close();
  expect(filesIn(folder.path)).not.toContain(two.file);
});

test("open() removes the files of earlier processes when none of them lives", async () => {
  using folder = tempFolder();
  const one = await openProcess(folder.path);
  one.count(10);
  await one.folder.write();
  abandon(one.file);
  writeFileSync(join(folder.path, "1-ab.json.draft"), "");
  const two = await openProcess(folder.path);
  expect(valueIn(await two.folder.sum(), "counted_total")).toBe(0);
  expect(filesIn(folder.path)).toHaveLength(1);
});

test("sum() skips files without a snapshot, and writes a file that only its owner can read", async () => {
  using folder = tempFolder();
  const one = await openProcess(folder.path);
  one.count(2);
  writeFileSync(join(folder.path, "1-ab.json"), '[{"name":');
  writeFileSync(join(folder.path, "2-ab.json"), "{}");
  writeFileSync(join(folder.path, "notes.json"), "[1]");
  expect(valueIn(await one.folder.sum(), "counted_total")).toBe(2);
  expect(statSync(one.file).mode & 0o777).toBe(0o600);
});
