import { expect, test } from "bun:test";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { copyDataFolder } from "../../../test/harness/data-folder.ts";
import { formatsIn } from "../../../test/harness/stores/tamper.ts";
import type { Flaw } from "../../core/store.ts";
import { sha256 } from "../../crypto/digest.ts";
import { DEMO_AGENT, DEMO_APP } from "../../sandbox/world.ts";
import { FORMAT } from "../meta.ts";
import type { Upgrade } from "../upgrade.ts";
import { openLmdbStore } from "./driver.ts";

const { appid } = DEMO_APP;
/** The day on which the folder was made, and a moment of it. */
const DAY = "2026-11-26";
const NOW = Date.parse(`${DAY}T01:00:00Z`);

/** Opens a copy of the old data folder, and records the upgrades. */
async function openOld(dataDir: string) {
  const upgrades: Upgrade[] = [];
  const store = await openLmdbStore({
    dataDir,
    masterKey: null,
    sandbox: true,
    onUpgrade: (upgrade) => upgrades.push(upgrade),
  });
  return { store, upgrades };
}

test("a data folder of 0.1.0 is upgraded once, and reported with formats, records and duration", async () => {
  using folder = copyDataFolder();
  const first = await openOld(folder.path);
  await first.store.close();
  const second = await openOld(folder.path);
  await second.store.close();
  expect(first.upgrades).toEqual([
    { from: 2, to: FORMAT, records: 4, durationMs: expect.any(Number) },
  ]);
  expect(second.upgrades).toEqual([]);
  expect((await formatsIn(folder.path, folder.known.sessions.alice.id)).folder).toBe(FORMAT);
});

test("a data folder of 0.1.0 that several processes open at once is upgraded by one of them", async () => {
  using folder = copyDataFolder();
  const options = { dataDir: folder.path, masterKey: null, sandbox: true };
  const script = `
    const { openLmdbStore } = await import(${JSON.stringify(join(import.meta.dir, "driver.ts"))});
    const onUpgrade = ({ records }) => console.log(records);
    await (await openLmdbStore({ ...${JSON.stringify(options)}, onUpgrade })).close();
  `;
  const processes = [1, 2, 3].map(() =>
    Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" }),
  );
  const outputs = await Promise.all(processes.map(({ stdout }) => new Response(stdout).text()));
  expect(outputs.join("")).toBe("4\n");
  const { store } = await openOld(folder.path);
  expect(await store.activity.list(appid, "day", [DAY])).toEqual([
    { window: DAY, counts: { logins: 2, verifications: 6 } },
  ]);
  await store.close();
});

test("a data folder of 0.1.0 keeps sessions of both layouts, counts, credentials, keys and answers", async () => {
  using folder = copyDataFolder();
  const { sessions, serviceKey, idempotencyKey } = folder.known;
  const { store } = await openOld(folder.path);
  for (const { id, skey } of [sessions.alice, sessions.bob]) {
    const session = await store.sessions.get(id);
    expect(Buffer.from(session?.skeyHash ?? []).equals(sha256(skey))).toBe(true);
    expect((await store.sessions.getWithSessionKey(id))?.sessionKey).toHaveLength(24);
  }
  expect((await store.sessions.list(appid, null, { limit: 9 })).items).toHaveLength(2);
  for (const subject of ["*", appid])
    expect(await store.activity.list(subject, "day", [DAY])).toEqual([
      { window: DAY, counts: { logins: 2, verifications: 6 } },
    ]);
  const calls = async (subject: string) =>
    (await store.callCounts.list(subject, { limit: 9 })).items.map(({ endpoint, count }) => ({
      endpoint,
      count,
    }));
  expect(await calls("*")).toEqual([{ endpoint: "calls", count: 7 }]);
  expect(await calls(appid)).toEqual([
    { endpoint: "/cgi-bin/stable_token", count: 1 },
    { endpoint: "/cgi-bin/ticket/getticket", count: 1 },
    { endpoint: "/sns/jscode2session", count: 3 },
  ]);
  expect((await store.credentials.list({ limit: 9 })).items).toHaveLength(4);
  expect(await store.apps.count()).toBe(2);
  const { corpid, agentid, secret } = DEMO_AGENT;
  expect(await store.workAgents.get(corpid, agentid)).toMatchObject({ agentSecret: secret });
  expect(await store.serviceKeys.getByHash(sha256(serviceKey))).toMatchObject({ title: "fixture" });
  const request = sha256("another request");
  expect(await store.idempotency.begin(`admin ${idempotencyKey}`, request, NOW, NOW + 1)).toEqual({
    state: "reused",
  });
  expect((await store.audit.list({ limit: 99 })).items.length).toBeGreaterThan(3);
  const flaws: Flaw[] = [];
  expect(await store.check((flaw) => flaws.push(flaw))).toMatchObject({
    sessions: 2,
    "weapp users": 1,
    "buckets of activity": 2,
  });
  expect(flaws).toEqual([]);
  await store.close();
});

test("sweep() after an upgrade deletes a moved count at its original time", async () => {
  using folder = copyDataFolder();
  const { store } = await openOld(folder.path);
  const due = NOW + 31 * 86_400_000;
  expect(await store.activity.sweep(due - 2 * 3_600_000, 9)).toBe(0);
  expect(await store.activity.sweep(due, 9)).toBe(2);
  await store.close();
});

test("open() of data of a newer format throws, says what to do, and changes nothing", async () => {
  using folder = copyDataFolder();
  const env = openLmdb({ path: folder.path, maxDbs: 32, maxReaders: 512 });
  const meta = env.openDB<object, string>({ name: "meta", encoding: "msgpack" });
  await meta.put("store", { ...meta.get("store"), format: FORMAT + 1 });
  await env.close();
  await expect(openOld(folder.path)).rejects.toThrow(
    /has format \d+, and this version of waferd reads formats up to \d+: use the version that wrote it/,
  );
  expect((await formatsIn(folder.path, folder.known.sessions.alice.id)).folder).toBe(FORMAT + 1);
});
