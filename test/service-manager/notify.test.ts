/** The messages for a service manager such as systemd: sd_notify(3). */
import { expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

/** Receives the messages that are sent to NOTIFY_SOCKET, as a service manager does. */
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
  "the service manager at %s is told that the server is ready, reloads, is ready again, and stops",
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

test.concurrent("the service manager that asks for signs of life gets them, from the process that it asked only", async () => {
  using folder = tempFolder();
  const signs = async (asked: Record<string, string>): Promise<number> => {
    const socket = join(folder.path, "notify");
    await using listener = await manager(socket);
    await using waferd = await Waferd.start({
      environment: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "200000", ...asked },
    });
    const count = () => listener.states().split("WATCHDOG=1").length - 1;
    if (asked["WATCHDOG_PID"] === undefined) await until(() => count() > 3, 20_000);
    else await Bun.sleep(500);
    await waferd.stop();
    await until(() => listener.states().endsWith("STOPPING=1\n") || count() > 0, 20_000);
    return count();
  };
  expect(await signs({})).toBeGreaterThan(3);
  rmSync(join(folder.path, "notify"), { force: true });
  expect(await signs({ WATCHDOG_PID: "1" })).toBe(0);
}, 60_000);
