import { expect, test } from "bun:test";
import { countingOn } from "../../../test/harness/full-disk.ts";
import { openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_AGENT, DEMO_APP } from "../../sandbox/world.ts";
import { Failure } from "../errors.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import { Activity } from "./activity.ts";
import { type BucketWidth, bucketExpiry, bucketStart, lastBuckets, windowOf } from "./buckets.ts";
import { ALL_APPS } from "./call-count.ts";

const { appid } = DEMO_APP;
const FAILED = "failed login storeFailed";

const countsOf = async (store: Store, subject: string, width: BucketWidth, time: number) =>
  (await store.activity.list(subject, width, [windowOf(width, time)]))[0]?.counts ?? {};

test.each<{ width: BucketWidth; window: string; start: string; expiry: string }>([
  {
    width: "minute",
    window: "2026-11-21T00:59",
    start: "2026-11-20T16:59:00.000Z",
    expiry: "2026-11-20T19:59:00.000Z",
  },
  {
    width: "hour",
    window: "2026-11-21T00",
    start: "2026-11-20T16:00:00.000Z",
    expiry: "2026-12-25T16:00:00.000Z",
  },
  {
    width: "day",
    window: "2026-11-21",
    start: "2026-11-20T16:00:00.000Z",
    expiry: "2027-12-25T16:00:00.000Z",
  },
])("a bucket of a $width is named by China's time", ({ width, window, start, expiry }) => {
  const time = Date.parse("2026-11-20T16:59:59.999Z");
  expect(windowOf(width, time)).toBe(window);
  expect(new Date(bucketStart(width, time)).toISOString()).toBe(start);
  expect(new Date(bucketExpiry(width, time)).toISOString()).toBe(expiry);
  expect(lastBuckets(width, 3, time).at(-1)).toBe(Date.parse(start));
});

test("flush() adds to the minute, hour and day of its time, for the app and for all", async () => {
  await using scenario = await openScenario();
  const { core, clock, store } = scenario;
  core.activity.note(appid, "verifications", 2);
  core.activity.noteCall(appid, "/cgi-bin/token");
  await core.activity.flush();
  const first = clock.now();
  clock.advance({ seconds: 60 });
  core.activity.note(appid, "verifications", 3);
  core.activity.note("wx2", "verifications", 5);
  await core.activity.flush();
  const counts = (subject: string, width: BucketWidth) => countsOf(store, subject, width, first);
  const early = { verifications: 2, "/cgi-bin/token": 1 };
  expect(await counts(appid, "minute")).toEqual(early);
  expect(await counts(ALL_APPS, "minute")).toEqual(early);
  expect(await counts(appid, "hour")).toEqual({ ...early, verifications: 5 });
  expect(await counts(ALL_APPS, "hour")).toEqual({ ...early, verifications: 10 });
  expect(await counts(ALL_APPS, "day")).toEqual({ ...early, verifications: 10 });
});

test("flush() of counts that the store refused adds them to the buckets of their time", async () => {
  const disk = { isFull: true };
  await using scenario = await openScenario({ wrap: (store) => countingOn(disk, store) });
  const { core, clock, store } = scenario;
  const first = clock.now();
  core.activity.note(appid, "logins");
  await core.activity.flush();
  clock.advance({ hours: 2 });
  disk.isFull = false;
  core.activity.note(appid, "logins", 3);
  for (let round = 0; round < 2; round += 1) await core.activity.flush();
  expect(await countsOf(store, appid, "minute", first)).toEqual({ logins: 1 });
  expect(await countsOf(store, appid, "minute", clock.now())).toEqual({ logins: 3 });
});

test("flush() drops the oldest minutes when a store refuses for very long, and keeps the days", async () => {
  const kept: { width: BucketWidth; logins: number }[] = [];
  let isFull = true;
  let now = 0;
  const activity = new Activity({
    tables: {
      activity: {
        async add(entries) {
          if (isFull) throw new StoreError("refused", "the disk is full");
          for (const { width, counts } of entries)
            kept.push({ width, logins: counts["logins"] ?? 0 });
        },
        list: () => [],
        sweep: async () => 0,
      },
    },
    clock: { now: () => now, sleep: async () => undefined },
    isRegistered: () => true,
  });
  for (let minute = 0; minute < 120; minute += 1) {
    now += 60_000;
    for (let app = 0; app < 200; app += 1) activity.note(`wx${app}`, "logins");
    await activity.flush();
  }
  isFull = false;
  await activity.flush();
  expect(kept).toHaveLength(20_000);
  const days = kept.filter(({ width }) => width === "day");
  expect(days.reduce((sum, { logins }) => sum + logins, 0)).toBe(2 * 120 * 200);
});

test("watch() counts failures of registered apps by app, and those of all names in the sum", async () => {
  await using scenario = await openScenario();
  const { core, clock, store } = scenario;
  const login = (of: string) => core.logins.login({ appid: of, code: "invalid", userData: null });
  await login(appid);
  for (let index = 0; index < 600; index += 1) await login(`wx-of-nobody-${index}`);
  await core.sessions.verify({ id: "nobody", skey: "x", appid });
  await core.activity.flush();
  const refused = { "failed login codeRefused": 1, "failed verification sessionNotFound": 1 };
  expect(await countsOf(store, appid, "day", clock.now())).toMatchObject(refused);
  expect(await countsOf(store, "wx-of-nobody-1", "day", clock.now())).toEqual({});
  expect(await countsOf(store, ALL_APPS, "day", clock.now())).toMatchObject({
    ...refused,
    "failed login appNotFound": 600,
  });
});

test("flush() keeps failures of an app while the store cannot tell whether it is registered", async () => {
  let isAway = true;
  const asked: string[] = [];
  const kept = new Map<string, number>();
  const activity = new Activity({
    tables: {
      activity: {
        async add(entries) {
          for (const { subject, width, counts } of entries)
            if (width === "day")
              kept.set(subject, (kept.get(subject) ?? 0) + (counts[FAILED] ?? 0));
        },
        list: () => [],
        sweep: async () => 0,
      },
    },
    clock: { now: () => 0, sleep: async () => undefined },
    isRegistered: (subject) => {
      asked.push(subject);
      return isAway ? new Failure("storeFailed") : subject === appid;
    },
  });
  const fail = (of: string) =>
    activity.watch("login", of, Promise.resolve(new Failure("storeFailed")));
  await fail(appid);
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < 400; index += 1) await fail(`wx-of-nobody-${round}-${index}`);
    await fail(appid);
    await activity.flush();
  }
  expect(kept).toEqual(new Map([[ALL_APPS, 1204]]));
  asked.length = 0;
  isAway = false;
  await activity.flush();
  expect(kept).toEqual(new Map([...kept, [appid, 4]]));
  expect(asked).toHaveLength(500);
  await activity.flush();
  expect(asked).toHaveLength(500);
});

test("noteCall() counts endpoints beyond the 200th under one name", async () => {
  await using scenario = await openScenario();
  const { core, clock, store } = scenario;
  for (let index = 0; index < 300; index += 1) core.activity.noteCall(appid, `/wxa/${index}`);
  await core.activity.flush();
  const counts = await countsOf(store, appid, "day", clock.now());
  expect(Object.keys(counts)).toHaveLength(201);
  expect(counts["/other"]).toBe(100);
});

test("noteCall() of an app that is not registered counts in the sum alone", async () => {
  await using scenario = await openScenario();
  const { core, clock, store } = scenario;
  const { corpid, agentid, secret } = DEMO_AGENT;
  const registered = { corpid, agentid, agentSecret: secret, remark: "" };
  succeeded(await core.workAgents.register(registered, TESTER));
  const agent = `${corpid}:${agentid}`;
  core.activity.noteCall("wx-only-checked", "/cgi-bin/stable_token");
  core.activity.noteCall(agent, "/cgi-bin/gettoken");
  core.activity.noteCall("corp:9", "/cgi-bin/gettoken");
  core.activity.noteCall(appid, `/${"x".repeat(300)}`);
  await core.activity.flush();
  const counts = (subject: string) => countsOf(store, subject, "day", clock.now());
  expect(await counts("wx-only-checked")).toEqual({});
  expect(await counts("corp:9")).toEqual({});
  expect(await counts(agent)).toEqual({ "/cgi-bin/gettoken": 1 });
  expect(await counts(appid)).toEqual({ "/other": 1 });
  expect(await counts(ALL_APPS)).toEqual({
    "/cgi-bin/stable_token": 1,
    "/cgi-bin/gettoken": 2,
    "/other": 1,
  });
});

test("get() and current() count access tokens that a caller gets, and no ticket or internal use", async () => {
  await using scenario = await openScenario();
  const { core, clock, store } = scenario;
  const { ownerCredentials } = core;
  // A ticket is fetched with a token, which nobody gets.
  succeeded(await ownerCredentials.get("app/jsapi-ticket", appid));
  succeeded(await ownerCredentials.get("app/access-token", appid));
  expect(ownerCredentials.current("app/access-token", appid)).not.toBeNull();
  expect(ownerCredentials.current("app/jsapi-ticket", appid)).not.toBeNull();
  expect(await ownerCredentials.get("app/access-token", "nobody")).toBeInstanceOf(Failure);
  await core.activity.flush();
  expect(await countsOf(store, appid, "day", clock.now())).toMatchObject({ tokens: 2 });
});
