/** control.sh from the tar.gz, in a folder with a space in its name, called from another folder. */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { killWithParent } from "../harness/reaper.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { PACKING_LIMIT, packages, run, unpack } from "./made.ts";

setDefaultTimeout(30_000);

const unpacked = tempFolder();
beforeAll(async () => {
  unpack(await packages(), unpacked.path);
}, PACKING_LIMIT);
afterAll(() => unpacked[Symbol.dispose]());

/** A port on which something else listens. */
const taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("other") });
afterAll(() => taken.stop(true));

let folder: { path: string } & Disposable;
let home: string;
let port: number;

const configure = (lines: string): void =>
  writeFileSync(join(home, "app.conf"), `httpport = ${port}\n${lines}`);
const control = (...args: string[]) =>
  run([join(home, "control.sh"), ...args], { cwd: "/", env: { PATH: "/usr/bin:/bin" } });
const pid = (): number => Number(readFileSync(join(home, "waferd.pid"), "utf8"));
const isAlive = (process: number): boolean => existsSync(`/proc/${process}/exe`);
const answers = async (): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" }).then(
    (answer) => answer.status === 200,
    () => false,
  );

/** Starts the server, which ends with this process at the latest. */
function start(): number {
  const { status, output } = control("start");
  expect(output).toMatch(
    new RegExp(
      `^waferd: runs \\(process \\d+\\) on http://127.0.0.1:${port}; its log is .*logs/waferd.log\n$`,
    ),
  );
  expect(status).toBe(0);
  killWithParent(pid(), folder.path);
  return pid();
}

beforeEach(async () => {
  folder = tempFolder();
  home = join(folder.path, "a waferd");
  mkdirSync(home);
  copyFileSync(join(unpacked.path, "control.sh"), join(home, "control.sh"));
  linkSync(join(unpacked.path, "waferd"), join(home, "waferd"));
  port = await freePort();
  configure("data_dir = ./data\n");
});

afterEach(() => {
  control("stop");
  folder[Symbol.dispose]();
});

test("start waits until the server answers, a second start is refused, restart makes another process, stop waits for the end", async () => {
  expect(control("status")).toEqual({ status: 3, output: "waferd: does not run\n" });
  const first = start();
  expect(await answers()).toBe(true);
  expect(control("status")).toEqual({
    status: 0,
    output: `waferd: runs (process ${first}) on http://127.0.0.1:${port}\n`,
  });
  expect(control("start")).toEqual({
    status: 1,
    output: `waferd: runs already (process ${first})\n`,
  });
  expect(existsSync(join(home, "data/data.mdb"))).toBe(true);
  expect(statSync(join(home, "logs/waferd.log")).mode & 0o077).toBe(0);

  expect(control("restart").status).toBe(0);
  const second = pid();
  killWithParent(second, folder.path);
  expect(second).not.toBe(first);
  expect(isAlive(first)).toBe(false);
  expect(await answers()).toBe(true);

  expect(control("stop")).toEqual({ status: 0, output: `waferd: has ended (process ${second})\n` });
  expect(isAlive(second)).toBe(false);
  expect(existsSync(join(home, "waferd.pid"))).toBe(false);
  expect(readFileSync(join(home, "logs/waferd.log"), "utf8")).toContain('"msg":"stopped"');
  expect(control("stop")).toEqual({ status: 0, output: "waferd: does not run\n" });
}, 30_000);

test("reload keeps the process, and with a mistake in the configuration reload and restart do nothing", async () => {
  const first = start();
  expect(control("reload")).toEqual({
    status: 0,
    output: "reloaded: the workers serve the new configuration\n",
  });
  configure("sandbux = true\n");
  for (const verb of ["reload", "restart"]) {
    const { status, output } = control(verb);
    expect(status).toBe(1);
    expect(output).toMatch(
      /sandbux is not an option; did you mean sandbox\?.*waferd: goes on as it is( \(process \d+\))?\n$/s,
    );
  }
  expect(pid()).toBe(first);
  expect(await answers()).toBe(true);
}, 30_000);

test.each<{ mistake: string; conf: () => string; says: RegExp }>([
  {
    mistake: "a missing certificate",
    conf: () => "EnableHTTPS = true\nHTTPSCertFile = no.pem\nHTTPSKeyFile = no.key\n",
    says: /certificate: .*no\.pem/,
  },
  {
    mistake: "a key of another certificate",
    conf() {
      const [one, other] = ["one", "other"].map((name) => {
        mkdirSync(join(home, name));
        return selfSigned(join(home, name));
      });
      return `EnableHTTPS = true\nHTTPSCertFile = ${one?.certFile}\nHTTPSKeyFile = ${other?.keyFile}\n`;
    },
    says: /is not the key of/,
  },
  {
    mistake: "a port that is taken",
    conf: () => `[prod]\nhttpport = ${taken.port}\n`,
    says: /port: waferd cannot listen on .*something else listens there/,
  },
  {
    mistake: "a port for metrics that is taken",
    conf: () => `metrics = ${taken.port}\n`,
    says: /metrics cannot be served at 127\.0\.0\.1:\d+/,
  },
  {
    mistake: "a log in no folder",
    conf: () => "log.file = nowhere/waferd.log\n",
    says: /log: .*nowhere does not exist/,
  },
  {
    mistake: "a data folder that is a file",
    conf: () => "data_dir = ./app.conf\n",
    says: /data folder: .*app\.conf is not a folder/,
  },
])("restart with $mistake leaves the server as it is", async ({ conf, says }) => {
  const first = start();
  configure(conf());
  const { status, output } = control("restart");
  expect(output).toMatch(says);
  expect(output).toEndWith("waferd: goes on as it is\n");
  expect(status).toBe(1);
  expect(pid()).toBe(first);
  expect(await answers()).toBe(true);
});

test("status is right after a reload that changed the port and TLS", async () => {
  const first = start();
  const { certFile, keyFile } = selfSigned(home);
  const other = await freePort();
  writeFileSync(
    join(home, "app.conf"),
    `httpport = ${other}\ndata_dir = ./data\nEnableHTTPS = true\nHTTPSCertFile = ${certFile}\nHTTPSKeyFile = ${keyFile}\n`,
  );
  expect(control("reload").status).toBe(0);
  expect(control("status")).toEqual({
    status: 0,
    output: `waferd: runs (process ${first}) on https://127.0.0.1:${other}\n`,
  });
  expect(control("restart").status).toBe(0);
  killWithParent(pid(), folder.path);
});

test("a reload that the server refuses is told with the reason", async () => {
  const first = start();
  configure("data_dir = ./data\nsandbox = true\n");
  const { status, output } = control("reload");
  expect(status).toBe(1);
  expect(output).toMatch(/the reload failed.*sandbox cannot be changed by a reload/);
  expect(pid()).toBe(first);
  const shown = run([join(home, "waferd"), "status"], {
    cwd: home,
    env: { PATH: "/usr/bin:/bin" },
  });
  expect(shown.output).toMatch(/^last reload +failed: sandbox cannot be changed/m);
});

test("start takes flags, and restart, status and reload keep them", async () => {
  const other = await freePort();
  const { output, status } = control("start", "--port", String(other), "--appname", "two words");
  expect(output).toContain(`on http://127.0.0.1:${other};`);
  expect(status).toBe(0);
  killWithParent(pid(), folder.path);
  expect(control("restart").output).toContain(`on http://127.0.0.1:${other};`);
  killWithParent(pid(), folder.path);
  expect(control("reload").status).toBe(0);
  expect(control("status").output).toContain(`on http://127.0.0.1:${other}\n`);
  expect(readFileSync(join(home, "logs/waferd.log"), "utf8")).toContain('"appname":"two words"');
  expect(control("restart", "--port", "0", "--prot").output).toContain("Did you mean --port?");
  expect(control("restart", "--port", String(port)).output).toContain(`127.0.0.1:${port};`);
  killWithParent(pid(), folder.path);
});

test("rotate begins another log, keeps seven old ones, and loses no line", async () => {
  start();
  const log = join(home, "logs/waferd.log");
  const ids: string[] = [];
  for (let round = 0; round < 9; round += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: "{}" });
    ids.push(answer.headers.get("x-request-id") ?? "");
    expect(control("rotate").status).toBe(0);
    while (!existsSync(log)) await Bun.sleep(5);
  }
  expect(existsSync(`${log}.7`)).toBe(true);
  expect(existsSync(`${log}.8`)).toBe(false);
  // A worker may still write a line into the file that was just renamed.
  const kept = [log, ...Array.from({ length: 7 }, (_, index) => `${log}.${index + 1}`)];
  const text = kept.map((path) => readFileSync(path, "utf8")).join("");
  for (const id of ids.slice(-6)) expect(text).toContain(id);
  expect(statSync(log).mode & 0o077).toBe(0);
});

test("a start that fails shows the output of waferd, and leaves no pid file", () => {
  configure("httpaddr = not a host\n");
  const { status, output } = control("start");
  expect(status).toBe(1);
  expect(output).toMatch(
    /app.conf:2 must be an address.*\nwaferd: did not start \(exit status 1\)\n$/,
  );
  expect(existsSync(join(home, "waferd.pid"))).toBe(false);
}, 20_000);

test("a stale pid file whose number another program has is ignored, and that program is left alone", () => {
  const other = Bun.spawn(["sleep", "60"]);
  writeFileSync(join(home, "waferd.pid"), `${other.pid}\n`);
  expect(control("status")).toMatchObject({
    status: 3,
    output: expect.stringContaining("is left over"),
  });
  expect(control("reload")).toEqual({ status: 1, output: "waferd: does not run\n" });
  expect(control("stop").status).toBe(0);
  expect(other.exitCode).toBeNull();

  writeFileSync(join(home, "waferd.pid"), `${other.pid}\n`);
  expect(start()).not.toBe(other.pid);
  expect(other.exitCode).toBeNull();
  other.kill();
}, 30_000);

test("status of a server that kill -9 ended is 3, and start starts it again", () => {
  const first = start();
  process.kill(first, "SIGKILL");
  while (isAlive(first)) Bun.sleepSync(10);
  expect(control("status").status).toBe(3);
  expect(start()).not.toBe(first);
}, 30_000);

test("stop finds a server whose executable was replaced", () => {
  const first = start();
  renameSync(join(home, "waferd"), join(home, "waferd.old"));
  run(["cp", join(home, "waferd.old"), join(home, "waferd")]);
  expect(control("status").status).toBe(0);
  expect(control("stop")).toEqual({ status: 0, output: `waferd: has ended (process ${first})\n` });
}, 30_000);

test("stop kills a server that does not end after 30 seconds, and says so", () => {
  const first = start();
  // The test shortens only the wait.
  const script = join(home, "control.sh");
  const text = readFileSync(script, "utf8");
  writeFileSync(script, text.replace("STOP_SECONDS=30", "STOP_SECONDS=1"));
  process.kill(first, "SIGSTOP");
  const { status, output } = control("stop");
  expect(status).toBe(1);
  expect(output).toBe(`waferd: did not end within 1 seconds, and was killed (process ${first})\n`);
  expect(text).toContain("STOP_SECONDS=30");
  expect(existsSync(join(home, "waferd.pid"))).toBe(false);
}, 30_000);

test("start works without curl and wget", () => {
  const bare = join(folder.path, "bin");
  mkdirSync(bare);
  for (const program of [
    "dirname",
    "tr",
    "sed",
    "tail",
    "wc",
    "rm",
    "mkdir",
    "nohup",
    "sleep",
    "cat",
    "mv",
  ])
    run(["ln", "-s", Bun.which(program) ?? "", join(bare, program)]);
  const started = Bun.spawnSync(["/bin/sh", join(home, "control.sh"), "start"], {
    cwd: tmpdir(),
    env: { PATH: bare },
  });
  expect(started.stderr.toString()).toBe("");
  expect(started.exitCode).toBe(0);
  killWithParent(pid(), folder.path);
}, 30_000);

test("an unknown verb shows the usage", () => {
  expect(control("begin")).toEqual({
    status: 2,
    output: `usage: ${join(home, "control.sh")} start|stop|restart|status|reload|rotate [flags of waferd serve]\n`,
  });
});
