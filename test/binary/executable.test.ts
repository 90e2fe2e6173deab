/** The executable alone, copied to another folder. */
import { expect, test } from "bun:test";
import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import packageJson from "../../package.json";
import { childrenOf } from "../harness/processes.ts";
import { startProduction } from "../harness/production.ts";
import { tamper } from "../harness/stores/tamper.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

const PROJECT = join(import.meta.dir, "../..");

function run(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
) {
  const { exitCode, stdout, stderr } = Bun.spawnSync([EXECUTABLE, ...args], {
    env: {},
    ...options,
  });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

test("serve starts in an empty folder and environment, and maps no file of the project", async () => {
  using folder = tempFolder();
  cpSync(EXECUTABLE, join(folder.path, "waferd"));
  const server = Bun.spawn(["./waferd", "serve", "--port", "0"], {
    cwd: folder.path,
    env: {},
    stdout: "ignore",
    stderr: "pipe",
  });
  for await (const chunk of server.stderr)
    if (new TextDecoder().decode(chunk).includes("listens on")) break;
  const [worker = 0] = childrenOf(server.pid);
  const mapped = readFileSync(`/proc/${worker}/maps`, "utf8");
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(mapped).toContain(join(folder.path, "data/data.mdb"));
  expect(mapped).not.toContain(PROJECT);
  expect(readdirSync(folder.path).sort()).toEqual(["data", "waferd"]);
  expect(readdirSync(join(folder.path, "data")).sort()).toEqual([
    "admin.key",
    "data.mdb",
    "lock.mdb",
    "master.key",
    "run",
  ]);
  // No socket is left.
  expect(readdirSync(join(folder.path, "data/run"))).toEqual(["server.lock"]);
}, 20_000);

test.each<{ command: string; exitCode: number; stdout: string | RegExp; stderr: string | RegExp }>([
  { command: "waferd --version", exitCode: 0, stdout: `${packageJson.version}\n`, stderr: "" },
  { command: "waferd --help", exitCode: 0, stdout: /Usage: waferd.*serve/s, stderr: "" },
  { command: "waferd", exitCode: 0, stdout: /Usage: waferd/, stderr: "" },
  {
    command: "waferd serve --help",
    exitCode: 0,
    stdout: /--port.*--data-dir.*--sandbox.*WAFERD_ADMIN_KEY/s,
    stderr: "",
  },
  {
    command: "waferd config check --port 0",
    exitCode: 0,
    stdout: "the configuration is right\n",
    stderr: "",
  },
  {
    command: "waferd config check --json --port 0",
    exitCode: 0,
    stdout:
      /^\{"valid":true,"title":"the configuration is right","mistakes":\[\],"notes":\[\],"checks":\[\{/,
    stderr: "",
  },
  {
    command: "waferd config check --json --port x",
    exitCode: 1,
    stdout:
      /^\{"valid":false,"title":"the configuration has a mistake","mistakes":\["--port must be/,
    stderr: "",
  },
  {
    command: "waferd config check --log-file /nowhere/x.log",
    exitCode: 1,
    stdout: "",
    stderr: /^waferd: a start would fail:\n {2}log: \/nowhere does not exist\. To do: make it/,
  },
  {
    command: "waferd restore --help",
    exitCode: 0,
    // A copy is of the embedded store.
    stdout: /^(?=.*--from)(?=.*--data-dir)(?!.*--mysql-host)(?!.*--store <)/s,
    stderr: "",
  },
  {
    command: "waferd config check --config /nowhere/app.conf",
    exitCode: 1,
    stdout: "",
    stderr: /cannot read the configuration \/nowhere\/app.conf/,
  },
  {
    command: "waferd config check --port x --log-level loud",
    exitCode: 1,
    stdout: "",
    stderr: /has 2 mistakes:\n {2}--port must.*\n {2}--log-level/,
  },
  {
    command: "waferd config print --port 80",
    exitCode: 0,
    stdout: /^httpaddr = 127.0.0.1 +\/\/ default\nhttpport = 80 +\/\/ --port\n/m,
    stderr: "",
  },
  {
    command: "waferd config",
    exitCode: 2,
    stdout: "",
    stderr: /Usage: waferd config.*check.*print/s,
  },
  {
    command: "waferd serv",
    exitCode: 2,
    stdout: "",
    stderr: /unknown command 'serv'\n\(Did you mean serve\?\)/,
  },
  {
    command: "waferd serve --prot 1",
    exitCode: 2,
    stdout: "",
    stderr:
      /unknown option '--prot'\n.*Did you mean --port\?.*--help lists the commands and flags/s,
  },
  { command: "waferd serve extra", exitCode: 2, stdout: "", stderr: /too many arguments/ },
  { command: "waferd serve --port", exitCode: 2, stdout: "", stderr: /argument missing/ },
  {
    command: "waferd serve --port x",
    exitCode: 1,
    stdout: "",
    stderr: /--port must be a whole number from 0 to 65535, not "x"/,
  },
  {
    command: "waferd serve --admin-key x",
    exitCode: 1,
    stdout: "",
    stderr: /--admin-key does not exist, .* set WAFERD_ADMIN_KEY/,
  },
  { command: "waferd serve -h", exitCode: 0, stdout: /--port.*WAFERD_HTTPPORT/s, stderr: "" },
])("$command ends with $exitCode", ({ command, exitCode, stdout, stderr }) => {
  using folder = tempFolder();
  const [, ...args] = command.split(" ");
  const result = run(args, { cwd: folder.path });
  expect(result.exitCode).toBe(exitCode);
  if (stdout instanceof RegExp) expect(result.stdout).toMatch(stdout);
  else expect(result.stdout).toBe(stdout);
  if (stderr instanceof RegExp) expect(result.stderr).toMatch(stderr);
  else expect(result.stderr).toBe(stderr);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("serve names a port that is in use, and does not share it", async () => {
  await using waferd = await Waferd.start();
  using folder = tempFolder();
  const { port } = new URL(waferd.url);
  const { exitCode, stderr } = run([
    "serve",
    "--port",
    port,
    "--data-dir",
    join(folder.path, "data"),
  ]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    new RegExp(
      `^waferd: cannot listen on 127.0.0.1:${port}: something else listens there\\. .*--port`,
    ),
  );
});

test("serve refuses data of another master key without a stack, and opens it with the right one", async () => {
  await using waferd = await Waferd.start();
  await waferd.call("qcloud.cam.initapp", { appid: "wx1", secret: "secret-of-wx1" });
  await waferd.stop();
  const serve = (env: Record<string, string>) =>
    run(["serve", "--port", "0", "--data-dir", waferd.dataDir], { env });
  const wrong = serve({ WAFERD_MASTER_KEY: "ab".repeat(32) });
  expect(wrong.exitCode).toBe(1);
  expect(wrong.stderr).toMatch(
    /^waferd: the master key in WAFERD_MASTER_KEY is not the one that sealed the data in .*\n$/,
  );
  await using again = await Waferd.start({ dataDir: waferd.dataDir });
  expect(await again.call("qcloud.cam.auth", { id: "i", skey: "s" })).toMatchObject({
    returnCode: 60012,
  });
});

test("serve names a data folder that cannot be written", () => {
  using folder = tempFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const { exitCode, stderr } = run(["serve", "--port", "0", "--data-dir", join(file, "data")]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^waferd: cannot open the data folder .*\/file\/data: /);
});

test("serve says what to do about an unusable temporary folder", () => {
  using folder = tempFolder();
  const env = { BUN_TMPDIR: join(folder.path, "nowhere") };
  const { exitCode, stderr } = run(
    ["serve", "--port", "0", "--data-dir", join(folder.path, "data")],
    { env },
  );
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^waferd: cannot load the embedded database .* BUN_TMPDIR, .*\n$/s);
  expect(run(["--version"], { env }).exitCode).toBe(0);
});

test("serve on a terminal shows the admin key at the first start only, and a log for people", async () => {
  using folder = tempFolder();
  const onTerminal = async () => {
    // script(1) gives it a terminal, and copies its output.
    const server = Bun.spawn(
      [
        "/usr/bin/script",
        "-qec",
        `${EXECUTABLE} serve --port 0 --data-dir ${folder.path}/data`,
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
      // The banner may come in several chunks; this is its end.
      if (shown.includes("No app is registered")) break;
    }
    // script(1) itself takes two seconds to be killed.
    for (const pid of childrenOf(server.pid)) process.kill(pid, "SIGTERM");
    await server.exited;
    return shown;
  };
  const first = await onTerminal();
  const key = readFileSync(join(folder.path, "data/admin.key"), "utf8").trim();
  expect(first).toContain(key);
  expect(first).toMatch(/INFO.*started/);
  const second = await onTerminal();
  expect(second).not.toContain(key);
  expect(second).toContain("listens on");
}, 20_000);

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s finishes the requests in hand, closes idle connections, and ends with 0",
  async (signal) => {
    await using production = await startProduction();
    const { waferd } = production;
    const { port, hostname } = new URL(waferd.url);
    const idle = connect(Number(port), hostname);
    idle.write("GET / HTTP/1.1\r\nHost: waferd\r\n\r\n");
    await new Promise((resolve) => idle.once("data", resolve));
    production.sandbox.faults.set("/sns/jscode2session", { latencyMs: 700 });
    const { code } = production.device(production.user("last"));
    const login = waferd.call("qcloud.cam.id_skey", { code });
    await Bun.sleep(200);
    const signalledAt = performance.now();
    waferd.signal(signal);
    expect((await login).returnMessage).toBe("NEW_SESSION_SUCCESS");
    expect(await waferd.exited()).toBe(0);
    expect(performance.now() - signalledAt).toBeLessThan(5000);
    await waferd.logged((line) => line["msg"] === "stopped");
    idle.destroy();
    production.sandbox.faults.clear("/sns/jscode2session");
    await using again = await Waferd.start({ dataDir: waferd.dataDir });
    const { id, skey } = (await login).returnData;
    expect((await again.call("qcloud.cam.auth", { id, skey })).returnCode).toBe(0);
  },
);

test("SIGTERM waits only briefly for clients that stall in the middle of a request", async () => {
  await using waferd = await Waferd.start({ environment: { WAFERD_WECHAT_TIMEOUT: "0.5" } });
  const { port, hostname } = new URL(waferd.url);
  const stalled = [
    "POST / HTTP/1.1\r\nHost: x",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
  ].map((half) => {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(half);
    return socket;
  });
  await Bun.sleep(100);
  const startedAt = performance.now();
  await waferd.stop();
  expect(performance.now() - startedAt).toBeLessThan(8000);
  for (const socket of stalled) socket.destroy();
}, 20_000);

test("serve ignores .env, bunfig.toml and its preloads in the current folder", async () => {
  using folder = tempFolder();
  writeFileSync(join(folder.path, ".env"), "WAFERD_SANDBOX=true\nWAFERD_HTTPPORT=x\n");
  writeFileSync(join(folder.path, "bunfig.toml"), 'preload = ["./preloaded.ts"]\n');
  writeFileSync(join(folder.path, "preloaded.ts"), 'await Bun.write("preloaded", "");\n');
  const server = Bun.spawn([EXECUTABLE, "serve", "--port", "0"], {
    cwd: folder.path,
    env: {},
    stdout: "ignore",
    stderr: "pipe",
  });
  let shown = "";
  for await (const chunk of server.stderr) {
    shown += new TextDecoder().decode(chunk);
    if (shown.includes("listens on")) break;
  }
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
  expect(shown).not.toContain("SANDBOX");
  expect(existsSync(join(folder.path, "preloaded"))).toBe(false);
});

test("serve answers requests while its log cannot be written", async () => {
  using folder = tempFolder();
  const server = Bun.spawn(
    ["sh", "-c", `exec ${EXECUTABLE} serve --port 0 --data-dir ${folder.path}/data >/dev/full`],
    { env: { PATH: "/usr/bin:/bin" }, stderr: "pipe" },
  );
  let url = "";
  for await (const chunk of server.stderr) {
    url = /listens on (\S+),/.exec(new TextDecoder().decode(chunk))?.[1] ?? "";
    if (url !== "") break;
  }
  for (let count = 0; count < 3; count += 1) {
    const answer = await fetch(url, { method: "POST", body: "{}" });
    expect(await answer.json()).toMatchObject({ returnCode: 1002 });
  }
  server.kill("SIGTERM");
  expect(await server.exited).toBe(0);
});

test("serve sweeps expired sessions", async () => {
  await using production = await startProduction();
  const { id, skey } = (await production.login(production.user("forgotten"))).returnData;
  const { dataDir } = production.waferd;
  await tamper(dataDir, "sessions", id, (record) => ({ ...record, expiresAt: 1 }));
  const index = openLmdb({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  await index.openDB({ name: "sessions-by-expiry", encoding: "msgpack" }).put([1, id], true);
  await index.close();
  await production.restart();
  await production.waferd.logged(
    (line) => line["msg"] === "expired sessions swept" && line["removed"] === 1,
  );
  expect((await production.waferd.call("qcloud.cam.auth", { id, skey })).returnMessage).toBe(
    "AUTH_ERR_NO_EXIST",
  );
});

test("serve ends at once at a second signal", async () => {
  await using production = await startProduction({ environment: { WAFERD_WECHAT_TIMEOUT: "20" } });
  const { waferd } = production;
  production.sandbox.faults.set("/sns/jscode2session", { latencyMs: 15_000 });
  const { code } = production.device(production.user("stuck"));
  const login = waferd.call("qcloud.cam.id_skey", { code }).catch(() => null);
  await Bun.sleep(200);
  waferd.signal("SIGTERM");
  await Bun.sleep(100);
  waferd.signal("SIGTERM");
  expect(await waferd.exited()).toBe(1);
  await login;
});

test("the executable is one file", () => {
  expect(existsSync(`${EXECUTABLE}.map`)).toBe(false);
  expect(statSync(EXECUTABLE).mode & 0o111).not.toBe(0);
});
