/** `waferd status`, with and without a server. */
import { expect, setDefaultTimeout, test } from "bun:test";
import packageJson from "../../../package.json";
import { runCommand, UNUSED_PORT } from "../../harness/command.ts";
import { APP, startProduction } from "../../harness/production.ts";
import { noteSecret, secretsIn } from "../../harness/secrets.ts";
import { tempFolder } from "../../harness/temp-folder.ts";
import { until } from "../../harness/until.ts";
import { Waferd } from "../../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

test("status describes the running server, and ends with 3 when none runs", async () => {
  await using production = await startProduction();
  const { waferd } = production;
  const { dataDir, url } = waferd;
  const status = (port: string, ...args: string[]) =>
    runCommand(["status", "--data-dir", dataDir, "--port", port, ...args], {}, dataDir);
  const login = await production.login(production.user("alice"));
  const { id, skey } = login.returnData;
  await waferd.call("qcloud.cam.auth", { id, skey }, { appid: APP.appid });
  const { port } = new URL(url);
  const token = await runCommand([
    "token",
    "get",
    APP.appid,
    "--data-dir",
    dataDir,
    "--port",
    port,
  ]);
  expect(token.status).toBe(0);
  noteSecret(token.stdout.trim());

  const running = await status(port);
  expect(running).toMatchObject({ status: 0, stderr: "" });
  for (const line of [
    /^server +running$/m,
    new RegExp(`^url +${url}$`, "m"),
    new RegExp(`^version +${packageJson.version}$`, "m"),
    new RegExp(`^data +${dataDir}$`, "m"),
    /^since +20\d\d-/m,
    new RegExp(`^process +${waferd.pid}, which takes the signals$`, "m"),
    /^workers +1 of 1 serve$/m,
    new RegExp(`^${waferd.worker} +20\\d\\d-`, "m"),
    /^apps +2$/m,
    /^sessions +1$/m,
    /^logins today +1$/m,
    /^verifications today +1$/m,
    /^calls to WeChat today +2$/m,
    new RegExp(`^${APP.appid} +access-token +valid +20\\d\\d-`, "m"),
  ])
    expect(running.stdout).toMatch(line);
  const json = JSON.parse((await status(port, "--json")).stdout);
  expect(json).toMatchObject({
    running: true,
    url,
    server: {
      version: packageJson.version,
      data: dataDir,
      workers: { supervisor: waferd.pid, configured: 1, serving: [{ pid: waferd.worker }] },
    },
    stats: { apps: 2, sessions: 1 },
    credentials: [{ owner: APP.appid, kind: "access-token", state: "valid" }],
  });
  expect(secretsIn(running.stdout + JSON.stringify(json))).toEqual([]);

  await waferd.stop();
  const stopped = await status(port);
  expect(stopped.status).toBe(3);
  expect(stopped.stdout).toMatch(/^server +not running\n(.*\n)*sessions +1$/m);
  expect(JSON.parse((await status(port, "--json")).stdout)).toMatchObject({
    running: false,
    server: null,
    stats: { apps: 2 },
  });
});

test("status says why a token could not be fetched, in WeChat's words", async () => {
  await using production = await startProduction();
  const { dataDir, url } = production.waferd;
  const run = (...args: string[]) =>
    runCommand([...args, "--data-dir", dataDir, "--port", new URL(url).port], {}, dataDir);
  production.sandbox.faults.set("/cgi-bin/stable_token", { errcode: 40125, errmsg: "no secret" });
  expect((await run("token", "get", APP.appid)).status).not.toBe(0);
  const { stdout } = await run("status");
  expect(stdout).toMatch(new RegExp(`^${APP.appid} +access-token +missing +never +never$`, "m"));
  expect(stdout).toMatch(/^OWNER +KIND +FAILED +NEXT ATTEMPT +CAUSE$/m);
  expect(stdout).toMatch(
    new RegExp(`^${APP.appid} +access-token +20\\d\\d-.* 40125 no secret, rid: .*$`, "m"),
  );
  production.sandbox.faults.clear("/cgi-bin/stable_token");
  await until(async () => (await run("token", "get", APP.appid)).status === 0);
  const recovered = await run("status");
  expect(recovered.stdout).toMatch(new RegExp(`^${APP.appid} +access-token +valid +20`, "m"));
  expect(recovered.stdout).not.toContain("40125");
});

test("status lists every worker that serves, and none that died", async () => {
  await using waferd = await Waferd.start({ args: ["--workers", "2"] });
  const { port } = new URL(waferd.url);
  const status = async () =>
    (await runCommand(["status", "--data-dir", waferd.dataDir, "--port", port], {}, waferd.dataDir))
      .stdout;
  const told = async () => {
    const shown = await status();
    expect(shown).toContain(`process                ${waferd.pid}, which takes the signals\n`);
    expect(shown).toMatch(/^workers +2 of 2 serve$/m);
    return [...shown.matchAll(/^(\d+) +20\d\d-/gm)]
      .map(([, pid]) => Number(pid))
      .sort((one, other) => one - other);
  };
  const { workers } = waferd;
  expect(await told()).toEqual(workers);
  process.kill(workers[0] ?? 0, "SIGKILL");
  await waferd.logged(({ msg }) => String(msg).startsWith("a worker replaced"));
  const pids = await told();
  expect(pids).toEqual(waferd.workers);
  expect(pids).not.toContain(workers[0] ?? 0);

  waferd.signal("SIGSTOP");
  const hanging = await status().finally(() => waferd.signal("SIGCONT"));
  expect(hanging).toMatch(/^server +running$.*^workers +unknown: /ms);
});

test("status ends with 3 without a server, also without data or with data that does not open", async () => {
  using folder = tempFolder();
  const args = ["status", "--data-dir", `${folder.path}/data`, "--port", UNUSED_PORT];
  expect(await runCommand(args)).toMatchObject({
    status: 3,
    stdout: expect.stringContaining("not running"),
  });
  await runCommand(["app", "add", "wx1", "--force", "--secret-stdin", ...args.slice(1)], {
    input: "the-secret-of-wx1",
  });
  const closed = await runCommand(args, { environment: { WAFERD_MASTER_KEY: "ab".repeat(32) } });
  expect(closed).toMatchObject({
    status: 3,
    stderr: expect.stringContaining("is not the one that sealed"),
  });
  const json = await runCommand([...args, "--json"], {
    environment: { WAFERD_MASTER_KEY: "ab".repeat(32) },
  });
  expect(JSON.parse(json.stdout)).toMatchObject({ running: false, stats: null, credentials: [] });
});

test("status ends with 4 for a wrong key, and with 1 for a mistake in the configuration", async () => {
  await using production = await startProduction();
  const environment = { WAFERD_ADMIN_KEY: "an-admin-key-of-somebody-else" };
  const { url } = production.waferd;
  expect((await runCommand(["status", "--url", url], { environment })).status).toBe(4);
  expect((await runCommand(["status", "--port", "x"], { environment })).status).toBe(1);
});
