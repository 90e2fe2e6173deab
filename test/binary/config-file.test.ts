/** Which configuration commands take, and from where its paths are meant. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandOptions, runCommand } from "../harness/command.ts";
import { freePort } from "../harness/free-port.ts";
import { noteSecret } from "../harness/secrets.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { EXECUTABLE } from "../harness/waferd.ts";

setDefaultTimeout(30_000);

const SECRET = "the-secret-of-the-app";
noteSecret(SECRET);

/** A folder with an app.conf in it, for commands that run there. */
function confFolder(conf: string | Buffer) {
  const folder = tempFolder();
  writeFileSync(join(folder.path, "app.conf"), conf);
  const run = (args: string, options: CommandOptions = {}) =>
    runCommand(args.split(" "), { cwd: folder.path, ...options });
  return { path: folder.path, run, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

const shownPort = (stdout: string): string | undefined => /^httpport = (\d+)/m.exec(stdout)?.[1];

test("commands take --config, else WAFERD_CONFIG, else ./app.conf, and say what they found", async () => {
  using here = confFolder("httpport = 1");
  writeFileSync(join(here.path, "variable.conf"), "httpport = 2");
  writeFileSync(join(here.path, "flag.conf"), "httpport = 3");
  const environment = { WAFERD_CONFIG: "variable.conf" };
  const found = await here.run("config print");
  expect(shownPort(found.stdout)).toBe("1");
  expect(found.stderr).toBe("waferd: configured by ./app.conf\n");
  const named = await here.run("config print", { environment });
  expect([shownPort(named.stdout), named.stderr]).toEqual(["2", ""]);
  const flag = await here.run("config print --config flag.conf", { environment });
  expect([shownPort(flag.stdout), flag.stderr]).toEqual(["3", ""]);
  const json = await here.run("status --json");
  expect(json.stderr).toBe("");
  expect(JSON.parse(json.stdout)).toMatchObject({ url: "http://127.0.0.1:1" });
  expect((await here.run("doctor")).stdout).toContain("it is valid, from ./app.conf");
});

/** Whether a folder of this machine can be replaced for one command alone. */
const canReplaceFolders = Bun.spawnSync(["unshare", "--mount", "true"]).success;

test.skipIf(!canReplaceFolders)("/etc/waferd/app.conf is found where there is no other", () => {
  using elsewhere = tempFolder();
  const script = `mount -t tmpfs none /etc && mkdir /etc/waferd && cd ${elsewhere.path} &&
    echo 'httpport = 4' > /etc/waferd/app.conf && exec ${EXECUTABLE} config print`;
  const { stdout, stderr } = Bun.spawnSync(["unshare", "--mount", "sh", "-c", script], {
    env: { PATH: "/usr/bin:/bin" },
  });
  expect(stderr.toString()).toBe("waferd: configured by /etc/waferd/app.conf\n");
  expect(shownPort(stdout.toString())).toBe("4");
});

test("a named file that is missing is an error, and a mistake in a found one names it", async () => {
  using here = confFolder("htpport = 1");
  const missing = await here.run("status --config nowhere.conf");
  expect(missing.status).toBe(1);
  expect(missing.stderr).toContain("cannot read the configuration nowhere.conf");
  const wrong = await here.run("status");
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toMatch(/\.\/app\.conf:1 htpport is not an option; did you mean httpport\?/);
});

test("an app.conf that others can write is not found, and can be named", async () => {
  using here = confFolder("httpport = 1");
  const path = join(here.path, "app.conf");
  chmodSync(path, 0o666);
  const open = await here.run("config print");
  expect(shownPort(open.stdout)).toBe("8888");
  expect(open.stderr).toContain("./app.conf is not used, because every user can write it");
  expect(shownPort((await here.run("config print --config ./app.conf")).stdout)).toBe("1");
  if (process.getuid?.() !== 0) return;
  chmodSync(path, 0o644);
  chownSync(path, 12_345, 12_345);
  expect((await here.run("config print")).stderr).toContain("it belongs to another user");
});

test("a server and its commands, started in several folders, agree on the data of one configuration", async () => {
  const port = await freePort();
  using here = confFolder(`httpport = ${port}\ndata_dir = ./kept`);
  using elsewhere = tempFolder();
  const add = `app add wx1234567890abcdef --secret-stdin --config ${here.path}/app.conf`;
  const added = await runCommand(add.split(" "), { cwd: elsewhere.path, input: SECRET });
  expect(added.status).toBe(0);
  expect(existsSync(join(here.path, "kept/data.mdb"))).toBe(true);
  expect(existsSync(join(elsewhere.path, "kept"))).toBe(false);
  const server = Bun.spawn([EXECUTABLE, "serve"], {
    cwd: here.path,
    env: { PATH: "/usr/bin:/bin" },
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    await until(async () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    const list = ["app", "list", "--json", "--config", join(here.path, "app.conf")];
    const { stdout } = await runCommand(list, { cwd: elsewhere.path });
    expect(stdout).toContain("wx1234567890abcdef");
  } finally {
    server.kill();
    await server.exited;
  }
});

test("data where a relative data_dir was meant from the current folder is not left behind", async () => {
  using conf = confFolder("data_dir = ./data");
  using elsewhere = tempFolder();
  const options = { cwd: elsewhere.path, input: SECRET };
  const add = "app add wx1234567890abcdef --secret-stdin --data-dir ./data";
  expect((await runCommand(add.split(" "), options)).status).toBe(0);
  const list = ["app", "list", "--config", join(conf.path, "app.conf")];
  const { status, stderr } = await runCommand(list, options);
  expect(status).toBe(1);
  expect(stderr).toContain(`there is data in ${elsewhere.path}/data: set data_dir =`);
  const told = await runCommand([...list, "--data-dir", "./data"], options);
  expect(told.stdout).toContain("wx1234567890abcdef");
});

const MARK = "\ufeff";

test("an app.conf and secrets that Windows' editors wrote are read", async () => {
  for (const text of [
    `${MARK}httpport = 5\r\n`,
    Buffer.from(`${MARK}httpport = 5\r\n`, "utf16le"),
  ]) {
    using here = confFolder(text);
    expect(shownPort((await here.run("config print")).stdout)).toBe("5");
    writeFileSync(join(here.path, "secret"), `${MARK}${SECRET}\r\n`);
    const add = "app add wx1234567890abcdef --secret-file secret";
    expect((await here.run(add)).status).toBe(0);
    const key = join(here.path, "data/admin.key");
    writeFileSync(key, `${MARK}${await Bun.file(key).text()}\r\n`);
    const exported = await here.run("app update wx1234567890abcdef --title x");
    expect(exported.status).toBe(0);
  }
});

test("a certificate and a key with a byte order mark and CRLF serve HTTPS", async () => {
  const port = await freePort();
  using folder = tempFolder();
  const { certFile, keyFile } = selfSigned(folder.path);
  for (const path of [certFile, keyFile])
    writeFileSync(path, MARK + (await Bun.file(path).text()).replaceAll("\n", "\r\n"));
  const flags = ["--enablehttps", "--httpscertfile", certFile, "--httpskeyfile", keyFile];
  const server = Bun.spawn([EXECUTABLE, "serve", "--port", String(port), ...flags], {
    cwd: folder.path,
    env: { PATH: "/usr/bin:/bin" },
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    const tls = { rejectUnauthorized: false };
    await until(async () =>
      fetch(`https://127.0.0.1:${port}/readyz`, { tls }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  } finally {
    server.kill();
    await server.exited;
  }
});
