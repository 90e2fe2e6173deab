/** SIGHUP, and workers that die, while clients do not pause. */
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

/** Clients that keep their connections, and clients that do not. */
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

/** The processes of a server, as it tells them itself. */
async function crewOf({ url, adminKey }: Waferd) {
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

// The first reload has a process take over from the supervisor itself, any other one process from another.
test.each([
  ["1", 2],
  ["2", 1],
] as const)(
  "SIGHUP replaces %s worker(s) under load, %d time(s), and no request fails",
  async (workers, rounds) => {
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

test("kill -9 of a worker fails the requests in its hands at most, and another takes its place", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2", "--log-access", "false"] });
  const load = startLoad(waferd.url);
  await Bun.sleep(500);
  const [victim = 0, other] = waferd.workers;
  process.kill(victim, "SIGKILL");
  const killedAt = performance.now();
  const died = await waferd.logged(({ msg }) => String(msg).startsWith("a worker died"));
  expect(died).toMatchObject({ pid: victim, signal: "SIGKILL" });
  await until(() =>
    waferd.log.some(({ msg }) => String(msg).startsWith("a worker replaced")),
  );
  const replacedAt = performance.now();
  await Bun.sleep(1000);
  for (const { answers, failures } of load) {
    // A client that met the death connects anew, once.
    expect(failures.length).toBeLessThanOrEqual(CLIENTS);
    expect(failures.filter(({ at }) => at > replacedAt)).toEqual([]);
    expect(answers.filter((at) => at > killedAt).length).toBeGreaterThan(CLIENTS);
  }
  await stopLoad(load);
  expect(waferd.workers).toHaveLength(2);
  expect(waferd.workers).toContain(other ?? 0);
  expect((await crewOf(waferd)).serving).toEqual(waferd.workers);
}, 30_000);

test.concurrent("workers that cannot start are tried again more and more slowly, until it ends with 1 and says why", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  writeFileSync(join(waferd.dataDir, "admin.key"), "short\n");
  for (const pid of waferd.workers) process.kill(pid, "SIGKILL");
  expect(await waferd.exited()).toBe(1);
  expect(waferd.log.filter(({ msg }) => msg === "a worker could not start").length).toBeGreaterThan(
    4,
  );
  expect(waferd.output).toMatch(
    /^waferd: no worker is left: \d+ died in a row at their start/m,
  );
}, 60_000);

test.concurrent("SIGHUP takes a new configuration, its number of workers and its port; a broken one leaves all as it is", async () => {
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
  // Right as far as it goes: it is the worker that finds out.
  writeFileSync(file, `workers = 2\nlog.file = ${folder.path}/nowhere/waferd.log\n`);
  waferd.signal("SIGHUP");
  await until(() => failed().length === 2);
  expect(failed()[1]?.["reason"]).toContain("cannot open the log file: ENOENT");
  expect(waferd.workers).toEqual(first);
  expect((await fetch(`${waferd.url}/docs`)).status).toBe(200);

  for (const [workers, docs] of [
    ["3", "off"],
    ["1", "on"],
  ] as const) {
    writeFileSync(file, `workers = ${workers}\nEnableDocs = ${docs}\n`);
    await reload(waferd);
    await until(() => waferd.workers.length === Number(workers));
    expect(await crewOf(waferd)).toEqual({
      supervisor: waferd.pid,
      configured: Number(workers),
      serving: waferd.workers,
    });
    expect((await fetch(`${waferd.url}/docs`)).status).toBe(docs === "on" ? 200 : 404);
  }
  for (const pid of first) expect(waferd.workers).not.toContain(pid);
}, 60_000);

test.concurrent("SIGHUP takes a new address, unless somebody else listens there", async () => {
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

/** The fingerprint of the certificate that a server shows. */
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

test.concurrent("SIGHUP takes a renewed certificate; one that does not fit its key, or is gone, leaves the old one", async () => {
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
  // Not even a worker that dies now is lost by that.
  process.kill(waferd.workers[0] ?? 0, "SIGKILL");
  await until(() =>
    waferd.log.some(({ msg }) => String(msg).startsWith("a worker replaced")),
  );
  expect(await shownCertificate(waferd.url)).toBe(renewed);
}, 60_000);
