import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { BackupFolder } from "./backup-folder.ts";

const [FIRST, SECOND] = ["waferd-000001-20260101T000000Z", "waferd-000002-20260102T000000Z"];
const NEVER = new AbortController().signal;

/** A folder of backups whose copies are a few bytes. */
function openFolder(copy = async (to: string) => writeFile(to)) {
  const temp = tempFolder();
  const path = join(temp.path, "backups");
  const place = new BackupFolder({
    folder: path,
    dataDir: temp.path,
    dataFile: "data.mdb",
    copy,
    isWhole: (file) => statSync(file).size === 5,
  });
  return { path, place, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

function writeFile(to: string, text = "whole"): void {
  mkdirSync(to);
  writeFileSync(join(to, "data.mdb"), text);
}

test("make() makes the folder, and names() lists its backups, latest first", async () => {
  using folder = openFolder();
  const { place, path } = folder;
  expect(await Promise.all([place.names(), place.find(FIRST), place.remove(FIRST)])).toEqual([
    [],
    null,
    false,
  ]);
  for (const name of [FIRST, SECOND]) await place.make(name, 0, NEVER);
  expect(await place.names()).toEqual([SECOND, FIRST]);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(await place.find(FIRST)).toEqual({
    name: FIRST,
    at: Date.UTC(2026, 0, 1),
    bytes: 5,
    isWhole: true,
  });
  expect(await (await place.open(FIRST))?.text()).toBe("whole");
  expect([await place.remove(FIRST), await place.names()]).toEqual([true, [SECOND]]);
  expect(readdirSync(path)).toEqual([SECOND]);
});

test("find() tells a file that is too short, and one that is missing, from a whole one", async () => {
  using folder = openFolder();
  mkdirSync(folder.path);
  writeFile(join(folder.path, FIRST), "who");
  mkdirSync(join(folder.path, SECOND));
  expect(await folder.place.find(FIRST)).toMatchObject({ bytes: 3, isWhole: false });
  expect(await folder.place.find(SECOND)).toMatchObject({ bytes: 0, isWhole: false });
});

test("make() leaves nothing of a copy that failed or was ended", async () => {
  const stop = new AbortController();
  for (const [error, copy] of [
    ["the disk is full", () => Promise.reject(new Error("the disk is full"))],
    ["ended", async () => stop.abort(new Error("ended"))],
  ] as const) {
    using folder = openFolder((to) => {
      writeFile(to);
      return copy();
    });
    await expect(folder.place.make(FIRST, 0, stop.signal)).rejects.toThrow(error);
    expect(readdirSync(folder.path)).toEqual([]);
  }
});

test("make() refuses a disk without the wanted room before it copies", async () => {
  using folder = openFolder();
  await expect(folder.place.make(FIRST, 2 ** 60, NEVER)).rejects.toThrow(/MiB left.*backup\.keep/);
  expect(await folder.place.names()).toEqual([]);
});

test("a draft is in no list, in hand while its process lives, and removed by the next backup", async () => {
  using folder = openFolder();
  const { place, path } = folder;
  mkdirSync(path);
  const ended = Bun.spawnSync(["true"]).pid;
  const now = new Date().toISOString().replace(/\.\d+|[-:]/g, "");
  const alive = `partial-waferd-000001-${now}-${process.ppid}`;
  const dead = [
    `partial-${FIRST}-${ended}`,
    `partial-${FIRST}-0`,
    `partial-${FIRST}-${process.pid}`,
  ];
  for (const name of dead) writeFile(join(path, name));
  expect([await place.names(), await place.runningSince()]).toEqual([[], null]);
  writeFile(join(path, alive));
  expect(await place.runningSince()).toBeCloseTo(Date.now(), -4);
  await place.make(SECOND, 0, NEVER);
  expect(readdirSync(path).sort()).toEqual([alive, SECOND].sort());
});

test("no name leads out of the folder", async () => {
  using folder = openFolder();
  const outside = join(folder.path, "..", "data.mdb");
  writeFileSync(outside, "data");
  for (const name of ["..", ".", "", `${FIRST}/../..`, "/"])
    expect(await askedFor(folder.place, name)).toEqual([null, null, false]);
  expect(existsSync(outside)).toBe(true);
});

/** Asks for a backup in every way. */
const askedFor = (place: BackupFolder, name: string) =>
  Promise.all([place.find(name), place.open(name), place.remove(name)]);

test("a link in the folder is not a backup, and nothing behind it is read or removed", async () => {
  using folder = openFolder();
  const outside = join(folder.path, "..", "outside");
  writeFile(outside, "other");
  mkdirSync(join(folder.path, FIRST), { recursive: true });
  symlinkSync(join(outside, "data.mdb"), join(folder.path, FIRST, "data.mdb"));
  symlinkSync(outside, join(folder.path, SECOND));
  expect(await folder.place.find(FIRST)).toMatchObject({ bytes: 0, isWhole: false });
  expect(await folder.place.open(FIRST)).toBeNull();
  expect(await askedFor(folder.place, SECOND)).toEqual([null, null, false]);
  expect(await folder.place.remove(FIRST)).toBe(true);
  expect(readdirSync(outside)).toEqual(["data.mdb"]);
});

test("failure() returns what was noted, and null after a success or for another file", async () => {
  using folder = openFolder();
  const { place, path } = folder;
  const failure = { at: 1, reason: "the disk is full" };
  await place.noteFailure(failure);
  expect(await place.failure()).toEqual(failure);
  await place.noteFailure(null);
  expect(await place.failure()).toBeNull();
  writeFileSync(join(path, "..", "backup-failure.json"), '{"at":"x"}');
  expect(await place.failure()).toBeNull();
});
