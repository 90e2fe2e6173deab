/** Which server commands call, with which key, and what they print when that fails. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTerminal, runCommand, UNUSED_PORT } from "../../harness/command.ts";
import { noteSecret } from "../../harness/secrets.ts";
import { selfSigned } from "../../harness/self-signed.ts";
import { tempFolder } from "../../harness/temp-folder.ts";
import { EXECUTABLE, Waferd } from "../../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const WRONG_KEY = "an-admin-key-of-somebody-else";

/** An HTTP server that is not waferd, and the keys that it received. */
async function stranger(): Promise<{ url: string; keys: unknown[]; server: Server }> {
  const keys: unknown[] = [];
  const server = createServer((request, response) => {
    keys.push(request.headers.authorization);
    response.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, keys, server };
}

test("app list finds the server by its data folder, --url and WAFERD_URL, past the proxy of the environment", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const key = { WAFERD_ADMIN_KEY: waferd.adminKey };
  const { port } = new URL(waferd.url);
  const proxy = { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" };
  for (const { args, environment } of [
    { args: ["--data-dir", waferd.dataDir], environment: {} },
    { args: ["--data-dir", waferd.dataDir], environment: { WAFERD_ADMIN_KEY: WRONG_KEY } },
    { args: ["--data-dir", waferd.dataDir, "--port", UNUSED_PORT], environment: proxy },
    { args: ["--url", `http://localhost:${port}`], environment: key },
    { args: ["--url", `${waferd.url}/`], environment: key },
    { args: [], environment: { ...key, WAFERD_URL: waferd.url } },
    {
      args: ["--url", waferd.url],
      environment: { ...key, ...proxy, WAFERD_URL: "http://127.0.0.1:1" },
    },
  ] as const) {
    using folder = tempFolder();
    const { status, stdout } = await runCommand(["app", "list", ...args], {
      cwd: folder.path,
      environment,
    });
    expect(status, args.join(" ")).toBe(0);
    expect(stdout).toContain("Demo");
    expect(existsSync(join(folder.path, "data"))).toBe(false);
  }
});

test("app list ends with 4 for a wrong or missing key, and shows none", async () => {
  noteSecret(WRONG_KEY);
  using folder = tempFolder();
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const args = ["app", "list", "--url", waferd.url];
  const environment = { WAFERD_ADMIN_KEY: WRONG_KEY };
  const wrong = await runCommand(args, { cwd: folder.path, environment });
  expect(wrong).toMatchObject({ status: 4, stdout: "" });
  expect(wrong.stderr).toStartWith(
    `waferd: the server at ${waferd.url} did not prove that it knows this admin key, which was not sent: set WAFERD_ADMIN_KEY`,
  );
  const json = await runCommand([...args, "--json"], { cwd: folder.path, environment });
  expect(JSON.parse(json.stderr)).toMatchObject({ exitStatus: 4 });
  const missing = await runCommand(args, { cwd: folder.path });
  expect(missing.status).toBe(4);
  expect(missing.stderr).toContain(
    `the admin key of ${waferd.url} is missing: set WAFERD_ADMIN_KEY`,
  );
});

test("app list asks for a missing key on a terminal, and does not echo it", async () => {
  using folder = tempFolder();
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const args = ["app", "list", "--url", waferd.url, "--data-dir", folder.path];
  const { status, screen } = await onTerminal(args, [["the admin key of", `${waferd.adminKey}\n`]]);
  expect(status).toBe(0);
  expect(screen).toContain("Demo");
  expect(screen).not.toContain(waferd.adminKey);
});

test("app list ends with 7 without a server at --url or without data, and creates nothing", async () => {
  using folder = tempFolder();
  const environment = { WAFERD_ADMIN_KEY: WRONG_KEY };
  const run = (...args: string[]) =>
    runCommand(["app", "list", ...args], { cwd: folder.path, environment });
  expect(await run("--url", "http://127.0.0.1:1")).toMatchObject({
    status: 7,
    stderr: "waferd: no server listens at http://127.0.0.1:1\n",
  });
  const nothing = await run();
  expect(nothing.status).toBe(7);
  expect(nothing.stderr).toContain(
    `no server runs on ${folder.path}/data, which holds no data: start a server`,
  );
  expect(existsSync(join(folder.path, "data"))).toBe(false);
  expect((await run("--url", "nowhere")).status).toBe(2);
  expect((await run("--port", "x")).stderr).toContain("--port must be a whole number");
});

test("app add creates a missing data folder, and says so", async () => {
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const added = await runCommand(
    [
      "app",
      "add",
      "wx1",
      "--force",
      "--secret-stdin",
      "--data-dir",
      dataDir,
      "--port",
      UNUSED_PORT,
    ],
    { input: "the-secret-of-wx1" },
    dataDir,
  );
  expect(added).toMatchObject({
    status: 0,
    stderr: expect.stringContaining("created a new data folder"),
  });
  await using waferd = await Waferd.start({ dataDir });
  const { stdout } = await runCommand([
    "app",
    "show",
    "wx1",
    "--url",
    waferd.url,
    "--data-dir",
    dataDir,
  ]);
  expect(stdout).toMatch(/^appid +wx1$/m);
});

test("app list reports a server that is not waferd, which never sees the key", async () => {
  const { url, keys, server } = await stranger();
  const environment = { WAFERD_ADMIN_KEY: WRONG_KEY };
  const told = { status: 7, stderr: `waferd: the server at ${url} is not waferd\n` };
  expect(await runCommand(["app", "list", "--url", url], { environment })).toMatchObject(told);
  expect(keys).toEqual([undefined]);
  server.close();
});

test("app list where the folder's path is too long for a socket asks the port: over TLS only with the configured certificate, under any host name", async () => {
  using long = tempFolder();
  const dataDir = join(long.path, "d".repeat(100));
  using folder = tempFolder();
  using other = tempFolder();
  const { certFile, keyFile } = selfSigned(folder.path);
  const flags = (cert: string) => [
    "--enablehttps",
    "--httpscertfile",
    cert,
    "--httpskeyfile",
    keyFile,
  ];
  await using waferd = await Waferd.start({ dataDir, args: ["--sandbox", ...flags(certFile)] });
  const { port } = new URL(waferd.url);
  const list = (cert: string) =>
    runCommand(["app", "list", "--port", port, "--data-dir", waferd.dataDir, ...flags(cert)]);
  expect(await list(certFile)).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Demo"),
  });
  const refused = await list(selfSigned(other.path).certFile);
  expect(refused.status).toBe(7);
  expect(refused.stderr).toContain("its certificate is not the one in HTTPSCertFile");
  const untrusted = await runCommand([
    "app",
    "list",
    "--url",
    waferd.url,
    "--data-dir",
    waferd.dataDir,
  ]);
  expect(untrusted).toMatchObject({
    status: 7,
    stderr: expect.stringContaining("self signed certificate"),
  });
});

test("app list loses nothing in a slow pipe, and ends quietly when the reader is gone", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const register = (index: number) =>
    fetch(`${waferd.url}/api/v1/apps`, {
      method: "POST",
      headers: { Authorization: `Bearer ${waferd.adminKey}` },
      body: JSON.stringify({
        appid: `wx${index}`,
        secret: "a-secret-of-many",
        title: "店".repeat(100),
      }),
    });
  await Promise.all(Array.from({ length: 410 }, (_, index) => register(index)));
  const into = (reader: string) => {
    const list = `${EXECUTABLE} app list --all --json --url ${waferd.url} --data-dir ${waferd.dataDir}`;
    const { stdout, stderr } = Bun.spawnSync(["bash", "-c", `${list} | ${reader}`]);
    return { stdout: stdout.toString(), stderr: stderr.toString() };
  };
  const whole = into("(sleep 0.5; cat)");
  expect(whole.stdout.length).toBeGreaterThan(100_000);
  expect(JSON.parse(whole.stdout)).toMatchObject({ items: { length: 411 }, next: null });
  expect(into("head -c 100")).toMatchObject({ stderr: "" });
});
