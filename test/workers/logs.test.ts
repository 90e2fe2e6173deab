/** The log file and its lines. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";
import { until } from "../harness/until.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

const ALONE = { Connection: "close" };

/** A request is found in the log by its id, because the log has routes instead of paths. */
const idOf = (response: Response): string => response.headers.get("x-request-id") ?? "";

const linesOf = (path: string): Record<string, unknown>[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

test("workers append whole lines to log.file, and reopen it on SIGUSR1", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "waferd.log");
  const moved = `${path}.1`;
  await using waferd = await Waferd.start({ args: ["--workers", "2", "--log-file", path] });
  expect(statSync(path).mode & 0o777).toBe(0o640);
  const ask = async (): Promise<string[]> => {
    const url = `${waferd.url}/nothing`;
    const answers = Array.from({ length: 200 }, () => fetch(url, { headers: ALONE }));
    return (await Promise.all(answers)).map(idOf);
  };
  const asked = (file: string, ids: readonly string[]) =>
    linesOf(file).filter(({ requestId }) => ids.includes(String(requestId)));
  const before = await ask();
  expect(asked(path, before)).toHaveLength(200);
  expect(new Set(asked(path, before).map(({ pid }) => pid)).size).toBe(2);

  renameSync(path, moved);
  waferd.signal("SIGUSR1");
  const isOpen = (pid: number): boolean => {
    const { stdout } = Bun.spawnSync(["readlink", "-e", ...openFiles(pid)]);
    return stdout.toString().split("\n").includes(path);
  };
  await until(() => existsSync(path) && [waferd.pid, ...waferd.workers].every(isOpen));
  const after = await ask();
  expect(asked(path, after)).toHaveLength(200);
  expect(asked(moved, after)).toHaveLength(0);
  expect(waferd.log).toEqual([]);
}, 30_000);

const openFiles = (pid: number): string[] =>
  Bun.spawnSync(["ls", `/proc/${pid}/fd`])
    .stdout.toString()
    .trim()
    .split("\n")
    .map((fd) => `/proc/${pid}/fd/${fd}`);

test("SIGUSR1 logs a file that cannot be reopened, and logging continues in the old one", async () => {
  using folder = tempFolder();
  using moving = tempFolder();
  const path = join(moving.path, "waferd.log");
  await using waferd = await Waferd.start({ args: ["--log-file", path] });
  const aside = join(folder.path, "waferd.log");
  renameSync(path, aside);
  rmSync(moving.path, { recursive: true });
  waferd.signal("SIGUSR1");
  await until(() =>
    linesOf(aside).some(({ msg }) => String(msg).startsWith("the log file cannot be reopened")),
  );
  const later = idOf(await fetch(`${waferd.url}/later`));
  expect(linesOf(aside).some(({ requestId }) => requestId === later)).toBe(true);
});

test("SIGUSR1 without a log file does nothing", async () => {
  await using waferd = await Waferd.start();
  waferd.signal("SIGUSR1");
  await Bun.sleep(100);
  expect((await fetch(`${waferd.url}/healthz`)).status).toBe(200);
});

test("serve ends with 1 when the log file cannot be opened", () => {
  using folder = tempFolder();
  const args = [
    "--data-dir",
    join(folder.path, "data"),
    "--log-file",
    join(folder.path, "nowhere/waferd.log"),
  ];
  const { exitCode, stderr } = Bun.spawnSync([EXECUTABLE, "serve", "--port", "0", ...args], {
    env: {},
  });
  expect(exitCode).toBe(1);
  expect(stderr.toString()).toMatch(
    /^waferd: cannot open the log file: ENOENT.*set log\.file to a file/,
  );
});

test("requests succeed while the disk of the log is full, and a cut line spoils no other", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "waferd.log");
  // Larger than all files of the store, whose writes must not be limited.
  writeFileSync(path, `${"-".repeat(2 ** 20)}\n`);
  await using waferd = await Waferd.start({ args: ["--log-file", path] });
  const ask = async (): Promise<string> => {
    const answer = await waferd.post("{}", { path: "/nothing" });
    expect(answer.status).toBe(404);
    return idOf(answer);
  };
  await ask();
  waferd.fillDisk(statSync(path).size + 20);
  const lost: string[] = [];
  for (let count = 0; count < 5; count += 1) lost.push(await ask());
  waferd.freeDisk();
  const after = await ask();
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ requestId: after });
  expect(lines.filter((line) => lost.some((id) => line.includes(`${id}"`)))).toEqual([]);
});

test("log.access = false logs only requests whose failure needs attention", async () => {
  await using waferd = await Waferd.start({
    args: ["--log-access", "off", "--wechat-api-base", "http://127.0.0.1:1"],
  });
  const key = waferd.adminKey;
  await waferd.call("qcloud.cam.initapp", { appid: "wx1", secret: "secret-of-wx1" }, { key });
  const { returnCode } = await waferd.call("qcloud.cam.id_skey", { code: "a-code-of-wechat" });
  expect(returnCode).toBe(1005);
  await waferd.logged(({ msg, failure }) => msg === "request" && failure === "wechatUnreachable");
  expect(waferd.log.filter(({ msg }) => msg === "request")).toHaveLength(1);
});

test("the log names the client behind a trusted proxy, and ignores X-Forwarded-For of others", async () => {
  await using waferd = await Waferd.start({
    args: ["--trusted-proxies", "127.0.0.0/8, 10.0.0.0/8"],
  });
  const peerOf = async (server: Waferd, forwardedFor?: string) => {
    const answer = await fetch(`${server.url}/nothing`, {
      headers: forwardedFor === undefined ? {} : { "X-Forwarded-For": forwardedFor },
    });
    const id = idOf(answer);
    return (await server.logged(({ requestId }) => requestId === id))["peer"];
  };
  expect(await peerOf(waferd)).toBe("127.0.0.1");
  expect(await peerOf(waferd, "203.0.113.9, 198.51.100.7, 10.1.2.3")).toBe("198.51.100.7");
  await using strict = await Waferd.start();
  expect(await peerOf(strict, "203.0.113.9")).toBe("127.0.0.1");
});
