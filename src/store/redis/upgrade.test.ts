import { afterAll, beforeAll, expect, test } from "bun:test";
import { FAR } from "../../../test/conformance/samples.ts";
import { RedisServer } from "../../../test/harness/redis.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { FORMAT } from "../meta.ts";
import type { Upgrade } from "../upgrade.ts";
import { openRedisStore } from "./driver.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const APPS = 40;
const DAYS = ["2026-11-20", "2026-11-21"];

/** A database of format 2, in which many apps have logins, verifications and calls on two days. */
async function oldDatabase() {
  const redis = server.connection();
  const cli = (...args: string[]): string => server.cli("-n", String(redis.db), ...args);
  const upgrades: Upgrade[] = [];
  const open = async (mayUpgrade = true) => {
    using folder = tempFolder();
    return await openRedisStore({
      redis,
      dataDir: folder.path,
      masterKey: "ab".repeat(32),
      sandbox: false,
      mayUpgrade,
      onUpgrade: (upgrade) => upgrades.push(upgrade),
    });
  };
  const downgrade = () =>
    cli(
      "SET",
      "waferd:meta",
      JSON.stringify({ ...JSON.parse(cli("GET", "waferd:meta")), format: 2 }),
    );
  const store = await open();
  const subjects = Array.from({ length: APPS }, (_, index) => `wx${index}`);
  const count = (subject: string, window: string, endpoint: string, amount: number) =>
    store.callCounts.add({ subject, window, endpoint, expiresAt: FAR }, amount);
  for (const subject of subjects)
    for (const day of DAYS) {
      await count(subject, day, "logins", 2);
      await count(subject, day, "verifications", 3);
      await count(subject, day, "/cgi-bin/token", 5);
    }
  await store.close();
  downgrade();
  return { open, cli, downgrade, upgrades, subjects };
}

type OldDatabase = Awaited<ReturnType<typeof oldDatabase>>;

/** Expects that everything was moved, and nothing twice. */
async function expectMoved({ open, subjects }: OldDatabase): Promise<void> {
  const store = await open();
  for (const subject of subjects) {
    expect(await store.activity.list(subject, "day", DAYS)).toEqual(
      DAYS.map((window) => ({ window, counts: { logins: 2, verifications: 3 } })),
    );
    expect((await store.callCounts.list(subject, { limit: 9 })).items).toEqual(
      DAYS.map((window) => ({ subject, window, endpoint: "/cgi-bin/token", count: 5 })),
    );
  }
  expect(await store.activity.sweep(FAR, 1000)).toBe(APPS * DAYS.length);
  await store.close();
}

test("data of format 2 is upgraded by one of several nodes that start at once, and reported once", async () => {
  const old = await oldDatabase();
  for (const store of await Promise.all([old.open(), old.open(), old.open()])) await store.close();
  expect(old.upgrades).toEqual([
    { from: 2, to: FORMAT, records: APPS * DAYS.length * 2, durationMs: expect.any(Number) },
  ]);
  expect(JSON.parse(old.cli("GET", "waferd:meta"))).toMatchObject({ format: FORMAT });
  expect(old.cli("EXISTS", "waferd:upgrade")).toBe("0");
  await expectMoved(old);
  expect(old.upgrades).toHaveLength(1);
});

test("an upgrade that was interrupted is finished by the next start, and moves nothing twice", async () => {
  const old = await oldDatabase();
  await (await old.open()).close();
  // Left behind by a process that died after moving everything, and by one that died at once.
  old.downgrade();
  old.cli("SET", "waferd:upgrade", "1", "PX", "300");
  await expectMoved(old);
  expect(old.upgrades.map(({ records }) => records)).toEqual([APPS * DAYS.length * 2, 0]);
});

test("openRedisStore() of data of a newer format throws, and says what to do", async () => {
  const old = await oldDatabase();
  const meta = JSON.parse(old.cli("GET", "waferd:meta"));
  old.cli("SET", "waferd:meta", JSON.stringify({ ...meta, format: FORMAT + 1 }));
  await expect(old.open()).rejects.toThrow(
    /has format \d+, and this version of waferd reads formats up to \d+: use the version that wrote it/,
  );
});

test("a database of format 2 stays as it is for a caller that may not upgrade it", async () => {
  const old = await oldDatabase();
  await expect(old.open(false)).rejects.toThrow(
    /^the data in .* has format 2, which the first start of this version of waferd upgrades to \d+: back it up, then run waferd serve$/,
  );
  expect(old.upgrades).toEqual([]);
  await expectMoved(old);
});
