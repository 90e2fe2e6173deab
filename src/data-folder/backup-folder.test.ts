import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { BackupFolder } from "./backup-folder.ts";

const [FIRST, SECOND] = ["waferd-20260101T000000Z", "waferd-20260102T000000Z"];
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
  expect([place.names(), place.find(FIRST), place.remove(FIRST)]).toEqual([[], null, false]);
  for (const name of [FIRST, SECOND]) await place.make(name, 0, NEVER);
  expect(place.names()).toEqual([SECOND, FIRST]);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(place.find(FIRST)).toEqual({
    name: FIRST,
    at: Date.UTC(2026, 0, 1),
    bytes: 5,
    isWhole: true,
  });
  expect(await place.open(FIRST)?.text()).toBe("whole");
  expect([place.remove(FIRST), place.names()]).toEqual([true, [SECOND]]);
  expect(readdirSync(path)).toEqual([SECOND]);
});

test("find() tells a file that is too short, and one that is missing, from a whole one", () => {
  using folder = openFolder();
  mkdirSync(folder.path);
  writeFile(join(folder.path, FIRST), "who");
  mkdirSync(join(folder.path, SECOND));
  expect(folder.place.find(FIRST)).toMatchObject({ bytes: 3, isWhole: false });
  expect(folder.place.find(SECOND)).toMatchObject({ bytes: 0, isWhole: false });
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
    expect(folder.place.make(FIRST, 0, stop.signal)).rejects.toThrow(error);
    await Bun.sleep(0);
    expect(readdirSync(folder.path)).toEqual([]);
  }
});

test("make() refuses a disk without the wanted room before it copies", async () => {
  using folder = openFolder();
  expect(folder.place.make(FIRST, 2 ** 60, NEVER)).rejects.toThrow(/MiB left.*backup\.keep/);
  expect(folder.place.names()).toEqual([]);
});

test("a draft is in no list, in hand while its process lives, and removed by the next backup", async () => {
  using folder = openFolder();
  const { place, path } = folder;
  mkdirSync(path);
  const ended = Bun.spawnSync(["true"]).pid;
  const now = new Date().toISOString().replace(/\.\d+|[-:]/g, "");
  const alive = `partial-waferd-${now}-${process.ppid}`;
  const dead = [
    `partial-${FIRST}-${ended}`,
    `partial-${FIRST}-0`,
    `partial-${FIRST}-${process.pid}`,
  ];
  for (const name of dead) writeFile(join(path, name));
  expect([place.names(), place.runningSince()]).toEqual([[], null]);
  writeFile(join(path, alive));
  expect(place.runningSince()).toBeCloseTo(Date.now(), -4);
  await place.make(SECOND, 0, NEVER);
  expect(readdirSync(path).sort()).toEqual([alive, SECOND].sort());
});

test("no name leads out of the folder", () => {
  using folder = openFolder();
  const outside = join(folder.path, "..", "data.mdb");
  writeFileSync(outside, "data");
  for (const name of ["..", ".", "", `${FIRST}/../..`, "/"])
    expect([folder.place.find(name), folder.place.open(name), folder.place.remove(name)]).toEqual([
      null,
      null,
      false,
    ]);
  expect(existsSync(outside)).toBe(true);
});

test("failure() returns what was noted, and null after a success or for another file", () => {
  using folder = openFolder();
  const { place, path } = folder;
  const failure = { at: 1, reason: "the disk is full" };
  place.noteFailure(failure);
  expect(place.failure()).toEqual(failure);
  place.noteFailure(null);
  expect(place.failure()).toBeNull();
  writeFileSync(join(path, "..", "backup-failure.json"), '{"at":"x"}');
  expect(place.failure()).toBeNull();
});
