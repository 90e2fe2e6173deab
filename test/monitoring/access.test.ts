/** The addresses of /metrics, and who may read it. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { metricsOf, metricsUrl } from "../harness/metrics.ts";
import { APP, startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

/** Counts the TCP ports on which a process listens. */
function listeners(pid: number): number {
  const fds = `/proc/${pid}/fd`;
  const links = readdirSync(fds).map((fd) => {
    try {
      return readlinkSync(join(fds, fd));
    } catch {
      return "";
    }
  });
  const sockets = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const listening = ["tcp", "tcp6"]
    .flatMap((family) => readFileSync(`/proc/${pid}/net/${family}`, "utf8").split("\n"))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === "0A" && sockets.has(inode));
  return listening.length;
}

const get = (url: string, headers: Record<string, string> = {}) => fetch(url, { headers });
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

test("/metrics is not served by default: no other port listens, and no file is written", async () => {
  await using waferd = await Waferd.start();
  expect((await get(`${waferd.url}/metrics`, bearer(waferd.adminKey))).status).toBe(404);
  expect(listeners(waferd.worker)).toBe(1);
  expect(existsSync(join(waferd.dataDir, "metrics"))).toBe(false);
});

test("metrics = true serves /metrics on the main port, for the admin key", async () => {
  await using production = await startProduction({ args: ["--metrics", "true"] });
  const { waferd, adminKey } = production;
  const url = `${waferd.url}/metrics`;
  const made = await fetch(`${waferd.url}/api/v1/service-keys`, {
    method: "POST",
    headers: bearer(adminKey),
    body: JSON.stringify({
      title: "a business server",
      apps: [APP.appid],
      capabilities: ["token"],
    }),
  });
  const { key: serviceKey } = (await made.json()) as { key: string };
  const attempts: { headers: Record<string, string>; status: number }[] = [
    { headers: {}, status: 401 },
    { headers: bearer("a-wrong-key-of-some-length"), status: 401 },
    { headers: bearer(serviceKey), status: 403 },
    { headers: bearer(adminKey), status: 200 },
  ];
  for (const { headers, status } of attempts) {
    const answer = await get(url, headers);
    expect(answer.status).toBe(status);
    expect((await answer.text()).includes("waferd_build_info")).toBe(status === 200);
  }
  expect((await get(url)).headers.get("www-authenticate")).toBe("Bearer");
  expect((await get(url, bearer(adminKey))).headers.get("content-type")).toBe(
    "text/plain; version=0.0.4; charset=utf-8",
  );
  expect((await fetch(url, { method: "POST", headers: bearer(adminKey) })).status).toBe(404);
  expect(listeners(waferd.worker)).toBe(1);
});

test("/metrics on the main port needs no key from trusted_networks, unless they forward requests", async () => {
  await using waferd = await Waferd.start({
    args: ["--metrics", "true", "--trusted-networks", "127.0.0.0/8"],
  });
  expect((await get(`${waferd.url}/metrics`)).status).toBe(200);
  expect((await get(`${waferd.url}/metrics`, { "X-Forwarded-For": "127.0.0.1" })).status).toBe(401);
});

test("metrics = port serves only /metrics there, on 127.0.0.1, without a key", async () => {
  const port = await freePort();
  await using waferd = await Waferd.start({ args: ["--metrics", String(port)] });
  await waferd.logged(({ msg, host }) => msg === "metrics are served" && host === "127.0.0.1");
  expect(await metricsUrl(waferd)).toBe(`http://127.0.0.1:${port}/metrics`);
  expect((await metricsOf(waferd)).value("waferd_processes")).toBe(1);
  expect((await get(`http://127.0.0.1:${port}/api/v1/apps`, bearer(waferd.adminKey))).status).toBe(
    404,
  );
  expect((await get(`${waferd.url}/metrics`, bearer(waferd.adminKey))).status).toBe(404);
  expect(listeners(waferd.worker)).toBe(2);

  using folder = tempFolder();
  const second = Bun.spawnSync(
    [EXECUTABLE, "serve", "--port", "0", "--metrics", `127.0.0.1:${port}`],
    {
      cwd: folder.path,
      env: {},
    },
  );
  expect(second.exitCode).toBe(1);
  expect(second.stderr.toString()).toContain(
    `cannot listen on 127.0.0.1:${port}: something else listens there. Choose another place by --metrics`,
  );
});

test("config check refuses an invalid place of the metrics", () => {
  const checked = Bun.spawnSync([EXECUTABLE, "config", "check", "--metrics", "yes please"], {
    env: {},
  });
  expect(checked.exitCode).toBe(1);
  expect(checked.stderr.toString()).toContain(
    "--metrics must be true, false, a port such as 9464, or",
  );
});
