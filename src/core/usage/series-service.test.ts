import { expect, test } from "bun:test";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_AGENT, DEMO_APP } from "../../sandbox/world.ts";
import { type Span, spans } from "./series-service.ts";

const { appid } = DEMO_APP;

const NOTHING = {
  ...{ logins: 0, verifications: 0, tokens: 0 },
  ...{ calls: 0, failedLogins: 0, failedVerifications: 0 },
};

/** Counts as many logins as this, at the present time. */
async function logins({ core }: Scenario, count: number): Promise<void> {
  core.activity.note(appid, "logins", count);
  await core.activity.flush();
}

test.each<{ span: Span; buckets: number; bucketSeconds: number }>([
  { span: "hour", buckets: 60, bucketSeconds: 60 },
  { span: "day", buckets: 24, bucketSeconds: 3600 },
  { span: "month", buckets: 30, bucketSeconds: 86_400 },
])("of() gives $buckets buckets of a $span with empty ones, and as many before", async (row) => {
  const { span, buckets, bucketSeconds } = row;
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  const length = bucketSeconds * 1000;
  clock.advance({ days: 365 });
  await logins(scenario, 1);
  clock.advance({ ms: buckets * length });
  await logins(scenario, 2);
  clock.advance({ ms: length });
  await logins(scenario, 3);
  const series = succeeded(await core.series.of(span, appid));
  expect(series).toMatchObject({ span, at: clock.now(), bucketSeconds });
  expect(series.buckets).toHaveLength(buckets);
  expect(series.previous).toHaveLength(buckets);
  const all = [...series.previous, ...series.buckets];
  expect(new Set(all.slice(1).map(({ at }, index) => at - (all[index]?.at ?? 0)))).toEqual(
    new Set([length]),
  );
  expect(series.buckets.slice(-3).map((bucket) => bucket.logins)).toEqual([0, 2, 3]);
  expect(series.previous.at(-2)).toEqual({
    ...NOTHING,
    logins: 1,
    at: (series.buckets.at(-2)?.at ?? 0) - buckets * length,
  });
});

test("of() splits failures by cause and calls by endpoint, the most frequent first", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  const fail = () => core.sessions.verify({ id: "nobody", skey: "x", appid });
  await fail();
  await core.activity.flush();
  clock.advance({ seconds: 60 });
  for (let count = 0; count < 3; count += 1) await fail();
  await core.logins.login({ appid, code: "invalid", userData: null });
  const series = succeeded(await core.series.of("hour", null));
  expect(series.buckets.slice(-2)).toMatchObject([
    { failedLogins: 0, failedVerifications: 1, calls: 0 },
    { failedLogins: 1, failedVerifications: 3, calls: 1 },
  ]);
  expect(
    series.failures.map(({ counts, ...cause }) => ({ ...cause, counts: counts.slice(-2) })),
  ).toEqual([
    { operation: "verification", code: "sessionNotFound", counts: [1, 3] },
    { operation: "login", code: "codeRefused", counts: [0, 1] },
  ]);
  expect(series.failures[0]?.counts).toHaveLength(60);
  expect(series.endpoints).toEqual([
    { endpoint: "/sns/jscode2session", counts: [...new Array(59).fill(0), 1] },
  ]);
});

test("of() is of one owner, or of all together, and refuses an unknown one", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  const { corpid, agentid, secret } = DEMO_AGENT;
  const agentOf = { corpid, agentid, agentSecret: secret, remark: "" };
  succeeded(await core.workAgents.register(agentOf, TESTER));
  const agent = `${corpid}:${agentid}`;
  core.activity.note(appid, "tokens", 2);
  core.activity.note(agent, "tokens", 5);
  const last = async (owner: string | null) =>
    succeeded(await core.series.of("day", owner)).buckets.at(-1);
  expect(await last(appid)).toMatchObject({ tokens: 2 });
  expect(await last(agent)).toMatchObject({ tokens: 5 });
  expect(await last(null)).toMatchObject({ tokens: 7 });
  for (const owner of ["nobody", "*", "ww1:1"])
    expect(await core.series.of("day", owner)).toMatchObject({ code: "appNotFound" });
});

test.each(spans)(
  "of() of a %s after the clock jumped has its full number of buckets",
  async (span) => {
    await using scenario = await openScenario();
    const { core, clock } = scenario;
    await logins(scenario, 1);
    for (const days of [3650, -7300]) {
      clock.advance({ days });
      await logins(scenario, 2);
      const { buckets, previous } = succeeded(await core.series.of(span, appid));
      expect(buckets.concat(previous).map((bucket) => bucket.logins)).toContain(2);
      expect(buckets.concat(previous).reduce((sum, bucket) => sum + bucket.logins, 0)).toBe(2);
    }
  },
);
