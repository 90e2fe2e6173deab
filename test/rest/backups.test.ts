/** Backups over REST, on each kind of store, and by the schedule of several workers. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { RedisServer } from "../harness/redis.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";

setDefaultTimeout(60_000);

let shared: Awaited<ReturnType<typeof start>>;
beforeAll(async () => {
  shared = await start();
});
afterAll(() => shared[Symbol.asyncDispose]());

/** Starts a server, and returns its API for the holder of the admin key. */
async function start(args: readonly string[] = [], dataDir?: string) {
  const waferd = await Waferd.start({ args, ...(dataDir !== undefined && { dataDir }) });
  const api = await Api.of(waferd);
  const key = waferd.adminKey;
  return {
    waferd,
    call: (method: string, path: string, body?: object) =>
      api.call(method, path, { key, ...(body !== undefined && { body }) }),
    send: (method: string, path: string) => api.send(method, path, { key }),
    [Symbol.asyncDispose]: () => waferd[Symbol.asyncDispose](),
  };
}

test("POST makes a backup, GET lists it, DELETE removes it, and the audit has both", async () => {
  await using server = await start(["--backup-every", "7d"]);
  const folder = join(server.waferd.dataDir, "backups");
  const made = await server.call("POST", "/backups");
  expect(made.status).toBe(201);
  const { name } = made.body;
  const { body: list } = await server.call("GET", "/backups");
  expect(list).toEqual({
    items: [made.body],
    folder,
    everySeconds: 7 * 86_400,
    keep: 7,
    nextAt: new Date(Date.parse(made.body.createdAt) + 7 * 86_400_000).toISOString(),
    lastFailure: null,
  });
  expect(readdirSync(join(folder, name)).sort()).toEqual(["admin.key", "data.mdb", "master.key"]);
  expect((await server.call("DELETE", `/backups/${name}`)).status).toBe(204);
  expect(readdirSync(folder)).toEqual([]);
  expect((await server.call("DELETE", `/backups/${name}`)).body.code).toBe("backupNotFound");
  const { body: audit } = await server.call("GET", "/audit?limit=2");
  expect(audit.items).toMatchObject([
    { action: "backup.deleted", target: name, by: "admin" },
    { action: "backup.created", target: name, by: "admin" },
  ]);
});

test("a backup can be restored and served", async () => {
  using folder = tempFolder();
  await using server = await start(["--backup-dir", folder.path]);
  const app = { appid: "wx-kept", secret: "the-secret-of-the-app" };
  await server.call("POST", "/apps", app);
  const { name } = (await server.call("POST", "/backups")).body;
  const dataDir = join(folder.path, name);
  await server.waferd.stop();
  await using restored = await start([], dataDir);
  const { items } = (await restored.call("GET", "/apps")).body;
  expect(items).toMatchObject([{ appid: app.appid }]);
});

test.each([
  "..",
  "..%2f..%2fbackups",
  "%2e%2e",
  "%2e%2e%2fadmin.key",
  "waferd-000001-20260101T000000Z%2f..%2f..%2fkept",
  "waferd-000001-20260101T000000Z%00",
  "waferd-000001-20260101T000000Z%0a",
  ".partial-waferd-000001-20260101T000000Z",
  "waferd-1-20260101T000000Z",
  "kept",
])("DELETE refuses the name %s", async (name) => {
  const { dataDir } = shared.waferd;
  for (const folder of [join(dataDir, "kept"), join(dataDir, "backups", "kept")]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "file"), "");
  }
  const { status } = await shared.send("DELETE", `/api/v1/backups/${name}`);
  expect([400, 404, 405]).toContain(status);
  expect(existsSync(join(dataDir, "admin.key"))).toBe(true);
  expect(existsSync(join(dataDir, "kept", "file"))).toBe(true);
  expect(existsSync(join(dataDir, "backups", "kept", "file"))).toBe(true);
});

test("a folder that cannot be made is told, and the server goes on", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  await using server = await start(["--backup-dir", join(file, "backups")]);
  const { status, body } = await server.call("POST", "/backups");
  expect([status, body.code]).toEqual([503, "backupFailed"]);
  expect(body.detail).toContain(file);
  await server.waferd.logged(({ msg }) => msg === "a backup could not be made");
  expect((await server.call("GET", "/server")).status).toBe(200);
});

test("the workers of a server make one backup by schedule", async () => {
  await using first = await start();
  const { dataDir } = first.waferd;
  await first.waferd.stop();
  await using server = await start(["--workers", "3", "--backup-every", "10m"], dataDir);
  const folder = join(dataDir, "backups");
  await server.waferd.logged(({ msg }) => msg === "backup made");
  await Bun.sleep(1000);
  expect(readdirSync(folder)).toHaveLength(1);
  const lists = await Promise.all(Array.from({ length: 9 }, () => server.call("GET", "/backups")));
  for (const { body } of lists) expect(body.items).toHaveLength(1);
  expect(server.waferd.log.filter(({ msg }) => msg === "backup made")).toHaveLength(1);
});

test("a server on Redis refuses a schedule, and its routes say how to back up", async () => {
  await using redis = await RedisServer.start();
  const store = ["--store", `redis://127.0.0.1:${redis.port}/0`];
  await expect(Waferd.start({ args: [...store, "--backup-every", "24h"] })).rejects.toThrow(
    /backup-every needs the embedded store, and the data is in Redis: use its own RDB/,
  );
  await using server = await start(store);
  const name = "waferd-000001-20260101T000000Z";
  for (const [method, path] of [
    ["GET", "/backups"],
    ["POST", "/backups"],
    ["DELETE", `/backups/${name}`],
  ] as const) {
    const { status, body } = await server.call(method, path);
    expect([status, body.code]).toEqual([501, "backupUnsupported"]);
    expect(body.detail).toContain("RDB or AOF");
  }
});
