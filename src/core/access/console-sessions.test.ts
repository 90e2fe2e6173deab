import { expect, test } from "bun:test";
import { ADMIN_KEY, openScenario, succeeded } from "../../../test/harness/scenario.ts";
import { until } from "../../../test/harness/until.ts";
import type { Store } from "../store.ts";
import { StoreError } from "../store-error.ts";
import type { ConsoleSessionTable } from "./console-session-table.ts";
import type { StartedConsoleSession } from "./console-sessions.ts";
import { ConsoleSessions } from "./console-sessions.ts";

const CLIENT = { requestId: "request-1", address: "203.0.113.7" };
const stranger = { address: "203.0.113.7", isLocal: false, isTrusted: false, key: null };

/** A store whose sessions of the console cannot be read while it is away. */
function withSessions(store: Store, isAway: () => boolean): Store {
  const table: ConsoleSessionTable = {
    get: (id) => {
      if (isAway()) throw new StoreError("closed", "away");
      return store.consoleSessions.get(id);
    },
    create: (session) => store.consoleSessions.create(session),
    touch: (id, lastUsedAt) => store.consoleSessions.touch(id, lastUsedAt),
    remove: (id) => store.consoleSessions.remove(id),
    list: (page) => store.consoleSessions.list(page),
  };
  return { ...store, consoleSessions: table };
}

test("a started session may do everything, in the audit under the beginning of its id", async () => {
  await using scenario = await openScenario();
  const { access, consoleSessions, audit } = scenario.core;
  const { token, session } = succeeded(await consoleSessions.start(ADMIN_KEY, CLIENT));
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect(JSON.stringify(await scenario.store.consoleSessions.list({ limit: 9 }))).not.toContain(
    token,
  );
  const by = `console:${session.id.slice(0, 8)}`;
  expect(await access.authorize({ ...stranger, console: { token } }, "admin")).toBe(by);
  // A key that is sent counts alone.
  const both = { ...stranger, key: "x", console: { token } };
  expect(await access.authorize(both, "admin")).toMatchObject({ code: "keyRequired" });
  const refused = { ...stranger, isTrusted: true, console: { refused: "elsewhere" } };
  expect(await access.authorize(refused, "admin")).toMatchObject({ code: "forbidden" });
  expect(await consoleSessions.end(token, CLIENT)).toBeNull();
  expect(await consoleSessions.end(token, CLIENT)).toBeNull();
  expect(await access.authorize({ ...stranger, console: { token } }, "admin")).toMatchObject({
    code: "keyRequired",
  });
  const { items } = succeeded(await audit.list({ limit: 9 }));
  expect(items.slice(0, 2)).toMatchObject([
    { action: "console.signedOut", by, target: session.id.slice(0, 8), ...CLIENT },
    { action: "console.signedIn", by, target: session.id.slice(0, 8), ...CLIENT },
  ]);
});

test.each([
  { what: "12 hours after its last use", steps: [11.9, 11.9, 12], good: [true, true, false] },
  { what: "7 days after its start", steps: Array(15).fill(11.9), good: [true, false] },
])("a session ends $what", async ({ steps, good }) => {
  await using scenario = await openScenario();
  const { core, clock, tables } = scenario;
  const { token, session } = succeeded(await core.consoleSessions.start(ADMIN_KEY, CLIENT));
  const seen: boolean[] = [];
  for (const hours of steps) {
    clock.advance({ hours });
    const isGood = "id" in (await core.consoleSessions.use(token));
    seen.push(isGood);
    // The use is written behind the answer.
    const isNoted = async () =>
      (await tables.consoleSessions.get(session.id))?.lastUsedAt === clock.now();
    if (isGood) await until(isNoted);
  }
  expect(seen.slice(-good.length)).toEqual([...good]);
  expect(seen.filter((isGood) => !isGood)).toHaveLength(1);
});

test("a session of another admin key, or of a clock that was wrong, has ended", async () => {
  await using scenario = await openScenario();
  const { consoleSessions, limits, audit } = scenario.core;
  const { token, session } = succeeded(await consoleSessions.start(ADMIN_KEY, CLIENT));
  const { tables, clock } = scenario;
  const random = { hex: () => "0".repeat(64) };
  const ports = { tables, clock, random, limits, audit };
  const withAnotherKey = new ConsoleSessions({ ...ports, adminKey: "another-admin-key-of-tests" });
  expect(await withAnotherKey.use(token)).toMatchObject({ code: "keyRequired" });
  const ahead = clock.now() + 3_600_000;
  for (const times of [{ startedAt: ahead }, { lastUsedAt: ahead }]) {
    await tables.consoleSessions.create({ ...session, ...times });
    expect(await consoleSessions.use(token)).toMatchObject({ code: "keyRequired" });
  }
});

test("a follower stays an administrator without a use, until the session ends", async () => {
  let isAway = false;
  const wrap = (store: Store): Store => withSessions(store, () => isAway);
  await using scenario = await openScenario({ wrap });
  const { core, clock, tables } = scenario;
  const { access, consoleSessions } = core;
  const { token, session } = succeeded(await consoleSessions.start(ADMIN_KEY, CLIENT));
  const caller = { ...stranger, console: { token } };
  clock.advance({ hours: 11.9 });
  expect(await access.isStillAdmin(caller)).toBe(true);
  clock.advance({ hours: 0.2 });
  expect((await tables.consoleSessions.get(session.id))?.lastUsedAt).toBe(session.startedAt);
  isAway = true;
  expect(await access.isStillAdmin(caller)).toBe(true);
  isAway = false;
  expect(await access.isStillAdmin(caller)).toBe(false);
  expect(await access.isStillAdmin({ ...caller, key: ADMIN_KEY })).toBe(true);
  for (const other of [{ key: "x" }, { console: { refused: "elsewhere" } }])
    expect(await access.isStillAdmin({ ...stranger, ...other })).toBe(false);
});

test("a use is written once a minute", async () => {
  await using scenario = await openScenario();
  const { core, clock, tables } = scenario;
  const { token, session } = succeeded(await core.consoleSessions.start(ADMIN_KEY, CLIENT));
  const startedAt = clock.now();
  for (let second = 0; second < 119; second += 1) {
    clock.advance({ seconds: 1 });
    await core.consoleSessions.use(token);
  }
  const lastUse = async () => (await tables.consoleSessions.get(session.id))?.lastUsedAt;
  await until(async () => (await lastUse()) !== startedAt);
  expect(await lastUse()).toBe(startedAt + 60_000);
});

test("of more than 1000 sessions, the least recently used ends, and ended ones are removed", async () => {
  await using scenario = await openScenario();
  const { core, clock, tables } = scenario;
  const started: StartedConsoleSession[] = [];
  const [first, second] = [
    succeeded(await core.consoleSessions.start(ADMIN_KEY, CLIENT)),
    succeeded(await core.consoleSessions.start(ADMIN_KEY, CLIENT)),
  ];
  const { proof: _proof, ...others } = first.session;
  for (let number = 0; number < 5; number += 1)
    await tables.consoleSessions.create({
      ...{ ...others, proof: "0".repeat(64), id: `${number}`.padStart(64, "f") },
    });
  clock.advance({ seconds: 90 });
  await core.consoleSessions.use(first.token);
  while (started.length < 999)
    started.push(succeeded(await core.consoleSessions.start(ADMIN_KEY, CLIENT)));
  expect(await core.consoleSessions.use(second.token)).toMatchObject({ code: "keyRequired" });
  for (const { token } of [first, ...started])
    expect(await core.consoleSessions.use(token)).toHaveProperty("id");
  let cursor: string | null = null;
  let count = 0;
  do {
    const page: { items: unknown[]; next: string | null } = await tables.consoleSessions.list({
      limit: 500,
      ...(cursor !== null && { cursor }),
    });
    count += page.items.length;
    cursor = page.next;
  } while (cursor !== null);
  expect(count).toBe(1000);
}, 60_000);

test("wrong keys wait, 64 at once, and count; the right one passes whatever came before", async () => {
  await using scenario = await openScenario({
    limits: { failed_keys: { count: 80, seconds: 60, burst: 80 } } as never,
  });
  const waits: (() => void)[] = [];
  scenario.clock.sleep = () => new Promise((resolve) => waits.push(resolve as () => void));
  const { consoleSessions } = scenario.core;
  const attempts = Array.from({ length: 100 }, (_, number) =>
    consoleSessions.start(`wrong-${number}`, CLIENT),
  );
  await Bun.sleep(5);
  expect(waits).toHaveLength(64);
  expect(succeeded(await consoleSessions.start(ADMIN_KEY, CLIENT)).token).toHaveLength(64);
  for (const wake of waits) wake();
  const codes = (await Promise.all(attempts)).map((failure) => (failure as { code: string }).code);
  expect(codes.filter((code) => code === "keyRequired")).toHaveLength(80);
  expect(codes.filter((code) => code === "tooOften")).toHaveLength(20);
});

test("a store that is away refuses, and nobody is signed in", async () => {
  let isAway = false;
  const wrap = (store: Store): Store => withSessions(store, () => isAway);
  await using scenario = await openScenario({ wrap });
  const { consoleSessions } = scenario.core;
  const { token } = succeeded(await consoleSessions.start(ADMIN_KEY, CLIENT));
  expect(await consoleSessions.use(token)).toHaveProperty("id");
  isAway = true;
  expect(await consoleSessions.use(token)).toMatchObject({ code: "storeFailed" });
});
