import { expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import {
  FAR,
  sampleAgent,
  sampleApp,
  sampleCredential,
  sampleIssue,
  sampleRef,
  sampleStored,
} from "../../../test/conformance/samples.ts";
import { storeConformance } from "../../../test/conformance/suite.ts";
import { asFormat1, damageProfile, formatsIn } from "../../../test/harness/stores/tamper.ts";
import { tempFolder } from "../../../test/harness/temp-folder.ts";
import { StartError, StoreMissing } from "../../core/errors.ts";
import { FORMAT } from "../meta.ts";
import { openLmdbStore } from "./driver.ts";

const open = (dataDir: string, options: { masterKey?: string; sandbox?: boolean } = {}) =>
  openLmdbStore({ dataDir, masterKey: null, sandbox: false, ...options });

storeConformance({
  name: "lmdb",
  async place() {
    const folder = tempFolder();
    return { open: () => open(folder.path), dispose: async () => folder[Symbol.dispose]() };
  },
});

async function folderWithData() {
  const folder = tempFolder();
  const store = await open(folder.path);
  await store.apps.create(sampleApp());
  await store.sessions.issue(sampleIssue(1));
  await store.workAgents.put(sampleAgent());
  await store.credentials.put(sampleCredential());
  await store.idempotency.begin("k", sampleRef(1).skeyHash, 0, 1);
  await store.idempotency.finish("k", "the-answer-of-a-request", 2);
  await store.claims.claim("code-of-alice", 0, 1000);
  await store.claims.claim("code-of-alice", 0, 1000);
  await store.claims.finish("code-of-alice", () => "the-answer-of-a-claim", 1, 1_000_000);
  await store.close();
  return folder;
}

test("the data files contain no secret, session_key, skey, code or token in clear text", async () => {
  using folder = await folderWithData();
  const files = readdirSync(folder.path).map((name) =>
    readFileSync(join(folder.path, name), "latin1"),
  );
  expect(files.join()).toContain(sampleIssue(1).openid);
  const { agentSecret } = sampleAgent();
  for (const secret of [
    sampleApp().appSecret,
    "session-key-1",
    "skey-1",
    agentSecret,
    sampleCredential().value,
    "the-answer-of-a-request",
    "code-of-alice",
    "the-answer-of-a-claim",
  ])
    expect(files.join()).not.toContain(secret);
});

test.each([
  { what: "Base64 of 16 bytes", sessionKey: "AAECAwQFBgcICQoLDA0ODw==" },
  { what: "another spelling of that", sessionKey: "AAECAwQFBgcICQoLDA0ODx==" },
  { what: "Base64 of fewer bytes", sessionKey: "AAECAwQF" },
  { what: "17 characters", sessionKey: "12345678901234567" },
  { what: "not ASCII", sessionKey: "密钥" },
])("a session_key that is $what is read as it was written", async ({ sessionKey }) => {
  using folder = tempFolder();
  const store = await open(folder.path);
  const { session } = await store.sessions.issue({ ...sampleIssue(1), sessionKey });
  expect((await store.sessions.getWithSessionKey(session.id))?.sessionKey).toBe(sessionKey);
  await store.close();
});

test("open() of data whose own record is damaged throws a StartError", async () => {
  using folder = await folderWithData();
  const env = openLmdb({ path: folder.path, maxDbs: 32, maxReaders: 512 });
  const table = env.openDB<Uint8Array, string>({ name: "meta", encoding: "binary" });
  const bytes = table.get("store") as Uint8Array;
  await table.put("store", bytes.subarray(0, bytes.length - 5));
  await env.close();
  await expect(open(folder.path)).rejects.toBeInstanceOf(StartError);
  await expect(open(folder.path)).rejects.toThrow("a record cannot be read");
});

test("list() refuses a cursor that is not a key of its index", async () => {
  using folder = await folderWithData();
  const store = await open(folder.path);
  const { appid } = sampleApp();
  for (const key of [
    null,
    {},
    appid,
    [appid],
    [appid, true, ""],
    [appid, {}, ""],
    [appid, "", "", ""],
  ]) {
    const cursor = Buffer.from(JSON.stringify(key)).toString("base64url");
    const list = () => store.sessions.list(appid, null, { limit: 1, cursor });
    expect(list).toThrow(expect.objectContaining({ kind: "cursor" }));
  }
  await store.close();
});

test("open() creates a folder and keys that only their owner can read", async () => {
  using parent = tempFolder();
  const dataDir = join(parent.path, "new");
  await (await open(dataDir)).close();
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(dataDir, "master.key")).mode & 0o777).toBe(0o600);
});

test("open() with a configured master key writes no key file", async () => {
  using folder = tempFolder();
  const masterKey = "ab".repeat(32);
  const store = await open(folder.path, { masterKey });
  await store.apps.create(sampleApp());
  await store.close();
  expect(readdirSync(folder.path)).not.toContain("master.key");
  await expect(open(folder.path)).rejects.toThrow(/master.key is missing/);
  await (await open(folder.path, { masterKey })).close();
});

test.each<{
  name: string;
  damage: (dataDir: string) => Promise<unknown> | unknown;
  options: { masterKey?: string; sandbox?: boolean };
  message: RegExp;
}>([
  {
    name: "another master key",
    damage: (dir) => writeFileSync(join(dir, "master.key"), "ab".repeat(32)),
    options: {},
    message: /not the one that sealed/,
  },
  {
    name: "a lost master key",
    damage: (dir) => rmSync(join(dir, "master.key")),
    options: {},
    message: /is missing, and the data .* is sealed with it/,
  },
  {
    name: "a damaged master key",
    damage: (dir) => writeFileSync(join(dir, "master.key"), "oops"),
    options: {},
    message: /64 lower-case hex digits/,
  },
  {
    name: "a wrong WAFERD_MASTER_KEY",
    damage: () => undefined,
    options: { masterKey: "ab".repeat(32) },
    message: /WAFERD_MASTER_KEY is not the one/,
  },
  {
    name: "the sandbox on real data",
    damage: () => undefined,
    options: { sandbox: true },
    message: /belongs to real apps/,
  },
])(
  "open() of data with $name throws a StartError and loses nothing",
  async ({ damage, options, message }) => {
    using folder = await folderWithData();
    const key = readFileSync(join(folder.path, "master.key"));
    await damage(folder.path);
    const error = await open(folder.path, options).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).message).toMatch(message);
    writeFileSync(join(folder.path, "master.key"), key);
    const store = await open(folder.path);
    expect(await store.apps.get(sampleApp().appid)).not.toBeNull();
    await store.close();
  },
);

test("open() of data of the sandbox without the sandbox throws a StartError", async () => {
  using folder = tempFolder();
  await (await open(folder.path, { sandbox: true })).close();
  await expect(open(folder.path)).rejects.toThrow(/made by the sandbox/);
});

test("open() of a folder with a dot in its name uses it as a folder", async () => {
  using parent = tempFolder();
  const dataDir = join(parent.path, "waferd-1.2");
  await (await open(dataDir)).close();
  expect(readdirSync(dataDir).sort()).toEqual(["data.mdb", "lock.mdb", "master.key"]);
  expect(readdirSync(parent.path)).toEqual(["waferd-1.2"]);
});

test("open() of another kind of file throws a StartError, and does not change it", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "data.mdb");
  writeFileSync(path, Buffer.alloc(100_000, "something else"));
  await expect(open(folder.path)).rejects.toThrow(
    `${path} is damaged: page 0 (the first meta page): it is not of an LMDB file`,
  );
  expect(readFileSync(path).includes("something else")).toBe(true);
});

test("issue() to a user with a damaged profile succeeds with a new profile", async () => {
  using folder = await folderWithData();
  await damageProfile(folder.path, "session-1");
  const store = await open(folder.path);
  expect(() => store.sessions.get("session-1")).toThrow(/cannot be read/);
  const { session } = await store.sessions.issue(sampleIssue(2, { profile: { nickName: "new" } }));
  expect(session).toMatchObject({ id: "session-1", userInfo: { nickName: "new" } });
  await store.close();
});

test("open() of data of format 1 reads its sessions, and writes them in the current layout", async () => {
  using folder = await folderWithData();
  await asFormat1(folder.path, "session-1");
  const store = await open(folder.path);
  const { appid, openid } = sampleIssue(1);
  const session = await store.sessions.get("session-1");
  expect(session).toMatchObject({ appid, openid, userInfo: { openId: openid } });
  expect(await store.sessions.getWithSessionKey("session-1")).toMatchObject({
    sessionKey: "session-key-1",
  });
  expect((await store.sessions.list(appid, openid, { limit: 1 })).items).toHaveLength(1);
  const flaws: unknown[] = [];
  await store.check((flaw) => flaws.push(flaw));
  expect(flaws).toEqual([]);
  const visit = { lastVisitAt: 5, ifVisitedBefore: Number.MAX_SAFE_INTEGER, expiresAt: 6 };
  expect(await store.sessions.touch([{ ...sampleRef(1), ...visit }])).toBe(1);
  expect(await store.sessions.get("session-1")).toMatchObject({ openid, lastVisitAt: 5 });
  await store.close();
  expect(await formatsIn(folder.path, "session-1")).toEqual({
    folder: FORMAT,
    session: "by places",
  });
});

test("touch() of records of any length in one write leaves all else of each", async () => {
  using folder = tempFolder();
  const store = await open(folder.path);
  await store.apps.create(sampleApp());
  const lengths = [10, 100_000, 4000, 300_000, 20];
  const stored = lengths.map((length, number) => {
    const session = sampleStored(number);
    const userInfo = { ...session.userInfo, nickName: `${number}`.repeat(length) };
    return { ...session, userInfo };
  });
  await store.sessions.put(stored);
  const visit = { lastVisitAt: FAR - 5, ifVisitedBefore: FAR, expiresAt: FAR };
  const visits = stored.map(({ id, appid, skeyHash }) => ({ id, appid, skeyHash, ...visit }));
  expect(await store.sessions.touch(visits)).toBe(lengths.length);
  for (const { id, userInfo, loginAt } of stored)
    expect(await store.sessions.get(id)).toMatchObject({ userInfo, loginAt, lastVisitAt: FAR - 5 });
  const flaws: unknown[] = [];
  await store.check((flaw) => flaws.push(flaw));
  expect(flaws).toEqual([]);
  await store.close();
});

test("open() of a folder that cannot be created throws a StartError that names it", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  chmodSync(file, 0o400);
  await expect(open(join(file, "data"))).rejects.toThrow(
    `cannot open the data folder ${join(file, "data")}`,
  );
});

test("concurrent writes are all acknowledged and stored", async () => {
  using folder = tempFolder();
  const store = await open(folder.path);
  await Promise.all(
    Array.from({ length: 500 }, async (_, index) => {
      if (index % 7 === 0) await Bun.sleep(index % 5);
      await store.sessions.issue(sampleIssue(index, { openid: `user-${index}` }));
    }),
  );
  expect(await store.sessions.count(sampleApp().appid)).toBe(500);
  await store.close();
});

test("get() sees a write that another process acknowledged in the same turn of the event loop", async () => {
  using folder = tempFolder();
  const options = { dataDir: folder.path, masterKey: null, sandbox: false };
  const store = await openLmdbStore(options);
  const elsewhere = `
    const { openLmdbStore } = await import(${JSON.stringify(join(import.meta.dir, "driver.ts"))});
    const store = await openLmdbStore(${JSON.stringify(options)});
    await store.apps.create(${JSON.stringify(sampleApp())});
    await store.close();
  `;
  const { appid } = sampleApp();
  expect(await store.apps.get(appid)).toBeNull();
  const before = store.apps.get(appid);
  const { exitCode } = Bun.spawnSync([process.execPath, "-e", elsewhere], { stderr: "inherit" });
  const after = store.apps.get(appid);
  expect([exitCode, await before, (await after)?.appid]).toEqual([0, null, appid]);
  await store.close();
});

test("usage() returns the size of the file, its used part, and the free disk space", async () => {
  using folder = tempFolder();
  const store = await openLmdbStore({ dataDir: folder.path, masterKey: null, sandbox: false });
  const before = await store.usage();
  for (let number = 0; number < 200; number += 1)
    await store.apps.create(sampleApp({ appid: `wx${number}` }));
  const after = await store.usage();
  expect(after.usedBytes).toBeGreaterThan((before.usedBytes ?? 0) + 20_000);
  expect(after.sizeBytes).toBeGreaterThanOrEqual(after.usedBytes ?? 0);
  expect(after.freeBytes).toBeGreaterThan(0);
  await store.close();
});

test("openLmdbStore() that is read-only throws StoreMissing and writes nothing", async () => {
  using folder = tempFolder();
  const dataDir = join(folder.path, "data");
  const options = { dataDir, masterKey: null, sandbox: false, isReadOnly: true };
  await expect(openLmdbStore(options)).rejects.toThrow(StoreMissing);
  expect(readdirSync(folder.path)).toEqual([]);
  await (await open(dataDir)).close();
  await (await openLmdbStore(options)).close();
});

test.each<{ name: string; data: string | null; keys: readonly string[] }>([
  { name: "missing beside both keys", data: null, keys: ["admin.key", "master.key"] },
  { name: "missing beside the master key", data: null, keys: ["master.key"] },
  { name: "empty beside the admin key", data: "", keys: ["admin.key"] },
])("openLmdbStore() of a folder whose data is $name says what to do", async ({ data, keys }) => {
  using folder = tempFolder();
  for (const name of keys) writeFileSync(join(folder.path, name), "ab".repeat(32));
  if (data !== null) writeFileSync(join(folder.path, "data.mdb"), data);
  const opening = open(folder.path);
  await expect(opening).rejects.toThrow(StartError);
  await expect(opening).rejects.toThrow(
    `restore a copy (waferd restore), or, to begin without the old apps and sessions, remove ${data === null ? "" : "data.mdb and "}${keys.join(" and ")} from it`,
  );
});

test("probeWrite() makes a write that the next sweep removes, and fails on a closed store", async () => {
  using folder = tempFolder();
  const store = await open(folder.path);
  await store.probeWrite();
  expect(await store.leases.sweep(Date.now() + 1, 10)).toBe(1);
  await store.close();
  await expect(store.probeWrite()).rejects.toMatchObject({ kind: "closed" });
});
