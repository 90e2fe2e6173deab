/** `waferd logs`, with and without a server. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTerminal, runCommand } from "../../harness/command.ts";
import { tempFolder } from "../../harness/temp-folder.ts";
import { until } from "../../harness/until.ts";
import { EXECUTABLE, Waferd } from "../../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

/** A running `waferd logs --follow`. */
function startFollowing(args: readonly string[], environment: Record<string, string> = {}) {
  const command = Bun.spawn([EXECUTABLE, "logs", "--follow", ...args], {
    env: { PATH: "/usr/bin:/bin", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = { stdout: "", stderr: "" };
  const read = async (name: "stdout" | "stderr"): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of command[name])
      output[name] += decoder.decode(chunk, { stream: true });
  };
  const all = Promise.all([read("stdout"), read("stderr")]);
  return {
    output,
    async end(signal: "SIGINT" | "SIGTERM" = "SIGINT"): Promise<number> {
      command.kill(signal);
      await all;
      return command.exited;
    },
  };
}

const ask = async ({ url }: Waferd): Promise<string> =>
  (await fetch(`${url}/nothing`)).headers.get("x-request-id") ?? "";

describe.each([1, 2])("of a server with %p workers", (workers) => {
  let waferd: Waferd;
  beforeAll(async () => {
    waferd = await Waferd.start({ args: ["--sandbox", "--workers", String(workers)] });
  });
  afterAll(() => waferd[Symbol.asyncDispose]());

  const logs = (...args: string[]) => runCommand(["logs", "--data-dir", waferd.dataDir, ...args]);

  test("logs prints the last lines for people, and with --json as the log has them", async () => {
    const ids = [await ask(waferd), await ask(waferd), await ask(waferd)];
    const shown = await logs("--code", "404", "-n", "2");
    expect(shown).toMatchObject({ status: 0, stderr: "" });
    const lines = shown.stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(2);
    for (const [index, id] of ids.slice(1).entries())
      expect(lines[index]).toMatch(
        new RegExp(`^20\\d\\d-\\S+ \\S+ INFO  request pid=\\d+ requestId=${id} .*status=404`),
      );
    const times = async (...flags: string[]) =>
      (
        await runCommand(
          ["logs", "--data-dir", waferd.dataDir, "--request-id", ids[0] ?? "", ...flags],
          { environment: { TZ: "Asia/Shanghai" } },
        )
      ).stdout;
    expect(await times()).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \+08:00 INFO /);
    expect(await times("--utc")).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z INFO /);
    const json = await logs("--request-id", ids[0] ?? "", "--json");
    expect(JSON.parse(json.stdout)).toEqual(
      await waferd.logged(({ requestId }) => requestId === ids[0]),
    );
  });

  test.each([
    { args: ["--level", "warn"], has: "SANDBOX", hasNot: "INFO" },
    {
      args: ["--path", "/api/v1/server", "--since", "1h"],
      has: "/api/v1/server",
      hasNot: "path=/*",
    },
    {
      args: ["--since", "2020-01-01", "--until", "2999-01-01 08:00"],
      has: "started",
      hasNot: "ERROR",
    },
    { args: ["--app", "wx0000000000000de0"], has: "appid=wx0000000000000de0", hasNot: "started" },
    { args: ["--lines", "0"], has: "", hasNot: "started" },
    { args: ["--until", "7d"], has: "", hasNot: "started" },
  ])("logs filters by $args", async ({ args, has, hasNot }) => {
    await fetch(`${waferd.url}/api/v1/apps/wx0000000000000de0`, {
      headers: { Authorization: `Bearer ${waferd.adminKey}` },
    });
    const { status, stdout } = await logs(...args);
    expect(status).toBe(0);
    expect(stdout).toContain(has);
    expect(stdout).not.toContain(hasNot);
    if (has === "") expect(stdout).toBe("");
  });

  test("logs reaches a server by --url with the admin key", async () => {
    const id = await ask(waferd);
    const environment = { WAFERD_ADMIN_KEY: waferd.adminKey };
    const url = ["--url", waferd.url];
    const { stdout } = await runCommand(["logs", ...url, "--request-id", id], { environment });
    expect(stdout).toContain(id);
    const following = startFollowing([...url, "-n", "0", "--code", "404"], environment);
    const asked: string[] = [];
    await until(async () => {
      asked.push(await ask(waferd));
      return asked.some((one) => following.output.stdout.includes(one));
    });
    expect(await following.end("SIGTERM")).toBe(0);
    const wrong = await runCommand(["logs", "-f", ...url], {
      environment: { WAFERD_ADMIN_KEY: "x".repeat(43) },
    });
    expect(wrong.status).toBe(4);
  });

  test("logs has colours on a terminal", async () => {
    const { screen } = await onTerminal(
      ["logs", "--data-dir", waferd.dataDir, "--level", "warn"],
      [],
    );
    expect(screen).toContain("\u001b[33mWARN ");
  });

  test("logs refuses values that make no sense, and says which do", async () => {
    for (const [args, said] of [
      [["--since", "yesterday"], /--since must be a span before now such as 10m, 2h or 7d/],
      [["--until", "2026-13-01"], /--until must be/],
      [["--lines", "10001"], /--lines must be a whole number from 0 to 10000/],
      [["--lines", "x"], /--lines must be/],
      [["--level", "loud"], /Allowed choices are debug, info, warn, error/],
    ] as const) {
      const { status, stderr } = await logs(...args);
      expect(status).toBe(2);
      expect(stderr).toMatch(said);
    }
  });
});

test("logs --follow prints new lines until Ctrl-C, through a reload and a restart, each once", async () => {
  await using first = await Waferd.start({ args: ["--sandbox", "--workers", "2"] });
  const dataDir = ["--data-dir", first.dataDir];
  const following = startFollowing([...dataDir, "-n", "1", "--json"]);
  const { output } = following;
  const seen = (id: string): number => output.stdout.split(`"requestId":"${id}"`).length - 1;
  await until(() => output.stdout !== "");
  const ids = [await ask(first)];
  await until(() => ids.every((id) => seen(id) === 1));
  first.signal("SIGHUP");
  await first.logged(({ msg }) => msg === "reloaded");
  ids.push(await ask(first));
  await until(() => ids.every((id) => seen(id) === 1));
  expect(output.stderr).toContain("connecting again\nwaferd: connected again\n");
  await first.stop();
  await using second = await Waferd.start({
    args: ["--sandbox", "--workers", "2"],
    dataDir: first.dataDir,
  });
  ids.push(await ask(second));
  await until(() => ids.every((id) => seen(id) === 1));
  expect(output.stdout.match(/"msg":"started"/g)?.length).toBeGreaterThanOrEqual(4);
  expect(await following.end()).toBe(0);
  expect(output.stdout.split("\n").every((line) => line === "" || JSON.parse(line))).toBe(true);
});

test("logs without a server reads the end of log.file, and says where the log is without one", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "waferd.log");
  const flags = ["--data-dir", join(folder.path, "data")];
  const line = (number: number, level = "info") =>
    JSON.stringify({ level, time: new Date(number * 1000).toISOString(), n: number, msg: "微信" });
  const lines = Array.from({ length: 9000 }, (_, number) =>
    line(number, number % 1000 === 0 ? "error" : "info"),
  );
  writeFileSync(file, `${lines.join("\n")}\nnot a line\n${line(9000)}`);
  const read = async (...args: string[]) => {
    const { status, stdout, stderr } = await runCommand(
      ["logs", ...flags, "--log-file", file, "--json", ...args],
      {},
    );
    expect(status).toBe(0);
    expect(stderr).toBe(`waferd: no server runs; these are the last lines of ${file}\n`);
    const texts = stdout.split("\n").filter((text) => text !== "");
    return texts.map((text) => JSON.parse(text)["n"] as number);
  };
  expect(await read("-n", "3")).toEqual([8998, 8999, 9000]);
  expect(await read("--level", "error", "-n", "3")).toEqual([6000, 7000, 8000]);
  expect(await read("--level", "error")).toHaveLength(9);
  expect(await read("-n", "10000")).toHaveLength(9001);

  const nowhere = await runCommand(["logs", ...flags]);
  expect(nowhere.status).toBe(7);
  expect(nowhere.stderr).toMatch(/^waferd: no server runs on .*journalctl -u waferd/);
  const missing = await runCommand(["logs", ...flags, "--log-file", `${file}.1`, "--json"]);
  expect(missing.status).toBe(1);
  expect(JSON.parse(missing.stderr).title).toMatch(/log file cannot be read: ENOENT/);
  const following = await runCommand(["logs", "--follow", ...flags, "--log-file", file]);
  expect([following.status, following.stdout]).toEqual([7, ""]);
});
