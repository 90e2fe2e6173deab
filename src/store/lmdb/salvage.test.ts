import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  sampleAgent,
  sampleApp,
  sampleAuditEntry,
  sampleCredential,
  sampleIssue,
  sampleServiceKey,
} from "../../../test/conformance/samples.ts";
import { copyDamaged, DAMAGE_KINDS, PAGE } from "../../../test/harness/damaged-files.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { DamagedData } from "../../core/errors.ts";
import type { Store } from "../../core/store.ts";
import { openLmdbStore } from "./driver.ts";
import { PageFile } from "./pages/page-file.ts";
import { salvageStore } from "./salvage.ts";

const SESSIONS = 300;
/** Files of each kind. */
const SEEDS = [1, 2, 3];
const { appid } = sampleApp();
const ids = Array.from({ length: SESSIONS }, (_, number) => `session-${number}`);

let whole: ReturnType<typeof tempFolder>;

const optionsOf = (dataDir: string) => ({ dataDir, masterKey: null, sandbox: false });

beforeAll(async () => {
  whole = tempFolder();
  const store = await openLmdbStore(optionsOf(whole.path));
  await store.apps.create(sampleApp());
  await store.workAgents.put(sampleAgent());
  await store.credentials.put(sampleCredential());
  await store.serviceKeys.create(sampleServiceKey(1));
  for (let number = 0; number < 20; number += 1) await store.audit.append(sampleAuditEntry(number));
  await Promise.all(
    ids.map((_, number) => store.sessions.issue(sampleIssue(number, { openid: `user-${number}` }))),
  );
  await store.close();
});
afterAll(() => whole[Symbol.dispose]());

/** Opens a store, or what is whole in it. */
async function openAnyhow(dataDir: string): Promise<{ store: Store; places: readonly string[] }> {
  try {
    const store = await openLmdbStore({ ...optionsOf(dataDir), inspection: "whole" });
    return { store, places: [] };
  } catch (error) {
    if (!(error instanceof DamagedData)) throw error;
    const { store, damages } = await salvageStore(optionsOf(dataDir), error);
    return { store, places: damages };
  }
}

/** Returns the ids that the store has not, and those of which it says that they are damaged. */
async function readAll(store: Store) {
  const [missing, damaged]: [string[], string[]] = [[], []];
  for (const id of ids)
    try {
      if ((await store.sessions.get(id)) === null) missing.push(id);
    } catch {
      damaged.push(id);
    }
  return { missing, damaged };
}

test.each(DAMAGE_KINDS.flatMap((kind) => SEEDS.map((seed) => ({ kind, seed }))))(
  "a file with $kind ($seed) is refused, or has every record; what is whole in it can be read",
  async ({ kind, seed }) => {
    using folder = tempFolder();
    copyDamaged(whole.path, folder.path, kind, seed);
    try {
      const opened = await openLmdbStore(optionsOf(folder.path));
      const { missing } = await readAll(opened);
      const { items } = await opened.apps.list({ limit: 1, onUnreadable: () => undefined });
      expect({ missing, apps: items.length }).toEqual({ missing: [], apps: 1 });
      await opened.close();
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedData);
      expect((error as Error).message).toMatch(/data\.mdb is damaged: .* restore a backup/);
    }
    const { store, places } = await openAnyhow(folder.path).catch((error) => {
      expect(error).toBeInstanceOf(DamagedData);
      return { store: null, places: [] };
    });
    if (store === null) return;
    const { missing } = await readAll(store);
    if (missing.length > 0) expect(places).not.toEqual([]);
    await store.check(() => undefined);
    await store.close();
  },
);

test("a page above the leaves that is damaged loses no record", async () => {
  using folder = tempFolder();
  copyDamaged(whole.path, folder.path, "a copy with bytes behind its end", 1);
  const path = join(folder.path, "data.mdb");
  const bytes = readFileSync(path);
  using file = new PageFile(path);
  const meta = file.meta();
  if (typeof meta === "string") throw new Error(meta);
  const branches: number[] = [];
  for (let page = 2; page <= meta.lastPage; page += 1)
    if (bytes.readUInt16LE(page * PAGE + 18) === 1) branches.push(page);
  expect(branches).not.toEqual([]);
  for (const page of branches) {
    writeFileSync(path, Buffer.from(bytes).fill(0, page * PAGE, (page + 1) * PAGE));
    const { store, places } = await openAnyhow(folder.path);
    expect({ page, ...(await readAll(store)) }).toEqual({ page, missing: [], damaged: [] });
    // A branch that is in use is named; the file has older ones.
    for (const place of places) expect(place).toContain(`page ${page} (`);
    const listed = await store.sessions.list(appid, null, { limit: 2 * SESSIONS });
    expect(listed.items).toHaveLength(SESSIONS);
    await store.close();
  }
});

test("sessions of an app whose record is lost are still exported under its appid", async () => {
  using folder = tempFolder();
  copyDamaged(whole.path, folder.path, "a copy with bytes behind its end", 1);
  const path = join(folder.path, "data.mdb");
  const bytes = readFileSync(path);
  for (let page = 2; page * PAGE < bytes.length; page += 1) {
    const text = bytes.subarray(page * PAGE, (page + 1) * PAGE).toString("latin1");
    if (text.includes("appSecret")) bytes.fill(0, page * PAGE, (page + 1) * PAGE);
  }
  writeFileSync(path, bytes);
  const { store, places } = await openAnyhow(folder.path);
  expect(places.join()).toContain("(apps)");
  const lost: string[] = [];
  const { items } = await store.apps.list({ limit: 9, onUnreadable: (what) => lost.push(what) });
  expect([items, lost]).toEqual([[], [appid]]);
  expect((await store.sessions.dump(appid, { limit: SESSIONS })).items).toHaveLength(SESSIONS);
  await store.close();
});

test("a page in use that names a later transaction is refused, because LMDB would write to the map", async () => {
  using folder = tempFolder();
  copyDamaged(whole.path, folder.path, "a copy with bytes behind its end", 1);
  const path = join(folder.path, "data.mdb");
  const bytes = readFileSync(path);
  using file = new PageFile(path);
  const meta = file.meta();
  if (typeof meta === "string") throw new Error(meta);
  const refused = new Set<number>();
  for (let page = 2; page <= meta.lastPage; page += 1) {
    const changed = Buffer.from(bytes);
    changed.writeBigUInt64LE(BigInt(meta.txnId + 1), page * PAGE + 8);
    writeFileSync(path, changed);
    try {
      await (await openLmdbStore(optionsOf(folder.path))).close();
    } catch (error) {
      expect(error).toBeInstanceOf(DamagedData);
      refused.add(page);
    }
  }
  const { free, main } = meta;
  expect(refused.size).toBeGreaterThan(10);
  for (const { root } of [free, main]) if (root !== null) expect(refused).toContain(root);
});
