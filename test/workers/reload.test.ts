/** SIGHUP and dying workers while clients send requests without a pause. */
import { expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { Load } from "../harness/load.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

const CLIENTS = 8;

/** Starts clients that keep their connections, and clients that do not. */
const startLoad = (url: string): Load[] =>
  [false, true].map((fresh) => new Load(url, { clients: CLIENTS, fresh }));

async function stopLoad(load: Load[]) {
  await Promise.all(load.map((one) => one.stop()));
  return load.map(({ answers, failures }) => ({ answers: answers.length, failures }));
}

/** Sends SIGHUP and waits until it is done. */
async function reload(waferd: Waferd): Promise<void> {
  const count = () => waferd.log.filter(({ msg }) => msg === "reloaded").length;
  const before = count();
  waferd.signal("SIGHUP");
  await until(() => count() > before, 20_000);
}

/** Returns the processes of a server, as it lists them itself. */
async function processesOf({ url, adminKey }: Waferd) {
  const headers = { Authorization: `Bearer ${adminKey}` };
  const answer = await fetch(`${url}/api/v1/server`, { headers });
  const { workers } = (await answer.json()) as {
    workers: { supervisor: number; configured: number; serving: { pid: number }[] };
  };
  return {
    ...workers,
    serving: workers.serving.map(({ pid }) => pid).sort((one, other) => one - other),
  };
}

// The first reload replaces the worker in the supervisor's own process, later ones other processes.
test.each([
  { workers: "1", rounds: 2 },
  { workers: "2", rounds: 1 },
] as const)(
  "SIGHUP replaces $workers worker(s) under load, $rounds time(s), and no request fails",
  async ({ workers, rounds }) => {
    await using waferd = await Waferd.start({
      args: ["--workers", workers, "--log-access", "false"],
    });
    const before = [waferd.pid, ...waferd.workers];
    const load = startLoad(waferd.url);
    for (let round = 0; round < rounds; round += 1) {
      await reload(waferd);
      // The last to leave may still be closing its store.
      await until(() => waferd.workers.length === Number(workers));
    }
    for (const { answers, failures } of await stopLoad(load)) {
      expect(failures).toEqual([]);
      expect(answers).toBeGreaterThan(100);
    }
    for (const pid of waferd.workers) expect(before).not.toContain(pid);
  },
  60_000,
);

test("kill -9 of a worker fails at most its requests in hand, and another worker replaces it", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2", "--log-access", "false"] });
  const load = startLoad(waferd.url);
  await Bun.sleep(500);
  const [victim = 0, other] = waferd.workers;
  process.kill(victim, "SIGKILL");
  const killedAt = performance.now();
  const died = await waferd.logged(({ msg }) => String(msg).startsWith("a worker died"));
  expect(died).toMatchObject({ pid: victim, signal: "SIGKILL" });
  await until(() => waferd.log.some(({ msg }) => String(msg).startsWith("a worker replaced")));
  const replacedAt = performance.now();
  await Bun.sleep(1000);
  for (const { answers, failures } of load) {
    // A client whose worker died connects again, once.
    expect(failures.length).toBeLessThanOrEqual(CLIENTS);
    expect(failures.filter(({ at }) => at > replacedAt)).toEqual([]);
    expect(answers.filter((at) => at > killedAt).length).toBeGreaterThan(CLIENTS);
  }
  await stopLoad(load);
  expect(waferd.workers).toHaveLength(2);
  expect(waferd.workers).toContain(other ?? 0);
  expect((await processesOf(waferd)).serving).toEqual(waferd.workers);
}, 30_000);

test.concurrent("serve retries workers that cannot start with growing pauses, then ends with 1 and says why", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  writeFileSync(join(waferd.dataDir, "admin.key"), "short\n");
  for (const pid of waferd.workers) process.kill(pid, "SIGKILL");
  expect(await waferd.exited()).toBe(1);
  expect(waferd.log.filter(({ msg }) => msg === "a worker could not start").length).toBeGreaterThan(
    4,
  );
  expect(waferd.output).toMatch(/^waferd: no worker is left: \d+ died in a row at their start/m);
}, 60_000);

test.concurrent("SIGHUP applies a new configuration and its number of workers; a broken one changes nothing", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "app.conf");
  writeFileSync(file, "workers = 2\n");
  await using waferd = await Waferd.start({ args: ["--config", file] });
  const failed = () => waferd.log.filter(({ msg }) => String(msg).startsWith("the reload failed"));
  const first = waferd.workers;

  writeFileSync(file, "workers = none\n");
  waferd.signal("SIGHUP");
  await until(() => failed().length === 1);
  expect(failed()[0]?.["reason"]).toContain(
    "app.conf:1 must be a whole number from 1 to 128, or auto",
  );
  // A valid configuration, which only the worker finds unusable.
  writeFileSync(file, `workers = 2\nlog.file = ${folder.path}/nowhere/waferd.log\n`);
  waferd.signal("SIGHUP");
  await until(() => failed().length === 2);
  expect(failed()[1]?.["reason"]).toContain("cannot open the log file: ENOENT");
  // The one that failed reports before it has ended.
  await until(() => Bun.deepEquals(waferd.workers, first));
  expect((await fetch(`${waferd.url}/docs`)).status).toBe(200);

  for (const { workers, docs } of [
    { workers: "3", docs: "off" },
    { workers: "1", docs: "on" },
  ] as const) {
    writeFileSync(file, `workers = ${workers}\nEnableDocs = ${docs}\n`);
    await reload(waferd);
    await until(() => waferd.workers.length === Number(workers));
    expect(await processesOf(waferd)).toEqual({
      supervisor: waferd.pid,
      configured: Number(workers),
      serving: waferd.workers,
    });
    expect((await fetch(`${waferd.url}/docs`)).status).toBe(docs === "on" ? 200 : 404);
  }
  for (const pid of first) expect(waferd.workers).not.toContain(pid);
}, 60_000);

test.concurrent("SIGHUP applies a new address, unless another program listens there", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "app.conf");
  writeFileSync(file, "");
  await using waferd = await Waferd.start({ environment: { WAFERD_CONFIG: file } });
  const { port } = new URL(waferd.url);
  const alive = (host: string) =>
    fetch(`http://${host}:${port}/healthz`, { headers: { Connection: "close" } }).then(
      () => true,
      () => false,
    );
  await using _taken = Bun.serve({ hostname: "127.0.0.3", port, fetch: () => new Response() });
  writeFileSync(file, "httpaddr = 127.0.0.3\n");
  waferd.signal("SIGHUP");
  const failed = await waferd.logged(({ msg }) => String(msg).startsWith("the reload failed"));
  expect(failed["reason"]).toStartWith(
    `cannot listen on 127.0.0.3:${port}: something else listens there`,
  );
  expect(await alive("127.0.0.1")).toBe(true);
  writeFileSync(file, "httpaddr = 127.0.0.2\n");
  await reload(waferd);
  expect([await alive("127.0.0.2"), await alive("127.0.0.1")]).toEqual([true, false]);
}, 30_000);

/** Returns the fingerprint of a server's certificate. */
function shownCertificate(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().fingerprint256);
    socket.end();
  });
  socket.on("error", reject);
  return promise;
}

test.concurrent("SIGHUP applies a renewed certificate, and keeps the old one if a file is missing or does not match", async () => {
  using folder = tempFolder();
  const { certFile, keyFile } = selfSigned(folder.path);
  await using waferd = await Waferd.start({
    args: [
      "--enablehttps",
      "--httpscertfile",
      certFile,
      "--httpskeyfile",
      keyFile,
      "--workers",
      "2",
    ],
  });
  const failed = () => waferd.log.filter(({ msg }) => String(msg).startsWith("the reload failed"));
  const first = await shownCertificate(waferd.url);
  selfSigned(folder.path);
  await reload(waferd);
  const renewed = await shownCertificate(waferd.url);
  expect(renewed).not.toBe(first);

  const cert = readFileSync(certFile);
  selfSigned(folder.path);
  writeFileSync(certFile, cert);
  waferd.signal("SIGHUP");
  await until(() => failed().length === 1);
  expect(failed()[0]?.["reason"]).toContain("the certificate or its key cannot be used");
  rmSync(keyFile);
  waferd.signal("SIGHUP");
  await until(() => failed().length === 2);
  expect(failed()[1]?.["reason"]).toContain("HTTPSKeyFile: ENOENT");
  // A worker that dies now is still replaced.
  process.kill(waferd.workers[0] ?? 0, "SIGKILL");
  await until(() => waferd.log.some(({ msg }) => String(msg).startsWith("a worker replaced")));
  expect(await shownCertificate(waferd.url)).toBe(renewed);
}, 60_000);
