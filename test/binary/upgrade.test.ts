/** The executable on a data folder of an older version. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { DEMO_APP } from "../../src/sandbox/world.ts";
import { FORMAT } from "../../src/store/meta.ts";
import { Api } from "../harness/api.ts";
import { copyDataFolder } from "../harness/data-folder.ts";
import { freePort } from "../harness/free-port.ts";
import { EXECUTABLE, Waferd } from "../harness/waferd.ts";

const { appid } = DEMO_APP;
const MADE_ON = "2026-11-26";
const DAY = 86_400_000;

const start = (dataDir: string) => Waferd.start({ args: ["--sandbox"], dataDir });

const isUpgrade = ({ msg }: Record<string, unknown>): boolean =>
  msg === "the store was upgraded to a new format";

const inChina = (time: number): string => new Date(time + DAY / 3).toISOString().slice(0, 10);

/** Moves the old counts of the fixture to yesterday, because counts are forgotten after a month. */
async function recount(dataDir: string): Promise<string> {
  const yesterday = inChina(Date.now() - DAY);
  const env = open({ path: dataDir, maxDbs: 32, maxReaders: 512 });
  type Key = [subject: string, window: string, endpoint: string];
  const counts = env.openDB<number, Key>({ name: "call-counts", encoding: "msgpack" });
  const byExpiry = env.openDB<true, [number, ...Key]>({
    name: "call-counts-by-expiry",
    encoding: "msgpack",
  });
  await env.transaction(() => {
    for (const { key, value } of [...counts.getRange()]) {
      const [subject, window, endpoint] = key;
      if (window !== MADE_ON) continue;
      counts.remove(key);
      counts.put([subject, yesterday, endpoint], value);
    }
    for (const key of [...byExpiry.getKeys()]) {
      const [, subject, window, endpoint] = key;
      if (window !== MADE_ON) continue;
      byExpiry.remove(key);
      byExpiry.put([Date.now() + 30 * DAY, subject, yesterday, endpoint], true);
    }
  });
  await env.close();
  return yesterday;
}

async function checkLogins(
  waferd: Waferd,
  { sessions }: ReturnType<typeof copyDataFolder>["known"],
) {
  for (const proof of [sessions.alice, sessions.bob])
    expect((await waferd.call("qcloud.cam.auth", proof, { appid })).returnCode).toBe(0);
}

test("a data folder of 0.1.0 starts: logins and statistics survive, and the first start logs the upgrade", async () => {
  using folder = copyDataFolder();
  const day = await recount(folder.path);
  const first = await start(folder.path);
  await checkLogins(first, folder.known);
  const api = await Api.of(first);
  const { body } = await api.call("GET", `/apps/${appid}/stats`, { key: first.adminKey });
  expect(body.days).toContainEqual({ day, logins: 2, verifications: 6, calls: 5 });
  expect(await first.logged(isUpgrade)).toMatchObject({
    level: "warn",
    store: folder.path,
    from: 2,
    to: FORMAT,
    records: 4,
    durationMs: expect.any(Number),
  });
  await first.stop();
  await using second = await start(folder.path);
  await checkLogins(second, folder.known);
  expect(second.log.filter(isUpgrade)).toEqual([]);
}, 30_000);

test("a start that is killed during the upgrade loses and doubles nothing", async () => {
  using folder = copyDataFolder();
  const day = await recount(folder.path);
  for (const ms of [100, 200, 400, 600, 800, 1200])
    await Waferd.killWhileStarting(folder.path, ms, ["--sandbox"]);
  await using waferd = await start(folder.path);
  const api = await Api.of(waferd);
  const { body } = await api.call("GET", "/stats", { key: waferd.adminKey });
  expect(body.days).toContainEqual({ day, logins: 2, verifications: 6, calls: 7 });
  await checkLogins(waferd, folder.known);
}, 30_000);

test.each([
  { command: ["store", "check"], status: 1 },
  { command: ["app", "list"], status: 1 },
  { command: ["status"], status: 3 },
  { command: ["export", "--to", "/dev/null"], status: 1 },
  { command: ["doctor"], status: 0 },
])("$command leaves data of 0.1.0 as it is, and says what to do", async ({ command, status }) => {
  using folder = copyDataFolder();
  const file = join(folder.path, "data.mdb");
  const before = readFileSync(file);
  const args = [...command, "--sandbox", "--data-dir", folder.path];
  const ran = Bun.spawnSync([EXECUTABLE, ...args], {
    env: { WAFERD_HTTPPORT: `${await freePort()}` },
  });
  expect(`${ran.stdout}${ran.stderr}`).toMatch(
    `has format 2, which the first start of this version of waferd upgrades to ${FORMAT}: back it up, then run waferd serve`,
  );
  expect(ran.exitCode).toBe(status);
  expect(readFileSync(file).equals(before)).toBe(true);
});

test("store check finds no flaw in upgraded data of 0.1.0", async () => {
  using folder = copyDataFolder();
  const waferd = await start(folder.path);
  await waferd.stop();
  const args = ["store", "check", "--sandbox", "--data-dir", folder.path];
  const ran = Bun.spawnSync([EXECUTABLE, ...args], { env: {} });
  expect(`${ran.stdout}`).toMatch(/ {2}buckets of activity: 3\n.*nothing is wrong\n$/s);
  expect(ran.exitCode).toBe(0);
});
