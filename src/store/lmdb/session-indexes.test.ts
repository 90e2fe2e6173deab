import { expect, test } from "bun:test";
import { type Database, open as openLmdb } from "lmdb";
import { FAR, sampleApp, sampleIssue, sampleStored } from "../../../test/conformance/samples.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { DamagedData } from "../../core/errors.ts";
import type { Flaw, Store } from "../../core/store.ts";
import { sha256 } from "../../crypto/digest.ts";
import { openLmdbStore } from "./driver.ts";
import { salvageStore } from "./salvage.ts";
import { type ExpiryKey, idInExpiryKey, idInUserKey, type UserKey } from "./session-indexes.ts";

const open = (dataDir: string) => openLmdbStore({ dataDir, masterKey: null, sandbox: false });

const APPID = sampleIssue(0).appid;
const USERS = 6;
const SESSIONS = 3 * USERS;
const openidOf = (number: number): string => `user-${Math.floor(number / 3)}`;

/** Calls `use` with the indexes of a closed store. */
async function withIndexes<T>(
  dataDir: string,
  use: (byUser: Database<true, UserKey>, byExpiry: Database<true, ExpiryKey>) => T | Promise<T>,
): Promise<T> {
  const env = openLmdb({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  const table = (name: string) => env.openDB<true, never>({ name, encoding: "msgpack" });
  const outcome = await use(
    table("sessions-by-user") as unknown as Database<true, UserKey>,
    table("sessions-by-expiry") as unknown as Database<true, ExpiryKey>,
  );
  await env.close();
  return outcome;
}

/**
 * Opens a store of users with three sessions each, two of three as format 3 indexed them. Ids are
 * ours and those of an old server.
 */
async function mixedStore(): Promise<{ store: Store; path: string } & AsyncDisposable> {
  const folder = tempFolder();
  const filled = await open(folder.path);
  await filled.apps.create(sampleApp({ appid: APPID }));
  const sessions = Array.from({ length: SESSIONS }, (_, number) => ({
    ...sampleStored(number),
    openid: openidOf(number),
    id: number % 2 === 0 ? sha256(`${number}`).toString("hex", 0, 16) : `old-${number}`,
    expiresAt: FAR + number * 1000,
  }));
  await filled.sessions.put(sessions);
  await filled.close();
  await withIndexes(folder.path, async (byUser, byExpiry) => {
    const isOld = (id: string): boolean => sessions.findIndex((one) => one.id === id) % 3 !== 0;
    for (const key of [...byUser.getKeys()]) {
      const id = idInUserKey(key);
      if (!isOld(id)) continue;
      await byUser.remove(key);
      await byUser.put([APPID, key[1], id], true);
    }
    for (const key of [...byExpiry.getKeys()]) {
      const id = idInExpiryKey(key);
      if (!isOld(id)) continue;
      await byExpiry.remove(key);
      await byExpiry.put([sessions.find((one) => one.id === id)?.expiresAt ?? 0, id], true);
    }
  });
  const store = await open(folder.path);
  return {
    store,
    path: folder.path,
    async [Symbol.asyncDispose]() {
      await store.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Reads a list page by page. */
async function pages(store: Store, openid: string | null, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof store.sessions.list>> = await store.sessions.list(
      APPID,
      openid,
      { limit, ...(cursor !== null && { cursor }) },
    );
    found.push(page.items.map((session) => session.openid + session.id));
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

test.each([1, 2, 3, 4, 7, 17, 18, 19])(
  "list() by pages of %d has old and new entries once, by openid",
  async (limit) => {
    await using mixed = await mixedStore();
    const found = await pages(mixed.store, null, limit);
    expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    const all = found.flat();
    expect(new Set(all).size).toBe(SESSIONS);
    expect(all).toHaveLength(SESSIONS);
    const openids = all.map((text) => text.slice(0, "user-0".length));
    expect(openids).toEqual(openids.toSorted());
    expect((await pages(mixed.store, "user-3", limit)).flat()).toHaveLength(3);
  },
);

test("check() finds no flaw in old and new entries; sweep() handles both", async () => {
  await using mixed = await mixedStore();
  const flaws: Flaw[] = [];
  await mixed.store.check((flaw) => flaws.push(flaw));
  expect(flaws).toEqual([]);
  const { sessions } = mixed.store;
  expect(await sessions.sweep(FAR - 1, 100)).toEqual({ removed: 0, moved: 0 });
  expect(await sessions.sweep(FAR + 4000, 3)).toEqual({ removed: 3, moved: 0 });
  expect(await sessions.sweep(FAR + 4000, 3)).toEqual({ removed: 2, moved: 0 });
  expect(await sessions.sweep(FAR + SESSIONS * 1000, 100)).toEqual({
    removed: SESSIONS - 5,
    moved: 0,
  });
  expect(await sessions.count(APPID)).toBe(0);
});

test("a login again replaces an old entry, and a visit that was found due one of the other index", async () => {
  await using mixed = await mixedStore();
  const { sessions } = mixed.store;
  for (let user = 0; user < USERS; user += 1) {
    const [latest] = (await sessions.list(APPID, `user-${user}`, { limit: 9 })).items.sort(
      (one, other) => other.lastVisitAt - one.lastVisitAt,
    );
    const openid = `user-${user}`;
    const expiresAt = FAR + 3_600_000;
    const issued = await sessions.issue({
      ...sampleIssue(99),
      openid,
      expiresAt,
      sessionsPerUser: 1,
    });
    expect(issued.session.id).toBe(latest?.id as string);
  }
  expect(await sessions.count(APPID)).toBe(USERS);
  expect(await sessions.sweep(FAR + 60_000, 100)).toEqual({ removed: 0, moved: USERS });
  const flaws: Flaw[] = [];
  await mixed.store.check((flaw) => flaws.push(flaw));
  expect(flaws).toEqual([]);
  await mixed.store.close();
  await withIndexes(mixed.path, (byUser, byExpiry) => {
    const [users, times] = [[...byUser.getKeys()], [...byExpiry.getKeys()]];
    expect(users.map(([app]) => app[0])).toEqual(Array(USERS).fill("~"));
    expect(times.map(([time]) => typeof time)).toEqual(Array(USERS).fill("string"));
  });
});

test("revocations reach old and new entries", async () => {
  await using mixed = await mixedStore();
  const { sessions } = mixed.store;
  expect(await sessions.revokeByUser(APPID, "user-2")).toBe(3);
  expect(await sessions.revokeByApp(APPID, 4)).toBe(4);
  expect(await sessions.revokeByApp(APPID, 100)).toBe(SESSIONS - 7);
  await mixed.store.close();
  await withIndexes(mixed.path, (byUser, byExpiry) => {
    expect([...byUser.getKeys(), ...byExpiry.getKeys()]).toEqual([]);
  });
});

test("a salvaged store lists sessions with old and new entries once", async () => {
  await using mixed = await mixedStore();
  const options = { dataDir: mixed.path, masterKey: null, sandbox: false };
  const { store } = await salvageStore(options, new DamagedData("", []));
  expect((await store.sessions.list(APPID, null, { limit: 99 })).items).toHaveLength(SESSIONS);
  const flaws: Flaw[] = [];
  await store.check((flaw) => flaws.push(flaw));
  expect(flaws).toEqual([]);
  await store.close();
});

test("damaged keys of the indexes are named, and the other sessions are listed", async () => {
  await using mixed = await mixedStore();
  await mixed.store.close();
  await withIndexes(mixed.path, async (byUser, byExpiry) => {
    const [ours, old] = ["~", "w"].map((mark) =>
      [...byUser.getKeys()].find(([app]) => app[0] === mark),
    );
    for (const [key = ["", "", ""]] of [[ours], [old]] as [UserKey?][])
      for (const id of [null, 7, true]) await byUser.put([key[0], key[1], id] as never, true);
    await byUser.put(8 as never, true);
    for (const key of [["0000001", null], ["0000001", 7], 9])
      await byExpiry.put(key as never, true);
  });
  const store = await open(mixed.path);
  const named: string[] = [];
  const { items } = await store.sessions.list(APPID, null, {
    limit: 99,
    onUnreadable: (name, cause) => named.push(`${name} ${cause.message}`),
  });
  expect(items).toHaveLength(SESSIONS);
  expect(named).toHaveLength(6);
  expect(named.every((text) => text.endsWith("its key is damaged"))).toBe(true);
  const flaws: Flaw[] = [];
  await store.check((flaw) => flaws.push(flaw));
  expect(flaws).toHaveLength(10);
  expect(new Set(flaws.map(({ problem }) => problem))).toEqual(new Set(["its key is damaged"]));
  await store.close();
});

test("check() names a session whose profile is damaged but still JSON", async () => {
  using folder = tempFolder();
  const filled = await open(folder.path);
  const { session } = await filled.sessions.issue({
    ...sampleIssue(1),
    profile: { nickName: "Alice" },
  });
  await filled.close();
  const env = openLmdb({ path: folder.path, maxDbs: 32, maxReaders: 512 });
  const table = env.openDB<Uint8Array, string>({ name: "sessions", encoding: "binary" });
  const bytes = Buffer.from(table.get(session.id) as Uint8Array);
  bytes.write("B", bytes.indexOf("Alice"));
  await table.put(session.id, bytes);
  await env.close();
  const store = await open(folder.path);
  const flaws: Flaw[] = [];
  await store.check((flaw) => flaws.push(flaw));
  expect(flaws).toEqual([{ what: `session ${session.id}`, problem: "its profile is damaged" }]);
  await store.close();
});

/** Returns two appids that have the same code in keys. */
function collidingAppids(): [string, string] {
  const known = new Map<string, string>();
  for (let number = 0; ; number += 1) {
    const appid = `wx${number.toString(16).padStart(16, "0")}`;
    const code = sha256(appid).toString("hex", 0, 3);
    const other = known.get(code);
    if (other !== undefined) return [other, appid];
    known.set(code, appid);
  }
}

test("apps whose codes are the same keep their sessions apart", async () => {
  using folder = tempFolder();
  const store = await open(folder.path);
  const { sessions } = store;
  const [one, other] = collidingAppids();
  for (const [index, appid] of [one, other].entries())
    for (let number = 0; number < 3; number += 1)
      await sessions.issue({
        ...sampleIssue(10 * index + number),
        ...{ appid, openid: "the-same", sessionsPerUser: 9 },
      });
  const ids = async (appid: string) =>
    (await sessions.list(appid, "the-same", { limit: 9 })).items.map((session) => session.appid);
  expect(await ids(one)).toEqual([one, one, one]);
  expect(await ids(other)).toEqual([other, other, other]);
  await sessions.issue({ ...sampleIssue(50), appid: one, openid: "the-same", sessionsPerUser: 1 });
  expect(await ids(one)).toEqual([one]);
  expect(await sessions.revokeByApp(other, 2)).toBe(2);
  expect([await sessions.count(one), await sessions.count(other)]).toEqual([1, 1]);
  expect(await sessions.revokeByUser(other, "the-same")).toBe(1);
  expect(await ids(one)).toEqual([one]);
  await store.close();
});
