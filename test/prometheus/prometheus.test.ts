/**
 * The alert rules and the dashboard, by Prometheus' own tools and by a Prometheus that scrapes the
 * executable.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import dashboard from "../../docs/monitoring/grafana-dashboard.json";
import { metricsOf, metricsUrl } from "../harness/metrics.ts";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { Prometheus } from "../harness/prometheus.ts";

const DOCS = join(import.meta.dir, "../../docs");
const RULES = join(DOCS, "monitoring/alerts.yml");

const text = (path: string): Promise<string> => Bun.file(path).text();

function promtool(...args: string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["promtool", ...args]);
  return { exitCode, output: `${stdout}${stderr}` };
}

/** Every expression of the dashboard, with values for Grafana's variables. */
const expressions = dashboard.panels
  .flatMap((panel) => ("targets" in panel ? (panel.targets ?? []) : []))
  .map(({ expr }) =>
    expr
      .replaceAll("$__rate_interval", "1m")
      .replaceAll("$instance", ".*")
      .replaceAll("$appid", ".*"),
  );

/** Returns the names of the metrics in an expression. */
const metricsIn = (expression: string): string[] =>
  expression.match(/\b(?:waferd|process)_[a-z_]+/g) ?? [];

let production: Production;
let prometheus: Prometheus;
beforeAll(async () => {
  production = await startProduction({ args: ["--metrics", "127.0.0.1:0"] });
  const { waferd, sandbox, adminKey } = production;
  const session = await production.login(production.user("alice"));
  await waferd.call("qcloud.cam.auth", {
    id: session.returnData.id,
    skey: session.returnData.skey,
  });
  await waferd.call("qcloud.mimi.access_token", { appid: APP.appid }, { key: adminKey });
  sandbox.faults.set("/sns/jscode2session", { status: 502, times: 1 });
  await production.login(production.user("bob"));
  prometheus = await Prometheus.start(new URL(await metricsUrl(waferd)).host, RULES);
  // Rates need two scrapes.
  await prometheus.until("count_over_time(waferd_build_info[1m]) >= 3");
}, 60_000);
afterAll(async () => {
  await prometheus?.[Symbol.asyncDispose]();
  await production?.[Symbol.asyncDispose]();
});

test("promtool accepts the alert rules, and each one fires when it should", async () => {
  expect(promtool("check", "rules", RULES).output).toContain("SUCCESS: 18 rules found");
  const tests = join(import.meta.dir, "alerts.test.yml");
  const { exitCode, output } = promtool("test", "rules", tests);
  expect(output).toContain("SUCCESS");
  expect(exitCode).toBe(0);
  const alerts = [...(await text(RULES)).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const tested = [...(await text(tests)).matchAll(/- name: (\w+)$/gm)].map(([, name]) => name);
  expect(tested.sort()).toEqual(alerts.sort());
}, 60_000);

test("promtool finds nothing wrong with the served metrics", async () => {
  const { text } = await metricsOf(production.waferd);
  const checked = Bun.spawnSync(["promtool", "check", "metrics"], { stdin: Buffer.from(text) });
  expect(checked.stdout.toString() + checked.stderr.toString()).toBe("");
  expect(checked.exitCode).toBe(0);
});

test("Prometheus evaluates every rule, and none fires for a healthy server", async () => {
  await prometheus.until('up{job="waferd"} == 1');
  let rules = await prometheus.rules();
  for (let tries = 0; tries < 100 && rules.some(({ health }) => health === "unknown"); tries += 1) {
    await Bun.sleep(100);
    rules = await prometheus.rules();
  }
  expect(rules).toHaveLength(18);
  expect(rules.filter(({ health }) => health !== "ok")).toEqual([]);
  const firing = await prometheus.query('ALERTS{alertstate="firing"}');
  expect(firing.map(({ metric }) => metric["alertname"])).toEqual([]);
});

test("every expression of the dashboard has data, except for refusals that did not occur", async () => {
  expect(expressions.length).toBeGreaterThan(30);
  const empty: string[] = [];
  for (const expression of expressions)
    if ((await prometheus.query(expression)).length === 0) empty.push(expression);
  // Only WeChat refused anything here, so that only these are empty.
  expect(empty.filter((expression) => !/> 0$/.test(expression))).toEqual([]);
});

test("every metric of the dashboard, the alerts and the page is served, and the page names all", async () => {
  const names = await prometheus.names();
  const page = await text(join(DOCS, "monitoring.md"));
  const used = [...expressions, await text(RULES), page].flatMap(metricsIn);
  expect(new Set(used).size).toBeGreaterThan(15);
  const isServed = (name: string) =>
    names.some((served) => served === name || served.replace(/_(bucket|sum|count)$/, "") === name);
  expect([...new Set(used)].filter((name) => !isServed(name))).toEqual([]);
  const served = names.filter((name) => /^(waferd|process)_/.test(name));
  const described = served.filter((name) =>
    page.includes(name.replace(/_(bucket|sum|count)$/, "")),
  );
  expect(described).toEqual(served);
});

test("the page describes every alert", async () => {
  const page = await text(join(DOCS, "monitoring.md"));
  for (const [, name = ""] of (await text(RULES)).matchAll(/- alert: (\w+)/g))
    expect(page).toContain(name);
});
