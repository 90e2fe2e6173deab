/** Who may register apps (docs/protocol-reference.md#access), through the executable. */
import { expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { OTHER_APP, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { type StartOptions, Waferd } from "../harness/waferd.ts";

const initapp = (waferd: Waferd, appid: string, options: Parameters<Waferd["call"]>[2] = {}) =>
  waferd.call("qcloud.cam.initapp", { appid, secret: "a-secret-of-a-new-app" }, options);

const CONFIGURED_KEY = "a-configured-admin-key";
const withKey: StartOptions = { environment: { WAFERD_ADMIN_KEY: CONFIGURED_KEY } };

test("the line of the old README registers the first app without a key, and no second one", async () => {
  await using waferd = await Waferd.start();
  const line = (appid: string) =>
    Bun.spawnSync([
      ...["curl", "-s", "-d"],
      `{"version":1,"componentName":"MA","interface":{"interfaceName":"qcloud.cam.initapp","para":{"appid":"${appid}","secret":"first-app-secret"}}}`,
      `${waferd.url}/mina_auth/`,
    ]).stdout.toString();
  noteSecret("first-app-secret");
  expect(JSON.parse(line("wx1"))).toMatchObject({ returnCode: 0, returnData: { appid: "wx1" } });
  expect(JSON.parse(line("wx2"))).toMatchObject({
    returnCode: 60012,
    returnMessage: "KEY_REQUIRED",
  });
  expect(JSON.parse(line("wx1"))).toMatchObject({
    returnCode: 60012,
    returnMessage: "KEY_REQUIRED",
  });
  expect((await initapp(waferd, "wx2", { key: waferd.adminKey })).returnCode).toBe(0);
});

test.each([
  { header: "Forwarded", value: "for=203.0.113.7" },
  { header: "X-Forwarded-For", value: "203.0.113.7" },
  { header: "X-Forwarded-Host", value: "example.com" },
  { header: "X-Forwarded-Anything", value: "x" },
  { header: "X-Real-IP", value: "203.0.113.7" },
  { header: "Via", value: "1.1 proxy" },
  { header: "Origin", value: "https://example.com" },
  { header: "Authorization", value: "Basic eDp5" },
  { header: "Authorization", value: "Bearer wrong" },
])("initapp of a first app with $header: $value needs the key", async ({ header, value }) => {
  await using waferd = await Waferd.start();
  const refused = await initapp(waferd, "wx1", { headers: { [header]: value } });
  expect(refused).toMatchObject({
    returnCode: 60012,
    returnMessage: "KEY_REQUIRED",
    returnData: null,
  });
  const { err } = await waferd.logged((line) => line["failure"] === "keyRequired");
  expect(JSON.stringify(err)).toMatch(header === "Authorization" ? /key is wrong/ : /has no key/);
  expect((await initapp(waferd, "wx1")).returnCode).toBe(0);
});

test("concurrent first registrations register exactly one app", async () => {
  await using waferd = await Waferd.start();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => initapp(waferd, `wx${index}`)),
  );
  expect(answers.filter((answer) => answer.returnCode === 0)).toHaveLength(1);
});

test("calls before the first app are answered that there is no app", async () => {
  await using waferd = await Waferd.start();
  for (const { name, para } of [
    { name: "qcloud.cam.id_skey", para: { code: "c" } },
    { name: "qcloud.cam.auth", para: { id: "i", skey: "s" } },
  ] as const)
    expect(await waferd.call(name, para)).toMatchObject({
      returnCode: 1012,
      returnMessage: "NO_APPID",
    });
});

test("the first start creates the admin key, readable by its owner only, and does not print it into a pipe", async () => {
  await using waferd = await Waferd.start();
  const path = join(waferd.dataDir, "admin.key");
  expect(waferd.adminKey).toMatch(/^waferd_admin_[\w-]{43}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(waferd.output).not.toContain(waferd.adminKey);
  chmodSync(path, 0o644);
  const key = readFileSync(path, "utf8");
  await waferd.stop();
  await using again = await Waferd.start({ dataDir: waferd.dataDir });
  expect(readFileSync(path, "utf8")).toBe(key);
  await again.logged((line) => line["level"] === "warn" && line["path"] === path);
});

test("WAFERD_ADMIN_KEY sets the key, and no file is written", async () => {
  await using waferd = await Waferd.start(withKey);
  expect(readdirSync(waferd.dataDir)).not.toContain("admin.key");
  expect((await initapp(waferd, "wx1", { key: `${CONFIGURED_KEY}x` })).returnMessage).toBe(
    "KEY_REQUIRED",
  );
  expect((await initapp(waferd, "wx1", { key: CONFIGURED_KEY })).returnCode).toBe(0);
});

test("peers of a trusted network need no key, unless they forward or send a wrong one", async () => {
  await using waferd = await Waferd.start({
    environment: { WAFERD_TRUSTED_NETWORKS: "10.0.0.0/8, 127.0.0.0/8" },
  });
  expect((await initapp(waferd, "wx1")).returnCode).toBe(0);
  expect((await initapp(waferd, "wx2")).returnCode).toBe(0);
  for (const headers of [{ "X-Forwarded-For": "10.1.1.1" }, { Authorization: "Bearer wrong" }])
    expect((await initapp(waferd, "wx3", { headers })).returnMessage).toBe("KEY_REQUIRED");
});

test("default_appid is the app of calls that name no app", async () => {
  await using production = await startProduction({ args: ["--default-appid", OTHER_APP.appid] });
  const { code } = production.device(production.user("alice", OTHER_APP.appid));
  const login = await production.waferd.call("qcloud.cam.id_skey", { code });
  expect(login.returnData.appid).toBe(OTHER_APP.appid);
});
