import { afterAll, expect, test } from "bun:test";
import { FAR } from "../../../test/conformance/samples.ts";
import { MariaDb } from "../../../test/harness/mariadb.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { FORMAT } from "../meta.ts";
import type { Upgrade } from "../upgrade.ts";
import { openMySqlStore } from "./driver.ts";

const server = await MariaDb.start();
afterAll(() => server[Symbol.dispose]());

const DAYS = ["2026-11-20", "2026-11-21"];
const SUBJECTS = ["*", "wx1", "wx2"];

/** A database of format 2, in which apps have logins, verifications and calls on two days. */
async function oldDatabase() {
  const database = await server.database();
  const upgrades: Upgrade[] = [];
  const open = async (mayUpgrade = true) => {
    using folder = tempFolder();
    return await openMySqlStore({
      mysql: server.connection(database),
      zone: 480,
      dataDir: folder.path,
      masterKey: "ab".repeat(32),
      sandbox: false,
      defaultAppid: null,
      mayUpgrade,
      onUpgrade: (upgrade) => upgrades.push(upgrade),
    });
  };
  const run = (sql: string) => server.execute(sql, database);
  const store = await open();
  const count = (subject: string, window: string, endpoint: string, amount: number) =>
    store.callCounts.add({ subject, window, endpoint, expiresAt: FAR }, amount);
  for (const subject of SUBJECTS)
    for (const day of DAYS) {
      await count(subject, day, "logins", 2);
      await count(subject, day, "verifications", 3);
      await count(subject, day, "/cgi-bin/token", 5);
    }
  await store.close();
  await run(`DROP TABLE waferd_activity; DROP TABLE waferd_claims; UPDATE waferd_meta SET format = 2;
    ALTER TABLE waferd_audit DROP COLUMN address;
    ALTER TABLE waferd_service_keys DROP COLUMN last_used_from;
    DELETE FROM waferd_migrations WHERE number >= 3`);
  return { open, run, upgrades };
}

type OldDatabase = Awaited<ReturnType<typeof oldDatabase>>;

/** Expects that everything was moved, and nothing twice. */
async function expectMoved({ open }: OldDatabase): Promise<void> {
  const store = await open();
  for (const subject of SUBJECTS) {
    expect(await store.activity.list(subject, "day", DAYS)).toEqual(
      DAYS.map((window) => ({ window, counts: { logins: 2, verifications: 3 } })),
    );
    expect((await store.callCounts.list(subject, { limit: 9 })).items).toEqual(
      DAYS.map((window) => ({ subject, window, endpoint: "/cgi-bin/token", count: 5 })),
    );
  }
  expect(await store.claims.claim("code", 0, FAR)).toEqual({ state: "claimed" });
  expect(await store.activity.sweep(FAR, 1000)).toBe(SUBJECTS.length * DAYS.length);
  await store.close();
}

test("a database of format 2 is upgraded by one of several nodes that start at once, and reported once", async () => {
  const old = await oldDatabase();
  for (const store of await Promise.all([old.open(), old.open(), old.open()])) await store.close();
  expect(old.upgrades).toEqual([
    { from: 2, to: FORMAT, records: 12, durationMs: expect.any(Number) },
  ]);
  expect(await old.run("SELECT format FROM waferd_meta")).toEqual([{ format: FORMAT }]);
  await expectMoved(old);
  expect(old.upgrades).toHaveLength(1);
});

test("an upgrade that was interrupted is finished by the next start, and moves nothing twice", async () => {
  const old = await oldDatabase();
  await (await old.open()).close();
  await old.run(
    "UPDATE waferd_meta SET format = 2; DELETE FROM waferd_migrations WHERE number = 3",
  );
  await expectMoved(old);
  expect(old.upgrades.map(({ records }) => records)).toEqual([12, 0]);
});

test("openMySqlStore() of a database of a newer format throws, and says what to do", async () => {
  const old = await oldDatabase();
  await old.run(`UPDATE waferd_meta SET format = ${FORMAT + 1}`);
  await expect(old.open()).rejects.toThrow(
    /^the data in .* has format \d+, and this version of waferd reads formats up to \d+: use the version that wrote it/,
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
