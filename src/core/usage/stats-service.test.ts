import { expect, test } from "bun:test";
import { countingOn } from "../../../test/harness/full-disk.ts";
import { openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import { DEMO_APP } from "../../sandbox/world.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { CallCounter } from "./call-counter.ts";

const { appid } = DEMO_APP;

test("ofApp() returns the last 31 days in China, days without activity included", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  // 2026-01-01, eight in the morning in China.
  core.activity.note(appid, "logins");
  await core.activity.flush();
  clock.advance({ hours: 16 });
  core.activity.note(appid, "logins");
  core.activity.note(appid, "verifications", 3);
  const { days } = succeeded(await core.stats.ofApp(appid));
  expect(days).toHaveLength(31);
  expect(days.slice(-3)).toEqual([
    { day: "2025-12-31", logins: 0, verifications: 0, calls: 0 },
    { day: "2026-01-01", logins: 1, verifications: 0, calls: 0 },
    { day: "2026-01-02", logins: 1, verifications: 3, calls: 0 },
  ]);
  clock.advance({ days: 30 });
  const { days: later } = succeeded(await core.stats.all());
  expect(later[0]).toEqual({ day: "2026-01-02", logins: 1, verifications: 3, calls: 0 });
});

test("all() counts apps, their sessions, and the activity of all of them", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  sandbox.world.apps.set("wx2", "secret-of-wx2");
  succeeded(await core.apps.register({ appid: "wx2", appSecret: "secret-of-wx2" }, TESTER));
  for (const app of [appid, "wx2", "wx2"]) {
    const code = sandbox.world.giveCode(sandbox.world.user(app, `${Math.random()}`));
    succeeded(await core.logins.login({ appid: app, code, userData: null }));
  }
  const stats = succeeded(await core.stats.all());
  expect(stats).toMatchObject({ apps: 2, sessions: 3 });
  expect(stats.days.at(-1)).toMatchObject({ logins: 3 });
  expect(succeeded(await core.stats.ofApp("wx2"))).toMatchObject({ sessions: 2 });
  expect(await core.stats.ofApp("nobody")).toMatchObject({ code: "appNotFound" });
});

test("calls of WeChat are counted beside logins and verifications, by endpoint for an app", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  const counter = new CallCounter({ ...scenario, log: silentLog });
  core.activity.note(appid, "logins", 2);
  counter.count(appid, "/cgi-bin/token");
  counter.count(appid, "/cgi-bin/stable_token");
  counter.count("wx2", "/cgi-bin/stable_token");
  await core.activity.flush();
  await counter.flush();
  clock.advance({ days: 1 });
  core.activity.note(appid, "verifications", 3);
  counter.count(appid, "/cgi-bin/token");
  await counter.flush();
  const ofApp = succeeded(await core.stats.ofApp(appid));
  expect(ofApp.days.slice(-2)).toEqual([
    { day: "2026-01-01", logins: 2, verifications: 0, calls: 2 },
    { day: "2026-01-02", logins: 0, verifications: 3, calls: 1 },
  ]);
  expect(ofApp.calls).toEqual([
    { endpoint: "/cgi-bin/stable_token", count: 1 },
    { endpoint: "/cgi-bin/token", count: 2 },
  ]);
  expect(succeeded(await core.stats.all()).days.slice(-2)).toEqual([
    { day: "2026-01-01", logins: 2, verifications: 0, calls: 3 },
    { day: "2026-01-02", logins: 0, verifications: 3, calls: 1 },
  ]);
});

test("flush() adds what the store refused to the next flush", async () => {
  const disk = { isFull: true };
  await using scenario = await openScenario({ wrap: (store) => countingOn(disk, store) });
  const { activity, stats } = scenario.core;
  activity.note(appid, "verifications", 5);
  await activity.flush();
  disk.isFull = false;
  activity.note(appid, "verifications");
  for (let round = 0; round < 3; round += 1) await activity.flush();
  expect(succeeded(await stats.ofApp(appid)).days.at(-1)).toMatchObject({ verifications: 6 });
  expect(succeeded(await stats.all()).days.at(-1)).toMatchObject({ verifications: 6 });
});

test("ofApp() counts what a flush in progress is adding", async () => {
  const added = Promise.withResolvers<void>();
  const slow = (store: Store): Store => ({
    ...store,
    activity: {
      add: (entries) => added.promise.then(() => store.activity.add(entries)),
      list: (...given) => store.activity.list(...given),
      sweep: (now, limit) => store.activity.sweep(now, limit),
    },
  });
  await using scenario = await openScenario({ wrap: slow });
  const { activity, stats } = scenario.core;
  activity.note(appid, "verifications");
  const flushed = activity.flush();
  const asked = stats.ofApp(appid);
  await Bun.sleep(20);
  added.resolve();
  expect(succeeded(await asked).days.at(-1)).toMatchObject({ verifications: 1 });
  await flushed;
});

test("all() counts failed logins and verifications by cause, over a store that was full", async () => {
  let isFull = true;
  const refusing = (store: Store): Store => ({
    ...store,
    activity: {
      add: async (entries) => {
        if (isFull) throw new StoreError("refused", "the disk is full");
        return store.activity.add(entries);
      },
      list: (...given) => store.activity.list(...given),
      sweep: (now, limit) => store.activity.sweep(now, limit),
    },
  });
  await using scenario = await openScenario({ wrap: refusing });
  const { core, clock } = scenario;
  const verify = () => core.sessions.verify({ id: "nobody", skey: "x", appid: null });
  const login = () => core.logins.login({ appid: "wx-unknown", code: "c", userData: null });
  await verify();
  await core.activity.flush();
  isFull = false;
  await core.weapp.recall(appid, "no-code");
  await login();
  await core.activity.flush();
  clock.advance({ days: 1 });
  await verify();
  const { failures, days } = succeeded(await core.stats.all());
  expect(failures).toEqual([
    { operation: "verification", code: "sessionNotFound", count: 2, today: 1 },
    { operation: "login", code: "appNotFound", count: 1, today: 0 },
    { operation: "verification", code: "sessionExpired", count: 1, today: 0 },
  ]);
  expect(days.at(-2)).toMatchObject({ logins: 0, verifications: 0, calls: 0 });
});
