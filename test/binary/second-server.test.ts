/** A second server on the folder of an embedded store, and restarts that look like one. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../harness/command.ts";
import { childrenOf } from "../harness/processes.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const serve = (dataDir: string) =>
  Bun.spawnSync([EXECUTABLE, "serve", "--port", "0", "--data-dir", dataDir], {
    env: { PATH: "/usr/bin:/bin" },
    timeout: 40_000,
  });

/** The descriptors of the lock's file in a process. */
const locksIn = (pid: number): string[] =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return Bun.spawnSync(["readlink", `/proc/${pid}/fd/${fd}`])
        .stdout.toString()
        .includes("server.lock");
    } catch {
      return false;
    }
  });

test("serve refuses a folder that a server has, also after a reload, and names its process", async () => {
  await using waferd = await Waferd.start();
  const { dataDir, pid } = waferd;
  waferd.signal("SIGHUP");
  await until(() => waferd.log.some(({ msg }) => msg === "reloaded"), 30_000);
  const { exitCode, stderr } = serve(dataDir);
  expect(exitCode).toBe(1);
  expect(stderr.toString()).toContain(
    `waferd: process ${pid} serves the data folder ${dataDir}: stop it first`,
  );
  const compact = await runCommand(["store", "compact", "--data-dir", dataDir]);
  expect(compact).toMatchObject({
    status: 1,
    stderr: expect.stringContaining(`process ${pid} serves the data folder`),
  });
  // A worker that outlived its supervisor must not keep the lock.
  expect(locksIn(pid)).toHaveLength(1);
  const workers = childrenOf(pid);
  expect(workers).toHaveLength(1);
  for (const worker of workers) expect(locksIn(worker)).toEqual([]);
});

test.each([
  { how: "SIGKILL", workers: "1" },
  { how: "SIGKILL", workers: "2" },
  { how: "SIGTERM", workers: "2" },
] as const)(
  "serve starts at once beside a server with $workers workers that ends by $how",
  async ({ how, workers }) => {
    using folder = tempFolder();
    const dataDir = join(folder.path, "data");
    const args = ["--workers", workers];
    const first = await Waferd.start({ dataDir, args });
    await first.call("qcloud.cam.initapp", { appid: "wx1", secret: "the-secret-of-wx1" });
    first.signal(how);
    await using second = await Waferd.start({ dataDir, args });
    await first.exited();
    await first[Symbol.asyncDispose]();
    const { status, stdout } = await runCommand(["app", "list", "--data-dir", dataDir]);
    expect(status).toBe(0);
    expect(stdout).toContain("wx1");
    expect(readFileSync(join(dataDir, "run/server.lock"), "utf8")).toBe(`${second.pid}\n`);
    // Sockets of the killed one are gone.
    const sockets = readdirSync(join(dataDir, "run")).filter((name) => name.endsWith(".sock"));
    expect(sockets).toHaveLength(Number(workers));
  },
);

test("commands open the store past the sockets of a server that was killed", async () => {
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const killed = await Waferd.start({ dataDir });
  await killed.call("qcloud.cam.initapp", { appid: "wx1", secret: "the-secret-of-wx1" });
  killed.signal("SIGKILL");
  await killed.exited();
  await killed[Symbol.asyncDispose]();
  expect(readdirSync(join(dataDir, "run")).some((name) => name.endsWith(".sock"))).toBe(true);
  const listed = await runCommand(["app", "list", "--data-dir", dataDir]);
  expect(listed).toMatchObject({ status: 0, stdout: expect.stringContaining("wx1") });
  expect((await runCommand(["status", "--data-dir", dataDir])).status).toBe(3);
  expect(existsSync(join(dataDir, "data.mdb"))).toBe(true);
});
