import { expect, test } from "bun:test";
import { openScenario, type Scenario, succeeded } from "../../../test/harness/scenario.ts";
import { Failure } from "../../core/errors.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { meteredCore } from "./metered-core.ts";
import { createMeters, type Meters } from "./meters.ts";

/** The counted outcomes of a metric: `<appid> <outcome>` with their number. */
async function outcomes(meters: Meters, name: string): Promise<Record<string, number>> {
  const metric = (await meters.register.getMetricsAsJSON()).find((one) => one.name === name);
  const values = (metric?.values ?? []) as { labels: Record<string, string>; value: number }[];
  return Object.fromEntries(
    values.map(({ labels, value }) => [`${labels["appid"]} ${labels["outcome"]}`, value]),
  );
}

async function login({ core, sandbox }: Pick<Scenario, "core" | "sandbox">, user: string) {
  const answer = await fetch(`${sandbox.apiBase}/sandbox/login?user=${user}`);
  const { code } = (await answer.json()) as { code: string };
  return succeeded(await core.logins.login({ appid: DEMO_APP.appid, code, userData: null }));
}

test("meteredCore() counts logins and checks by app and outcome, and answers as the core does", async () => {
  const meters = createMeters();
  await using scenario = await openScenario();
  const core = meteredCore(scenario.core, meters);
  const { session, skey } = await login({ ...scenario, core }, "alice");
  const proof = { id: session.id, skey, appid: null };
  expect(await core.sessions.verify(proof)).toMatchObject({ session: { id: session.id } });
  expect(await core.sessions.verify({ ...proof, skey: "0".repeat(64) })).toBeInstanceOf(Failure);
  expect(await core.sessions.open(proof)).toMatchObject({ id: session.id });
  expect(await core.weapp.recall("wx-unknown", "a-code")).toBeInstanceOf(Failure);
  expect(await outcomes(meters, "waferd_logins_total")).toEqual({ [`${DEMO_APP.appid} ok`]: 1 });
  expect(await outcomes(meters, "waferd_verifications_total")).toEqual({
    [`${DEMO_APP.appid} ok`]: 1,
    " sessionNotFound": 1,
    " appNotFound": 1,
  });
});

test("meteredCore() leaves the given core alone: its own logins and checks are not counted", async () => {
  const meters = createMeters();
  await using scenario = await openScenario();
  meteredCore(scenario.core, meters);
  const { session, skey } = await login(scenario, "alice");
  await scenario.core.sessions.verify({ id: session.id, skey, appid: null });
  expect(await outcomes(meters, "waferd_logins_total")).toEqual({});
  expect(await outcomes(meters, "waferd_verifications_total")).toEqual({});
});
