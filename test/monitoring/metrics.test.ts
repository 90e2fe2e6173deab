/** The metrics of the executable. */
import { expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { freePort } from "../harness/free-port.ts";
import { type Metrics, metricsOf } from "../harness/metrics.ts";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { secretsIn } from "../harness/secrets.ts";
import { until } from "../harness/until.ts";
import type { EnvelopeAnswer, Waferd } from "../harness/waferd.ts";

const OWN_PORT = ["--metrics", "127.0.0.1:0"];
const STABLE = "/cgi-bin/stable_token";
const TICKET = "/cgi-bin/ticket/getticket";
const CODE = "/sns/jscode2session";

const verify = (waferd: Waferd, { returnData }: EnvelopeAnswer) =>
  waferd.call("qcloud.cam.auth", { id: returnData.id, skey: returnData.skey });

/** Texts that a client may choose, which must not become labels. */
const STRANGE = Array.from({ length: 3 }, () => `wx${randomBytes(8).toString("hex")}`);

/** Sends known requests in all protocols, good and bad. */
async function makeRequests({ waferd, sandbox, adminKey, user, login }: Production) {
  const alice = user("alice");
  const session = await login(alice);
  expect(session.returnCode).toBe(0);
  const { id, skey, openid } = session.returnData;
  for (let round = 0; round < 3; round += 1)
    expect((await verify(waferd, session)).returnCode).toBe(0);
  const wrong = { id, skey: "0".repeat(64) };
  for (let round = 0; round < 2; round += 1)
    expect((await waferd.call("qcloud.cam.auth", wrong)).returnCode).toBe(60012);
  for (const appid of STRANGE) {
    expect((await waferd.call("qcloud.cam.auth", { id, skey }, { appid })).returnCode).toBe(1012);
    expect((await waferd.call(`qcloud.${appid}`, {})).returnCode).toBe(1010);
    await fetch(`${waferd.url}/${appid}?x=${appid}`);
    await fetch(`${waferd.url}/api/v1/${appid}`);
  }
  await waferd.call("qcloud.cam.id_skey", { code: "no-such-code" }, { appid: APP.appid });
  await fetch(`${waferd.url}/mina/auth`, {
    method: "POST",
    body: JSON.stringify({ uuid: id, skey }),
  });
  await fetch(`${waferd.url}/forward-auth`);
  for (const key of [adminKey, "not-the-admin-key-of-anybody"])
    await fetch(`${waferd.url}/api/v1/apps/${APP.appid}`, {
      headers: { Authorization: `Bearer ${key}` },
    });

  const token = () =>
    waferd.call("qcloud.mimi.access_token", { appid: APP.appid }, { key: adminKey });
  expect((await token()).returnMessage).toBe("NEW_TOKEN_SUCCESS");
  expect((await token()).returnMessage).toBe("OLD_TOKEN_SUCCESS");
  sandbox.faults.set(TICKET, { errcode: 40164, errmsg: "invalid ip, not in whitelist", times: 1 });
  const ticket = await waferd.call("qcloud.mimi.ticket", { appid: APP.appid }, { key: adminKey });
  expect(ticket.wechat?.errcode).toBe(40164);
  sandbox.faults.set(CODE, { status: 502, times: 1 });
  expect((await login(user("bob"))).returnCode).toBe(1005);
  return { id, openid };
}

test("/metrics counts known requests, and has no label that a client chose or that is secret", async () => {
  await using production = await startProduction({ args: OWN_PORT });
  const { id, openid } = await makeRequests(production);
  const metrics = await metricsOf(production.waferd);
  const { appid } = APP;

  expect(metrics.all("waferd_request_duration_seconds_count")).toMatchObject({
    "0 qcloud.cam.initapp envelope": 2,
    "0 qcloud.cam.id_skey envelope": 1,
    "40029 qcloud.cam.id_skey envelope": 1,
    "1005 qcloud.cam.id_skey envelope": 1,
    "0 qcloud.cam.auth envelope": 3,
    "60012 qcloud.cam.auth envelope": 2,
    "1012 qcloud.cam.auth envelope": 3,
    "1010 other envelope": 3,
    "0 qcloud.mimi.access_token envelope": 2,
    "ok /mina/auth mina": 1,
    "sessionNotFound /forward-auth forward-auth": 1,
    "200 GET /api/v1/apps/:appid rest": 1,
    "401 GET /api/v1/apps/:appid rest": 1,
    "404 other rest": 3,
    "404 other other": 3,
  });
  expect(metrics.all("waferd_logins_total")).toEqual({
    [`${appid} ok`]: 1,
    [`${appid} codeRefused`]: 1,
    [`${appid} wechatUnreachable`]: 1,
  });
  expect(metrics.all("waferd_verifications_total")).toEqual({
    [`${appid} ok`]: 4,
    " sessionNotFound": 2,
    " appNotFound": 3,
  });
  expect(metrics.all("waferd_upstream_request_duration_seconds_count")).toEqual({
    [`${CODE} 0`]: 1,
    [`${CODE} 40029`]: 1,
    [`${CODE} unreachable`]: 1,
    [`${STABLE} 0`]: 1,
    [`${TICKET} 40164`]: 1,
  });
  expect(metrics.all("waferd_credential_renewals_total")).toEqual({
    [`token ok ${appid}`]: 1,
    [`ticket:jsapi wechatRefused ${appid}`]: 1,
  });
  expect(metrics.value("waferd_failures_total", { failure: "wechatUnreachable" })).toBe(1);
  expect(metrics.value("waferd_failures_total", { failure: "internal" })).toBe(0);
  expect(metrics.value("waferd_sessions", { appid })).toBe(1);
  const expiry = metrics.value("waferd_credential_expiry_timestamp_seconds", {
    owner: appid,
    kind: "token",
  });
  expect((expiry ?? 0) - Date.now() / 1000).toBeWithin(7000, 7201);
  expect(
    metrics.value("waferd_store_operation_duration_seconds_count", { operation: "sessions.issue" }),
  ).toBe(1);
  expect(
    metrics.value("waferd_build_info", { version: packageJson.version, bun: Bun.version }),
  ).toBe(1);
  for (const name of ["waferd_store_up", "waferd_processes"]) expect(metrics.value(name)).toBe(1);
  for (const name of [
    "waferd_store_size_bytes",
    "waferd_store_used_bytes",
    "waferd_store_free_bytes",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "waferd_heap_used_bytes",
    "process_open_fds",
    "waferd_event_loop_delay_seconds_count",
  ])
    expect(metrics.value(name)).toBeGreaterThan(0);

  expect(secretsIn(metrics.text)).toEqual([]);
  for (const text of [id, openid, ...STRANGE]) expect(metrics.text).not.toContain(text);
});

test("buckets of durations are cumulative, and the sum is in seconds", async () => {
  await using production = await startProduction({ args: OWN_PORT });
  production.sandbox.faults.set(CODE, { latencyMs: 120, times: 1 });
  await production.login(production.user("alice"));
  await production.login(production.user("bob"));
  const metrics = await metricsOf(production.waferd);
  const labels = { protocol: "envelope", operation: "qcloud.cam.id_skey", code: "0" };
  const bucket = (le: string) =>
    metrics.value("waferd_request_duration_seconds_bucket", { ...labels, le });
  expect([bucket("0.1"), bucket("10"), bucket("+Inf")]).toEqual([1, 2, 2]);
  expect(metrics.value("waferd_request_duration_seconds_sum", labels)).toBeWithin(0.12, 10);
});

test("/metrics shows a store that refuses writes", async () => {
  await using production = await startProduction({ args: OWN_PORT });
  const { waferd } = production;
  await production.login(production.user("alice"));
  waferd.fillDisk();
  expect((await production.login(production.user("bob"))).returnCode).toBe(1006);
  const metrics = await metricsOf(waferd);
  waferd.freeDisk();
  expect(metrics.value("waferd_failures_total", { failure: "sessionNotSaved" })).toBe(1);
  expect(metrics.value("waferd_store_errors_total", { kind: "refused" })).toBeGreaterThanOrEqual(1);
  expect(metrics.value("waferd_sessions", { appid: APP.appid })).toBe(1);
});

/** Scrapes until a condition holds: the file of another process is up to two seconds old. */
async function eventually(waferd: Waferd, holds: (metrics: Metrics) => boolean): Promise<Metrics> {
  for (let tries = 0; ; tries += 1) {
    const metrics = await metricsOf(waferd);
    if (holds(metrics)) return metrics;
    if (tries === 200) throw new Error(metrics.text);
    await Bun.sleep(50);
  }
}

const checks = (metrics: Metrics) =>
  metrics.value("waferd_verifications_total", { appid: APP.appid, outcome: "ok" });

test("/metrics of any worker includes the others, and one that was killed", async () => {
  await using production = await startProduction({
    // Both workers listen there.
    args: ["--metrics", `127.0.0.1:${await freePort()}`, "--workers", "2"],
  });
  const { waferd } = production;
  const session = await production.login(production.user("alice"));
  for (let round = 0; round < 3; round += 1)
    expect((await verify(waferd, session)).returnCode).toBe(0);
  const whole = (metrics: Metrics) => checks(metrics) === 3;
  const metrics = await eventually(waferd, whole);
  expect(metrics.value("waferd_processes")).toBe(2);
  // Both see the same store, whose figures are not summed.
  expect(metrics.value("waferd_sessions", { appid: APP.appid })).toBe(1);
  const folder = join(waferd.dataDir, "metrics");
  const filesOf = (pid: number) => readdirSync(folder).filter((name) => name.startsWith(`${pid}-`));
  const [killed = 0] = waferd.workers;
  process.kill(killed, "SIGKILL");
  await until(() => waferd.workers.length === 2 && !waferd.workers.includes(killed));
  for (const file of filesOf(killed)) utimesSync(join(folder, file), 0, 0);
  const after = await eventually(waferd, (read) => read.value("waferd_processes") === 2);
  expect(checks(after)).toBe(3);
  expect(filesOf(killed)).toEqual([]);
}, 60_000);
