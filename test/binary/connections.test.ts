/** Connections at their limits: idle ones, half-closed ones, and more than there is room for. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { startProduction } from "../harness/production.ts";
import { exchange, rawRequest, statusOf } from "../harness/raw-http.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

const HEALTH = rawRequest("GET", "/healthz", ["Host: localhost"]);

/** A client that keeps its connection. */
class Client {
  isClosed = false;
  answers = 0;
  readonly #socket: Socket;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("data", (bytes) => {
      this.answers += String(bytes).split("HTTP/1.1 200").length - 1;
    });
    this.#socket.on("close", () => {
      this.isClosed = true;
    });
    this.#socket.on("error", () => undefined);
  }

  ask(): void {
    this.#socket.write(HEALTH);
  }

  close(): void {
    this.#socket.destroy();
  }
}

const clients = (url: string, count: number) =>
  Array.from({ length: count }, () => new Client(url));

test("a connection is kept for http.idle_timeout, also where WeChat's time-out is short", async () => {
  const withTimeout = (seconds: number) =>
    Waferd.start({
      args: ["--http-idle-timeout", String(seconds), "--wechat-timeout", "0.1"],
    });
  await using short = await withTimeout(5);
  await using long = await withTimeout(60);
  const closing = clients(short.url, 20);
  const kept = clients(long.url, 20);
  for (const client of [...closing, ...kept]) client.ask();
  await until(() => [...closing, ...kept].every(({ answers }) => answers === 1), 20_000);

  await until(() => closing.every(({ isClosed }) => isClosed), 40_000);
  expect(kept.filter(({ isClosed }) => isClosed)).toEqual([]);
  for (const client of kept) client.ask();
  await until(() => kept.every(({ answers }) => answers === 2), 20_000);
  for (const client of kept) client.close();
}, 90_000);

/** Hundredths of a second that a process has computed. */
function cpuTicks(pid: number): number {
  const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = rest.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

test("without file descriptors it says so once, does not spin, and answers when the flood is over", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const limit = 128;
  const pid = waferd.worker;
  const limited = Bun.spawnSync(["prlimit", "--pid", `${pid}`, `--nofile=${limit}:${limit}`]);
  expect(limited.exitCode).toBe(0);
  const before = descriptors(pid);
  const startedAt = performance.now();
  const isOutOf = (line: Record<string, unknown>) =>
    String(line["msg"]).startsWith("nearly all file descriptors are in use");

  // Those that asked and wait for their next request are closed, so that others find room.
  const idle = clients(waferd.url, 200);
  for (const client of idle) client.ask();
  await until(() => waferd.log.some(isOutOf), 20_000);
  await until(() => idle.filter(({ isClosed }) => isClosed).length >= 50, 20_000);
  const honest = () =>
    exchange(waferd.url, rawRequest("GET", "/healthz", ["Host: a", "Connection: close"]));
  expect(statusOf(await honest())).toBe(200);
  for (const client of idle) client.close();

  // Those that ask nothing hold all there is; the others wait.
  const silent = clients(waferd.url, 300);
  await until(() => descriptors(pid) >= limit - 20, 20_000);
  await Bun.sleep(3000);
  const start = cpuTicks(pid);
  await Bun.sleep(3000);
  expect(cpuTicks(pid) - start).toBeLessThan(100);
  for (const client of silent) client.close();
  expect(statusOf(await honest())).toBe(200);
  await until(() => descriptors(pid) <= before + 5, 20_000);
  const minutes = Math.floor((performance.now() - startedAt) / 60_000);
  expect(waferd.log.filter(isOutOf).length).toBeLessThanOrEqual(1 + minutes);
}, 90_000);

test("a client that half-closes gets the answers that wait for nothing", async () => {
  using folder = tempFolder();
  const { certFile, keyFile } = selfSigned(folder.path);
  const tls = ["--enablehttps", "--httpscertfile", certFile, "--httpskeyfile", keyFile];
  await using plain = await Waferd.start({ args: ["--sandbox"] });
  await using secure = await Waferd.start({ args: ["--sandbox", ...tls] });
  const auth = JSON.stringify({
    interface: { interfaceName: "qcloud.cam.auth", para: { id: "0".repeat(32), skey: "1" } },
  });
  const post = rawRequest("POST", "/", ["Host: localhost"], auth);
  const bundle = rawRequest("GET", "/docs/swagger-ui-bundle.js", ["Host: localhost"]);
  for (const { url } of [plain, secure]) {
    const answers = (bytes: string) =>
      exchange(url, bytes, { halfClose: true }).then((all) => all.split("HTTP/1.1 200").length - 1);
    expect(await answers(HEALTH)).toBe(1);
    expect(await answers(post)).toBe(1);
    expect(await answers(HEALTH + post + HEALTH)).toBe(3);
    // An answer that the socket cannot take at once.
    const large = await exchange(url, bundle, { halfClose: true });
    const length = Number(/content-length: (\d+)/i.exec(large)?.[1]);
    expect(length).toBeGreaterThan(1_000_000);
    expect(large.length - large.indexOf("\r\n\r\n") - 4).toBe(length);
  }
}, 60_000);

test("a client that half-closes while WeChat is asked gets no answer: Bun closes the connection", async () => {
  await using production = await startProduction({
    environment: { WAFERD_WECHAT_TIMEOUT: "20" },
  });
  const { waferd, sandbox } = production;
  sandbox.faults.set("/sns/jscode2session", { latencyMs: 5000 });
  const { code } = production.device(production.user("alice"));
  const body = JSON.stringify({
    interface: { interfaceName: "qcloud.cam.id_skey", para: { code } },
  });
  const request = rawRequest("POST", "/", ["Host: localhost"], body);
  expect(await exchange(waferd.url, request, { halfClose: true })).toBe("");
  const isLogin = (line: Record<string, unknown>) => line["interface"] === "qcloud.cam.id_skey";
  await until(() => waferd.log.some(isLogin), 20_000);
  expect(waferd.log.find(isLogin)).toMatchObject({ returnCode: 0 });
}, 60_000);
