/** Several worker processes on one port and one store. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { childrenOf, isRunning } from "../harness/processes.ts";
import { startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

/** Sends each request on its own connection: the kernel spreads connections, not requests. */
const ALONE = { Connection: "close" };

test("workers that start together on an empty folder create each key once, and all serve", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "4"] });
  expect(waferd.workers).toHaveLength(4);
  for (const pid of waferd.workers)
    expect(readFileSync(`/proc/${pid}/comm`, "utf8")).toBe("waferd\n");
  expect(waferd.output.match(/listens on/g)).toHaveLength(1);
  expect(readdirSync(waferd.dataDir).sort()).toEqual([
    "admin.key",
    "data.mdb",
    "lock.mdb",
    "master.key",
    "run",
  ]);
  const started = waferd.log.filter(({ msg }) => msg === "started");
  expect(started.map(({ pid }) => Number(pid)).sort((one, other) => one - other)).toEqual(
    waferd.workers,
  );
  const answered = new Set<unknown>();
  await until(async () => {
    const key = waferd.adminKey;
    const call = { key, headers: ALONE };
    const { returnMessage } = await waferd.call("qcloud.work.initagent", { corpid: "c" }, call);
    expect(returnMessage).toBe("PARA_ERR: agentid");
    for (const { msg, pid } of waferd.log) if (msg === "request") answered.add(pid);
    return answered.size > 1;
  });
});

test("workers = auto starts a worker per core", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "auto"] });
  expect(waferd.workers).toHaveLength(navigator.hardwareConcurrency);
});

test("serve on a terminal shows the admin key once, whichever worker created it", async () => {
  using folder = tempFolder();
  const server = Bun.spawn(
    [
      "/usr/bin/script",
      "-qec",
      `${EXECUTABLE} serve --port 0 --workers 3 --data-dir ${folder.path}/data`,
      "/dev/null",
    ],
    {
      env: { PATH: "/usr/bin:/bin", TERM: "xterm" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  let shown = "";
  for await (const chunk of server.stdout) {
    shown += new TextDecoder().decode(chunk);
    if (shown.includes("No app is registered")) break;
  }
  // script(1) itself takes two seconds to be killed.
  for (const pid of childrenOf(server.pid)) process.kill(pid, "SIGTERM");
  await server.exited;
  const key = readFileSync(join(folder.path, "data/admin.key"), "utf8").trim();
  expect(shown.split(key)).toHaveLength(2);
}, 20_000);

test.concurrent("one worker holds the scheduler's lease, releases it when it ends, and loses it when it dies", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "3"] });
  const holders = () =>
    waferd.log.filter(({ msg }) => msg === "lease taken").map(({ pid }) => Number(pid));
  expect(holders()).toHaveLength(1);
  expect(waferd.workers).toContain(holders()[0] ?? 0);
  process.kill(holders()[0] ?? 0, "SIGTERM");
  // At the next attempt, or at the one after if the holder could not release it.
  await until(() => holders().length === 2, 12_000);
  process.kill(holders()[1] ?? 0, "SIGKILL");
  await until(() => holders().length === 3, 35_000);
  expect(new Set(holders()).size).toBe(3);
}, 60_000);

test.concurrent.each([
  { start: "alone", before: "", runsOn: false },
  { start: "by nohup", before: "nohup ", runsOn: true },
])(
  "serve, started $start, runs on when its terminal is closed: $runsOn",
  async ({ before, runsOn }) => {
    using folder = tempFolder();
    const command = `${before}${EXECUTABLE} serve --port 0 --workers 2 --data-dir ${folder.path}/data >log 2>&1`;
    const terminal = Bun.spawn(["/usr/bin/script", "-qec", `exec ${command}`, "/dev/null"], {
      cwd: folder.path,
      env: { PATH: "/usr/bin:/bin", TERM: "xterm" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
    });
    const log = join(folder.path, "log");
    await until(() => existsSync(log) && readFileSync(log, "utf8").includes("listens on"));
    const [supervisor = 0] = childrenOf(terminal.pid);
    const workers = childrenOf(supervisor);
    expect(workers).toHaveLength(2);
    terminal.kill("SIGKILL");
    await terminal.exited;
    if (runsOn) {
      await until(() => readFileSync(log, "utf8").includes('"reloaded"'), 10_000);
      expect(isRunning(supervisor)).toBe(true);
      process.kill(supervisor, "SIGTERM");
    }
    await until(() => ![supervisor, ...workers].some(isRunning));
  },
  30_000,
);

test("the workers of a sandbox share one simulated WeChat", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox", "--workers", "2"] });
  const served = new Set<unknown>();
  for (let count = 0; count < 24; count += 1) {
    const phone = await fetch(`${waferd.url}/sandbox/login?user=u${count}`, { headers: ALONE });
    const { code } = (await phone.json()) as { code: string };
    const { returnCode } = await waferd.call("qcloud.cam.id_skey", { code }, { headers: ALONE });
    expect(returnCode).toBe(0);
  }
  expect((await fetch(`${waferd.url}/sandbox/nothing`)).status).toBe(404);
  for (const { path, pid } of waferd.log) if (path === "/sandbox/*") served.add(pid);
  expect(served.size).toBe(2);
});

test("serve with workers refuses a port that is in use, and leaves no worker behind", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  using folder = tempFolder();
  const { port } = new URL(waferd.url);
  const second = Bun.spawnSync(
    [
      EXECUTABLE,
      "serve",
      "--port",
      port,
      "--workers",
      "2",
      "--data-dir",
      join(folder.path, "data"),
    ],
    { env: {} },
  );
  expect(second.exitCode).toBe(1);
  expect(second.stderr.toString()).toContain("something else listens there");
  expect(readdirSync(folder.path)).toEqual([]);
});

test("workers share the port of the metrics, which another server cannot take", async () => {
  const port = await freePort();
  const args = ["--workers", "2", "--metrics", String(port)];
  await using _waferd = await Waferd.start({ args });
  const metrics = async () =>
    (await fetch(`http://127.0.0.1:${port}/metrics`, { headers: ALONE })).text();
  await until(async () => (await metrics()).includes("\nwaferd_processes 2\n"));
  using folder = tempFolder();
  const second = Bun.spawnSync(
    [EXECUTABLE, "serve", "--port", "0", "--data-dir", join(folder.path, "data"), ...args],
    { env: {} },
  );
  expect(second.exitCode).toBe(1);
  expect(second.stderr.toString()).toContain(
    `cannot listen on 127.0.0.1:${port}: something else listens there. Choose another place by --metrics`,
  );
});

test("serve ends with 1 and the reason, once, when a worker cannot start", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const { exitCode, stderr } = Bun.spawnSync(
    [EXECUTABLE, "serve", "--port", "0", "--workers", "2", "--data-dir", join(file, "data")],
    { env: {} },
  );
  expect(exitCode).toBe(1);
  expect(stderr.toString()).toMatch(/^waferd: cannot open the data folder .*\n$/);
});

test("waferd worker without a supervisor ends with 1 and says what starts workers", () => {
  const { exitCode, stderr } = Bun.spawnSync([EXECUTABLE, "worker"], { env: {} });
  expect([exitCode, stderr.toString()]).toEqual([
    1,
    "waferd: worker processes are started by waferd serve, not by hand\n",
  ]);
});

test("SIGTERM ends with 0 after every worker has finished its requests in hand", async () => {
  await using production = await startProduction({ args: ["--workers", "2"] });
  const { waferd, sandbox } = production;
  sandbox.faults.set("/sns/jscode2session", { latencyMs: 700 });
  const logins = Array.from({ length: 8 }, (_, index) => {
    const { code } = production.device(production.user(`last-${index}`));
    return waferd.call("qcloud.cam.id_skey", { code });
  });
  await Bun.sleep(300);
  // A service manager signals all processes of a service.
  for (const pid of waferd.workers) process.kill(pid, "SIGTERM");
  waferd.signal("SIGTERM");
  for (const login of logins) expect((await login).returnMessage).toBe("NEW_SESSION_SUCCESS");
  expect(await waferd.exited()).toBe(0);
  expect(waferd.log.filter(({ msg }) => String(msg).startsWith("a worker died"))).toEqual([]);
});

test("workers end when their supervisor is killed", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  const { workers } = waferd;
  waferd.signal("SIGKILL");
  await waferd.exited();
  await until(() => !workers.some(isRunning));
});
