import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
import type { Fault } from "../../sandbox/faults.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { AppCheck } from "./app-check.ts";

const STABLE = "/cgi-bin/stable_token";
const { appid, secret } = DEMO_APP;

const LISTED = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist";

test.each<{ fault: Fault; outcome: Partial<Extract<AppCheck, { ok: false }>> }>([
  { fault: { errcode: 40125 }, outcome: { cause: "secretWrong", address: null } },
  { fault: { errcode: 40013 }, outcome: { cause: "appidUnknown" } },
  {
    fault: { errcode: 40164, errmsg: LISTED },
    outcome: {
      cause: "addressNotListed",
      address: "203.0.113.7",
      wechat: {
        errcode: 40164,
        errmsg: expect.stringContaining(LISTED),
        rid: expect.stringMatching(/^[0-9a-f-]{10,}$/),
      },
      upstream: null,
    },
  },
  { fault: { errcode: 40243 }, outcome: { cause: "secretFrozen" } },
  { fault: { errcode: 45009 }, outcome: { cause: "tooOften" } },
  { fault: { errcode: -1 }, outcome: { cause: "busy" } },
  { fault: { errcode: 99999 }, outcome: { cause: "other" } },
  { fault: { reset: true }, outcome: { cause: "unreachable", wechat: null } },
  { fault: { body: "<html>" }, outcome: { cause: "answerWrong", wechat: null } },
])("check() of an app is $outcome.cause by WeChat's answer", async ({ fault, outcome }) => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  sandbox.faults.set(STABLE, fault);
  const check = await core.appChecker.check({ appid: "wx2", appSecret: "secret-of-wx2" });
  expect(check).toMatchObject({ ok: false, ...outcome });
});

test("check() of a right secret is ok, stores nothing, and leaves the current token alive", async () => {
  await using scenario = await openScenario();
  const { core, store } = scenario;
  const { value } = succeeded(await core.ownerCredentials.get("app/access-token", appid));
  expect(await core.appChecker.check({ appid, appSecret: secret })).toEqual({ ok: true });
  expect(scenario.sandbox.world.hosted.stable(appid, false)).toMatchObject({ value });
  expect((await store.credentials.list({ limit: 9 })).items).toHaveLength(1);
  expect((await store.renewalFailures.list({ limit: 9 })).items).toEqual([]);
  expect(await store.apps.count()).toBe(1);
});

test("check() asks WeChat nothing about ids that are swapped or of another form", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  for (const [of, appSecret, reason] of [
    ["no appid!", "secret", "appid"],
    [appid, "wx0123456789abcdef", "secret"],
  ] as const)
    expect(await core.appChecker.check({ appid: of, appSecret })).toMatchObject({
      code: "badParameter",
      detail: { reason },
    });
  expect(sandbox.calls(STABLE)).toBe(0);
});

test("check() passes ten at once, then one every three seconds", async () => {
  await using scenario = await openScenario();
  const { core, clock, sandbox } = scenario;
  const check = () => core.appChecker.check({ appid, appSecret: secret });
  for (let count = 0; count < 10; count += 1) expect(await check()).toEqual({ ok: true });
  expect(await check()).toMatchObject({ code: "tooOften", detail: { retryAfterSeconds: 3 } });
  clock.advance({ seconds: 3 });
  expect(await check()).toEqual({ ok: true });
  expect(await check()).toMatchObject({ code: "tooOften" });
  expect(sandbox.calls(STABLE)).toBe(11);
});
