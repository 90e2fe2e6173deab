import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { Log } from "../ports.ts";
import { windowOf } from "../usage/buckets.ts";
import { CallCounter } from "../usage/call-counter.ts";
import { sweepExpired } from "./sweeper.ts";

function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const write = (_fields: object, message: string) => void lines.push(message);
  return { lines, debugEnabled: true, debug: write, info: write, warn: write, error: write };
}

test("sweepExpired() removes a session a week after it expired; a visit postpones that", async () => {
  await using scenario = await openScenario();
  const { core, clock, sandbox, store } = scenario;
  const log = recordingLog();
  const login = async (name: string) => {
    const code = sandbox.world.giveCode(sandbox.world.user(DEMO_APP.appid, name));
    const { session, skey } = succeeded(
      await core.logins.login({ appid: null, code, userData: null }),
    );
    return { id: session.id, skey, appid: null };
  };
  await store.apps.update(DEMO_APP.appid, { sessionDurationSeconds: 86_400 });
  clock.advance({ seconds: 2 });
  const alice = await login("alice");
  const bob = await login("bob");
  clock.advance({ hours: 12 });
  succeeded(await core.sessions.verify(bob));
  await core.visits.flush();
  clock.advance({ days: 7, hours: 12, ms: -1 });
  expect(await sweepExpired({ store, clock, log })).toBe(0);
  expect(await core.sessions.verify(alice)).toMatchObject({ code: "sessionExpired" });
  clock.advance({ ms: 1 });
  expect(await sweepExpired({ store, clock, log })).toBe(1);
  expect(await core.sessions.verify(alice)).toMatchObject({ code: "sessionNotFound" });
  expect(await core.sessions.verify(bob)).toMatchObject({ code: "sessionExpired" });
  clock.advance({ hours: 12 });
  expect(await sweepExpired({ store, clock, log })).toBe(1);
  expect(log.lines).toEqual(["expired sessions swept", "expired sessions swept"]);
});

test("sweepExpired() of a closed store logs a warning and returns", async () => {
  await using scenario = await openScenario();
  const log = recordingLog();
  await scenario.store.close();
  expect(await sweepExpired({ store: scenario.store, clock: scenario.clock, log })).toBe(0);
  expect(log.lines).toEqual(["expired sessions could not be swept"]);
});

test("sweepExpired() removes due answers, claims, leases and counts, and nothing before", async () => {
  await using scenario = await openScenario();
  const { core, clock, store } = scenario;
  const { appid } = DEMO_APP;
  const log = recordingLog();
  await core.idempotency.once({ by: "admin", key: "k", request: "r" }, async () => 1);
  const now = clock.now();
  const inTwoDays = now + 2 * 86_400_000;
  await store.claims.claim("c", now, inTwoDays);
  await store.leases.acquire("l", "me", inTwoDays, now);
  const counter = new CallCounter({ tables: store, clock, log });
  counter.count(appid, "/cgi-bin/token");
  await counter.flush();
  core.activity.note(appid, "logins");
  await core.activity.flush();
  const left = async () => ({
    claims: await store.claims.sweep(clock.now(), 9),
    leases: await store.leases.sweep(clock.now(), 9),
    idempotency: await store.idempotency.sweep(clock.now(), 9),
    calls: (await store.callCounts.list(appid, { limit: 9 })).items.length,
    minutes: (await store.activity.list(appid, "minute", [windowOf("minute", now)])).length,
    hours: (await store.activity.list(appid, "hour", [windowOf("hour", now)])).length,
    days: (await store.activity.list(appid, "day", [windowOf("day", now)])).length,
  });
  clock.advance({ days: 2, ms: -1 });
  await sweepExpired({ store, clock, log });
  expect(await store.claims.claim("c", clock.now(), inTwoDays)).toEqual({ state: "running" });
  expect(await store.leases.acquire("l", "other", inTwoDays, clock.now())).toBe(false);
  clock.advance({ ms: 1 });
  await sweepExpired({ store, clock, log });
  const none = { claims: 0, leases: 0, idempotency: 0 };
  expect(await left()).toEqual({ ...none, calls: 1, minutes: 0, hours: 1, days: 1 });
  clock.advance({ days: 29 });
  await sweepExpired({ store, clock, log });
  expect(await left()).toMatchObject({ calls: 0, hours: 1, days: 1 });
  clock.advance({ days: 4 });
  await sweepExpired({ store, clock, log });
  expect(await left()).toMatchObject({ hours: 0, days: 1 });
  clock.advance({ days: 365 });
  await sweepExpired({ store, clock, log });
  expect(await left()).toMatchObject({ days: 0 });
});
