/** The library that the executable unpacks at its start. */
import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

const mappedAddon = (pid: number): string =>
  /\S+lmdb\.node.*/.exec(readFileSync(`/proc/${pid}/maps`, "utf8"))?.[0] ?? "";

test("no start leaves anything in the temporary folder, and none loads what lies there", async () => {
  using folder = tempFolder();
  writeFileSync(join(folder.path, "lmdb.node"), "not a library");
  const before = readdirSync(folder.path).sort();
  for (const workers of ["1", "2"]) {
    await using waferd = await Waferd.start({
      args: ["--workers", workers],
      environment: { TMPDIR: folder.path },
    });
    await until(() => readdirSync(folder.path).length === before.length, 20_000);
    const pids = waferd.workers;
    for (const pid of pids)
      expect(mappedAddon(pid)).toMatch(
        new RegExp(`^${folder.path}/waferd-\\w{6}/lmdb\\.node \\(deleted\\)$`),
      );
  }
  expect(readdirSync(folder.path).sort()).toEqual(before);
}, 60_000);

test("a start that cannot load the library leaves nothing either", () => {
  using folder = tempFolder();
  const temporary = join(folder.path, "tmp");
  mkdirSync(temporary);
  using data = tempFolder();
  chmodSync(temporary, 0o700);
  // No file can grow, as on a full disk.
  const { exitCode, stderr } = Bun.spawnSync(
    ["prlimit", "--fsize=1000", EXECUTABLE, "serve", "--port", "0", "--data-dir", data.path],
    { env: { TMPDIR: temporary } },
  );
  expect(exitCode).toBe(1);
  expect(stderr.toString()).toContain("cannot load the embedded database");
  expect(readdirSync(temporary)).toEqual([]);
});
