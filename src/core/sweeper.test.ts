import { expect, test } from "bun:test";
import { openScenario, succeeded } from "../../test/harness/scenario.ts";
import { DEMO_APP } from "../sandbox/world.ts";
import type { Log } from "./ports.ts";
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
    const { session, skey } = succeeded(await core.logins.login({ appid: null, code, userData: null }));
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
