/** The web function for Tencent SCF, unpacked as SCF does it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DRIVER_NAMES, DRIVERS } from "../../src/config/drivers/drivers.ts";
import { freePort } from "../harness/free-port.ts";
import { RedisServer } from "../harness/redis.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { PACKING_LIMIT, packages, run } from "../packages/made.ts";

const KEYS = {
  WAFERD_MASTER_KEY: "ab".repeat(32),
  WAFERD_ADMIN_KEY: "an-admin-key-of-the-function",
};
const folder = tempFolder();
const bootstrap = join(folder.path, "scf_bootstrap");

beforeAll(async () => {
  const made = await packages();
  run(["unzip", "-q", made.path("-tencent-scf.zip"), "-d", folder.path]);
}, PACKING_LIMIT);
afterAll(() => folder[Symbol.dispose]());

test("scf_bootstrap is at the top of the zip, executable, and a bash script with LF line ends", () => {
  expect(statSync(bootstrap).mode & 0o777).toBe(0o755);
  expect(statSync(join(folder.path, "waferd")).mode & 0o777).toBe(0o755);
  const text = readFileSync(bootstrap, "utf8");
  expect(text).toStartWith("#!/bin/bash\n");
  expect(text).toEndWith("\n");
  expect(text).not.toContain("\r");
});

test.each<{ env: Record<string, string>; message: string }>([
  { env: KEYS, message: "an instance of a function comes and goes" },
  { env: { ...KEYS, WAFERD_DBDRIVER: "lmdb" }, message: "set WAFERD_DBDRIVER to redis or mysql" },
  {
    env: { WAFERD_DBDRIVER: "redis", WAFERD_ADMIN_KEY: "x" },
    message: "WAFERD_MASTER_KEY is not set",
  },
  {
    env: { WAFERD_STORE: "redis://127.0.0.1", WAFERD_MASTER_KEY: "x" },
    message: "WAFERD_ADMIN_KEY is not set",
  },
])(
  "scf_bootstrap without a setting that it needs refuses to start: $message",
  ({ env, message }) => {
    const { status, output } = run([bootstrap], { env: { PATH: "/usr/bin:/bin", ...env } });
    expect(status).toBe(1);
    expect(output).toStartWith("waferd: ");
    expect(output).toContain(message);
  },
);

/** Starts an instance of the function. */
async function instance(redis: RedisServer): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const process = Bun.spawn([bootstrap], {
    cwd: "/",
    env: {
      PATH: "/usr/bin:/bin",
      ...KEYS,
      WAFERD_DBDRIVER: "redis",
      WAFERD_REDIS_PORT: String(redis.port),
      WAFERD_HTTPPORT: String(port),
      // CentOS 7's C++ library is too old for lmdb's addon, so the addon must not be loaded.
      BUN_TMPDIR: join(folder.path, "nowhere"),
    },
    stdout: "ignore",
    stderr: "ignore",
  });
  const url = `http://127.0.0.1:${port}/release/mina_auth/`;
  for (let tries = 0; tries < 200; tries += 1) {
    if (process.exitCode !== null) throw new Error(`it ended with ${process.exitCode}`);
    if (
      await fetch(url, { method: "POST" }).then(
        () => true,
        () => false,
      )
    )
      break;
    await Bun.sleep(30);
  }
  return {
    url,
    async stop() {
      process.kill("SIGTERM");
      expect(await process.exited).toBe(0);
    },
  };
}

const call = async (url: string, interfaceName: string, para: object, key = "") => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ interface: { interfaceName, para } }),
  });
  return (await answer.json()) as { returnCode: number };
};

test("two instances share one Redis and both keys, and answer at the gateway's path", async () => {
  await using redis = await RedisServer.start();
  const first = await instance(redis);
  const app = { appid: "wx1234567890abcdef", secret: "a-secret-of-the-app" };
  expect((await call(first.url, "qcloud.cam.initapp", app, KEYS.WAFERD_ADMIN_KEY)).returnCode).toBe(
    0,
  );
  await first.stop();
  const second = await instance(redis);
  // 60012: the app is registered, the session is not.
  expect((await call(second.url, "qcloud.cam.auth", { id: "i", skey: "s" })).returnCode).toBe(
    60012,
  );
  const apps = await fetch(new URL("/api/v1/apps", second.url), {
    headers: { Authorization: `Bearer ${KEYS.WAFERD_ADMIN_KEY}` },
  });
  expect(await apps.text()).toContain(app.appid);
  await second.stop();
}, 30_000);

const settings = "echo $WAFERD_HTTPADDR:$WAFERD_HTTPPORT $WAFERD_DATA_DIR";
/** Runs scf_bootstrap with a driver, up to the start of the executable. */
const dryRun = (driver: string) => {
  const dry = readFileSync(bootstrap, "utf8").replace(/^exec .*$/m, settings);
  return run(["bash", "-c", dry], {
    env: { PATH: "/usr/bin:/bin", ...KEYS, WAFERD_DBDRIVER: driver },
  });
};

test("scf_bootstrap listens on 0.0.0.0:9000 unless WAFERD_HTTPADDR and WAFERD_HTTPPORT are set", () => {
  expect(dryRun("redis").output).toBe("0.0.0.0:9000 /tmp/waferd\n");
});

test.each(DRIVER_NAMES)("scf_bootstrap starts the executable on %s if it is shared", (name) => {
  expect(dryRun(name).status).toBe(DRIVERS[name].kind === "shared" ? 0 : 1);
});

test("scf_bootstrap leaves the refusal of an unknown driver to the executable", () => {
  const env = { PATH: "/usr/bin:/bin", ...KEYS, WAFERD_DBDRIVER: "other" };
  const { status, output } = run([bootstrap], { env });
  expect(status).toBe(1);
  expect(output).toContain("WAFERD_DBDRIVER");
  expect(output).not.toContain("comes and goes");
});
