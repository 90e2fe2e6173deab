import { expect, test } from "bun:test";
import { sampleCredential, sampleRenewalFailure } from "../../../test/conformance/samples.ts";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { Page } from "../page.ts";
import type { ListedCredential } from "./credential-list.ts";

const { appid } = DEMO_APP;
const STABLE = "/cgi-bin/stable_token";

const listed = async ({ core }: Scenario) =>
  succeeded(await core.credentials.list({ limit: 9 })).items;
const renew = ({ core }: Scenario) =>
  core.ownerCredentials.get("app/access-token", appid, { force: true });

test("listCredentials() has the last failure, with WeChat's words, and when it may be tried again", async () => {
  await using scenario = await openScenario();
  const { clock, sandbox } = scenario;
  succeeded(await renew(scenario));
  const fetchedAt = clock.now();
  const due = fetchedAt + 7_200_000 - 600_000;
  expect(await listed(scenario)).toMatchObject([{ lastFailure: null, nextAttemptAt: due }]);
  clock.advance({ seconds: 7190 });
  const errmsg = `invalid appsecret ${"x".repeat(300)} rid: 1-2`;
  sandbox.faults.set(STABLE, { errcode: 40125, errmsg });
  await renew(scenario);
  clock.advance({ seconds: 1 });
  await renew(scenario);
  const failedAt = clock.now();
  const [failing] = await listed(scenario);
  expect(failing).toMatchObject({
    state: "expiring",
    credential: { fetchedAt },
    lastFailure: {
      at: failedAt,
      code: "tokenRefused",
      wechat: { errcode: 40125, rid: "1-2" },
      failures: 2,
    },
    nextAttemptAt: failedAt + 2000,
  });
  expect(Buffer.byteLength(failing?.lastFailure?.wechat?.errmsg ?? "")).toBeLessThanOrEqual(200);
  sandbox.faults.clear(STABLE);
  clock.advance({ seconds: 2 });
  succeeded(await renew(scenario));
  expect(await listed(scenario)).toMatchObject([
    {
      state: "valid",
      lastFailure: { at: failedAt },
      nextAttemptAt: clock.now() + 7_200_000 - 600_000,
    },
  ]);
});

test("listCredentials() has a credential that was never fetched, until its app is removed", async () => {
  await using scenario = await openScenario();
  const { core, clock, sandbox } = scenario;
  sandbox.faults.set(STABLE, { reset: true });
  await renew(scenario);
  const [missing] = await listed(scenario);
  expect(missing).toMatchObject({
    ...{ owner: appid, kind: "app/access-token", state: "missing", credential: null },
    lastFailure: { code: "wechatUnreachable", wechat: null, failures: 1 },
    nextAttemptAt: clock.now() + 1000,
  });
  expect(missing?.lastFailure?.upstream).toContain("127.0.0.1");
  clock.advance({ seconds: 1 });
  expect(await listed(scenario)).toMatchObject([{ nextAttemptAt: null }]);
  succeeded(await core.apps.remove(appid, TESTER));
  expect(await listed(scenario)).toEqual([]);
});

test("listCredentials() keeps no failure of an app that was removed meanwhile", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  sandbox.faults.set(STABLE, { errcode: 40125, latencyMs: 100 });
  const renewed = renew(scenario);
  await Bun.sleep(30);
  succeeded(await core.apps.remove(appid, TESTER));
  await renewed;
  expect(await listed(scenario)).toEqual([]);
});

test("listCredentials() pages credentials and missing ones together, each once", async () => {
  await using scenario = await openScenario();
  const { core, store } = scenario;
  const key = (number: number) => `app:wx${number}:token`;
  const numbers = Array.from({ length: 9 }, (_, index) => index + 1);
  for (const number of numbers) {
    if (number % 3 === 0) await store.credentials.put(sampleCredential({ key: key(number) }));
    if (number % 2 === 0 || number % 3 !== 0)
      await store.renewalFailures.put(sampleRenewalFailure({ key: key(number) }));
  }
  for (const limit of [1, 2, 3, 4, 20]) {
    const all: ListedCredential[] = [];
    let cursor: string | null = null;
    do {
      const after: string | null = cursor;
      const page: Page<ListedCredential> = succeeded(
        await core.credentials.list({ limit, ...(after !== null && { cursor: after }) }),
      );
      expect(page.items.length).toBeLessThanOrEqual(limit);
      all.push(...page.items);
      ({ next: cursor } = page);
    } while (cursor !== null);
    expect(all.map(({ owner }) => owner)).toEqual(numbers.map((number) => `wx${number}`));
    expect(all.map(({ credential }) => credential !== null)).toEqual(
      numbers.map((number) => number % 3 === 0),
    );
  }
});

test.each([
  "x",
  Buffer.from('"x"').toString("base64url"),
  Buffer.from("[1,2]").toString("base64url"),
  Buffer.from('["x","y"]').toString("base64url"),
])("listCredentials() refuses the cursor %s", async (cursor) => {
  await using scenario = await openScenario();
  expect(await scenario.core.credentials.list({ limit: 9, cursor })).toMatchObject({
    code: "badParameter",
    detail: { reason: "cursor" },
  });
});
