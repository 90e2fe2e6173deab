import { expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { IS_ROOT, STRANGER } from "../../test/harness/as-user.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { examineFolder, makePrivate } from "./ownership.ts";

const FILES = ["admin.key", "master.key", "data.mdb", "lock.mdb", "cells.mem"];
const SERVER = { isServer: true, makes: FILES };
const COMMAND = { isServer: false, makes: FILES };

/** Makes a data folder with all of its files. */
function dataFolder(): { path: string } & Disposable {
  const folder = tempFolder();
  const path = join(folder.path, "data");
  mkdirSync(path, { mode: 0o700 });
  for (const name of FILES) writeFileSync(join(path, name), "x", { mode: 0o600 });
  mkdirSync(join(path, "run"), { mode: 0o700 });
  return { path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

function moveAndLink(path: string): void {
  renameSync(path, `${path}.moved`);
  symlinkSync(`${path}.moved`, path);
}

test("examineFolder() accepts a folder that is missing, and one of this user", () => {
  using folder = dataFolder();
  expect(examineFolder(join(folder.path, "missing"), SERVER)).toEqual([]);
  expect(examineFolder(join(folder.path, "admin.key", "below-a-file"), SERVER)).toEqual([]);
  expect(examineFolder(folder.path, SERVER)).toEqual([]);
  moveAndLink(folder.path);
  expect(examineFolder(folder.path, SERVER)).toEqual([]);
});

test("examineFolder() returns the keys and data that are too open, and makePrivate() mends them", () => {
  using folder = dataFolder();
  const [key = "", , data = "", lock = ""] = FILES.map((name) => join(folder.path, name));
  chmodSync(key, 0o644);
  chmodSync(data, 0o644);
  chmodSync(lock, 0o666);
  expect(examineFolder(folder.path, SERVER)).toEqual([key, data, lock]);
  makePrivate([key, data, lock]);
  expect(statSync(lock).mode & 0o777).toBe(0o600);
  expect(examineFolder(folder.path, SERVER)).toEqual([]);
});

test.each([...FILES, "run"])(
  "examineFolder() refuses a link or another kind of thing at %s",
  (name) => {
    using folder = dataFolder();
    const path = join(folder.path, name);
    moveAndLink(path);
    expect(() => examineFolder(folder.path, SERVER)).toThrow(`${path} is a symbolic link`);
    rmSync(path);
    if (name === "run") writeFileSync(path, "");
    else mkdirSync(path);
    expect(() => examineFolder(folder.path, SERVER)).toThrow(`${path} is not a `);
  },
);

test.each([
  { name: "", mode: 0o720, told: "(mode 720)" },
  { name: "", mode: 0o777, told: "(mode 777)" },
  { name: "run", mode: 0o770, told: "(mode 770)" },
  { name: "admin.key", mode: 0o620, told: "chmod go-w" },
  { name: "master.key", mode: 0o602, told: "chmod go-w" },
])("examineFolder() refuses mode $mode of $name", ({ name, mode, told }) => {
  using folder = dataFolder();
  chmodSync(join(folder.path, name), mode);
  expect(() => examineFolder(folder.path, SERVER)).toThrow(told);
});

test.each(["data.mdb", "lock.mdb", "cells.mem"])(
  "examineFolder() refuses a %s that others can reach and write",
  (name) => {
    using folder = dataFolder();
    chmodSync(folder.path, 0o701);
    chmodSync(join(folder.path, name), 0o602);
    expect(() => examineFolder(folder.path, SERVER)).toThrow("chmod 600");
  },
);

test("examineFolder() refuses what is not a folder, and a link to nothing", () => {
  using folder = dataFolder();
  expect(() => examineFolder(join(folder.path, "admin.key"), SERVER)).toThrow("is not a folder");
  symlinkSync("/nowhere", join(folder.path, "link"));
  expect(() => examineFolder(join(folder.path, "link"), SERVER)).toThrow("is a link to nothing");
});

test.skipIf(!IS_ROOT).each([...FILES, "run"])(
  "examineFolder() refuses %s of another user",
  (name) => {
    using folder = dataFolder();
    chownSync(join(folder.path, name), STRANGER, STRANGER);
    expect(() => examineFolder(folder.path, SERVER)).toThrow(
      `belongs to uid ${STRANGER}, and its folder to uid 0`,
    );
  },
);

test.skipIf(!IS_ROOT)(
  "examineFolder() refuses a link of another user to a folder of this one",
  () => {
    using folder = dataFolder();
    moveAndLink(folder.path);
    lchownSync(folder.path, STRANGER, STRANGER);
    expect(() => examineFolder(folder.path, SERVER)).toThrow(
      `a link of another user (uid ${STRANGER})`,
    );
  },
);

test.skipIf(!IS_ROOT)(
  "examineFolder() lets root use the folder of a user, but not serve it or make files there",
  () => {
    using folder = dataFolder();
    for (const name of ["", "run", ...FILES])
      chownSync(join(folder.path, name), STRANGER, STRANGER);
    expect(examineFolder(folder.path, COMMAND)).toEqual([]);
    expect(() => examineFolder(folder.path, SERVER)).toThrow("run the server as that user");
    rmSync(join(folder.path, "lock.mdb"));
    expect(() => examineFolder(folder.path, COMMAND)).toThrow("would make lock.mdb there as root");
  },
);
