/** The answers to load balancers and service managers. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { buryAfterUs } from "../harness/mourner.ts";
import { RedisServer } from "../harness/redis.ts";
import { testStore } from "../harness/stores/store.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

test("/healthz and /readyz answer without a key, and are logged at debug only", async () => {
  await using waferd = await Waferd.start();
  const alive = await fetch(`${waferd.url}/healthz`);
  expect([alive.status, await alive.text()]).toEqual([200, "ok"]);
  const ready = await fetch(`${waferd.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({
    status: "ready",
    checks: { store: "ok", configuration: "ok" },
  });
  expect((await fetch(`${waferd.url}/healthz`, { method: "HEAD" })).status).toBe(200);
  await fetch(`${waferd.url}/last`);
  await waferd.logged(({ path }) => path === "/last");
  expect(waferd.log.filter(({ path }) => path === "/healthz" || path === "/readyz")).toEqual([]);
});

test("/readyz is 503 while default_appid is not registered, and 200 once it is", async () => {
  await using waferd = await Waferd.start({ args: ["--default-appid", "wx2"] });
  const readiness = async () => {
    const answer = await fetch(`${waferd.url}/readyz`);
    return { status: answer.status, body: await answer.json() };
  };
  const key = waferd.adminKey;
  const register = (appid: string) =>
    waferd.call("qcloud.cam.initapp", { appid, secret: `the-secret-of-${appid}` }, { key });
  // Otherwise the first app could not be registered through a load balancer.
  expect((await readiness()).status).toBe(200);
  await register("wx1");
  expect(await readiness()).toEqual({
    status: 503,
    body: {
      status: "unready",
      checks: { store: "ok", configuration: "default_appid is not registered" },
    },
  });
  await register("wx2");
  expect((await readiness()).status).toBe(200);
});

test("/readyz is 503 while the store cannot be read, and says no more than that", async () => {
  await using waferd = await Waferd.start();
  const key = waferd.adminKey;
  await waferd.call("qcloud.cam.initapp", { appid: "wx1", secret: "the-secret-of-wx1" }, { key });
  await testStore.damageApp?.(waferd.dataDir, "wx1");
  const answer = await fetch(`${waferd.url}/readyz`);
  expect(answer.status).toBe(503);
  expect(await answer.json()).toEqual({
    status: "unready",
    checks: { store: "failed", configuration: "not checked" },
  });
  expect((await fetch(`${waferd.url}/healthz`)).status).toBe(200);
});

test("/readyz is 503 at once while the store does not answer", async () => {
  const redis = await RedisServer.start();
  buryAfterUs(redis.pid, redis.folder);
  await using waferd = await Waferd.start({
    environment: { WAFERD_STORE: `redis://127.0.0.1:${redis.port}/0` },
  });
  expect((await fetch(`${waferd.url}/readyz`)).status).toBe(200);
  process.kill(redis.pid, "SIGSTOP");
  try {
    const answer = await fetch(`${waferd.url}/readyz`, { signal: AbortSignal.timeout(3000) });
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      status: "unready",
      checks: { configuration: "not checked" },
    });
  } finally {
    process.kill(redis.pid, "SIGCONT");
  }
  expect((await fetch(`${waferd.url}/readyz`)).status).toBe(200);
});

/** Receives the states that are sent to NOTIFY_SOCKET, as a service manager does. */
async function manager(
  socket: string,
): Promise<{ states: () => string; path: string } & AsyncDisposable> {
  const [kind, path] = socket.startsWith("@")
    ? ["ABSTRACT-RECV", socket.slice(1)]
    : ["UNIX-RECV", socket];
  const receiver = Bun.spawn(["socat", "-u", `${kind}:${path}`, "STDOUT"], { stdout: "pipe" });
  let received = "";
  const reading = (async () => {
    for await (const chunk of receiver.stdout) received += `${new TextDecoder().decode(chunk)}\n`;
  })();
  await until(() => (socket.startsWith("@") ? abstractExists(path ?? "") : existsSync(socket)));
  return {
    path: socket,
    states: () => received,
    async [Symbol.asyncDispose]() {
      receiver.kill();
      await reading;
    },
  };
}

const abstractExists = (name: string): boolean =>
  Bun.spawnSync(["grep", "-q", `@${name}`, "/proc/net/unix"]).exitCode === 0;

test.concurrent.each(["a path", "an abstract name"])(
  "serve notifies the service manager at %s of its start, a reload and its end",
  async (kind) => {
    using folder = tempFolder();
    const socket = kind === "a path" ? join(folder.path, "notify") : `@waferd-test-${process.pid}`;
    await using listener = await manager(socket);
    await using waferd = await Waferd.start({
      args: ["--workers", "2"],
      environment: { NOTIFY_SOCKET: listener.path },
    });
    await until(() => listener.states() === "READY=1\n");
    waferd.signal("SIGHUP");
    await until(() => listener.states().split("READY=1").length === 3, 20_000);
    const [, time] = /RELOADING=1\nMONOTONIC_USEC=(\d+)\n/.exec(listener.states()) ?? [];
    const uptime = BigInt(
      Math.round(Number((await Bun.file("/proc/uptime").text()).split(" ")[0]) * 1e6),
    );
    // Both clocks count from the start of the machine.
    expect(BigInt(time ?? 0)).toBeGreaterThan(uptime - 30_000_000n);
    expect(BigInt(time ?? 0)).toBeLessThanOrEqual(uptime + 1_000_000n);
    await waferd.stop();
    await until(() => listener.states().endsWith("STOPPING=1\n"));
    expect(listener.states()).toBe(
      `READY=1\nRELOADING=1\nMONOTONIC_USEC=${time}\nREADY=1\nSTOPPING=1\n`,
    );
  },
  40_000,
);
