import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { Log } from "../ports.ts";
import { sweepExpired } from "./sweeper.ts";

function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const write = (_fields: object, message: string) => void lines.push(message);
  return { lines, debugEnabled: true, debug: write, info: write, warn: write, error: write };
}

test("sweepExpired() forgets a session a week after it lapsed, and not before; a visit moves that on", async () => {
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

test("sweepExpired() of a closed store warns and goes on living", async () => {
  await using scenario = await openScenario();
  const log = recordingLog();
  await scenario.store.close();
  expect(await sweepExpired({ store: scenario.store, clock: scenario.clock, log })).toBe(0);
  expect(log.lines).toEqual(["expired sessions could not be swept"]);
});

test("sweepExpired() forgets answers that nobody will ask for again, and old counts", async () => {
  await using scenario = await openScenario();
  const { core, clock, store } = scenario;
  await core.idempotency.once({ by: "admin", key: "k", request: "r" }, async () => 1);
  core.activity.note(DEMO_APP.appid, "logins");
  await core.activity.flush();
  clock.advance({ days: 31, ms: -1 });
  await sweepExpired({ store, clock, log: recordingLog() });
  expect(await store.idempotency.sweep(clock.now(), 9)).toBe(0);
  expect((await store.callCounts.list(DEMO_APP.appid, { limit: 9 })).items).toHaveLength(1);
  clock.advance({ ms: 1 });
  await sweepExpired({ store, clock, log: recordingLog() });
  expect((await store.callCounts.list(DEMO_APP.appid, { limit: 9 })).items).toEqual([]);
});
