import { expect, test } from "bun:test";
import { openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import { SessionTotals } from "./session-totals.ts";

const { appid } = DEMO_APP;

const zeros = (count: number): number[] => Array<number>(count).fill(0);

test("read() compares today with yesterday until the same time", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  const note = async (verifications: number) => {
    core.activity.note(appid, "verifications", verifications);
    core.activity.noteCall(appid, "/cgi-bin/token");
    await core.activity.flush();
  };
  // Yesterday, at 8:00, 10:00 and 12:00 in China; today until 10:30.
  await note(100);
  clock.advance({ hours: 2 });
  await note(40);
  clock.advance({ hours: 2 });
  await note(7);
  clock.advance({ hours: 20 });
  await note(300);
  clock.advance({ hours: 2, seconds: 28 * 60 });
  await note(60);
  clock.advance({ seconds: 120 });
  const overview = succeeded(await core.overview.read());
  expect(overview).toMatchObject({ at: clock.now(), apps: 1, sessions: 0 });
  expect(overview.verifications).toEqual({
    today: 360,
    // Half of the hour from 10:00 on.
    yesterday: 120,
    perSecond: 0.2,
    perSecondYesterday: 0.011,
    // From 11:00 yesterday to 10:30 today.
    hours: [0, 7, ...zeros(19), 300, 0, 60],
  });
  expect(overview.logins).toEqual({
    ...{ today: 0, yesterday: 0 },
    ...{ perSecond: 0, perSecondYesterday: 0 },
    hours: zeros(24),
  });
  expect(overview.calls).toMatchObject({ today: 2, yesterday: 2 });
  expect(overview.endpoints).toEqual([{ endpoint: "/cgi-bin/token", today: 2, yesterday: 2 }]);
});

test("read() counts failures of the last 24 hours by cause, and those of the 24 before", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  const fail = async (times: number) => {
    for (let count = 0; count < times; count += 1)
      await core.sessions.verify({ id: "nobody", skey: "x", appid: null });
    await core.activity.flush();
  };
  await fail(3);
  clock.advance({ hours: 25 });
  await fail(2);
  await core.logins.login({ appid: "wx-unknown", code: "c", userData: null });
  await core.logins.login({ appid: "wx-unknown", code: "c", userData: null });
  await core.logins.login({ appid: "wx-unknown", code: "c", userData: null });
  expect(succeeded(await core.overview.read()).failures).toEqual({
    last24Hours: 5,
    previous24Hours: 3,
    hours: [...zeros(23), 5],
    causes: [
      { operation: "login", code: "appNotFound", count: 3 },
      { operation: "verification", code: "sessionNotFound", count: 2 },
    ],
  });
});

test("read() gives the use of daily quotas by app, the fullest first", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  succeeded(await core.apps.register({ appid: "wx2", appSecret: "secret-of-wx2" }, TESTER));
  for (let count = 0; count < 5; count += 1) core.activity.noteCall(appid, "/cgi-bin/token");
  core.activity.noteCall("wx2", "/cgi-bin/stable_token force_refresh");
  core.activity.noteCall("wx2", "/sns/jscode2session");
  expect(succeeded(await core.overview.read()).quotas).toEqual([
    { app: "wx2", endpoint: "/cgi-bin/stable_token force_refresh", today: 1, limit: 20 },
    { app: appid, endpoint: "/cgi-bin/token", today: 5, limit: 2000 },
  ]);
});

test("read() counts the failures of the same span a day before, its last hour by the part that passed", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  for (let count = 0; count < 8; count += 1)
    await core.sessions.verify({ id: "nobody", skey: "x", appid: null });
  await core.activity.flush();
  clock.advance({ hours: 24, seconds: 15 * 60 });
  expect(succeeded(await core.overview.read()).failures).toMatchObject({
    last24Hours: 0,
    previous24Hours: 2,
  });
});

test("noteHour() keeps one total of the sessions for each hour, which read() gives", async () => {
  await using scenario = await openScenario();
  const { core, clock, store, sandbox } = scenario;
  const { sessionTotals } = core;
  const login = async (name: string) => {
    const code = sandbox.world.giveCode(sandbox.world.user(appid, name));
    succeeded(await core.logins.login({ appid, code, userData: null }));
  };
  await login("alice");
  await sessionTotals.noteHour();
  // Another process that has the lease next.
  const other = new SessionTotals({ tables: store, clock, apps: core.apps });
  await login("bob");
  for (let round = 0; round < 2; round += 1) await other.noteHour();
  clock.advance({ hours: 24 });
  await other.noteHour();
  const overview = succeeded(await core.overview.read());
  expect(overview).toMatchObject({ sessions: 2, sessionsYesterday: 1 });
  expect(overview.sessionHours).toEqual([...Array<null>(23).fill(null), 2]);
});
