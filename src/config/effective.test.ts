import { expect, test } from "bun:test";
import { OPTIONS_ZH } from "../messages/options-zh.ts";
import { effectiveConfig, effectiveOptions } from "./effective.ts";
import { type ConfigSources, loadConfig } from "./load.ts";
import { options } from "./schema.ts";

const load = (sources: Partial<ConfigSources>) =>
  loadConfig({ flags: {}, environment: {}, file: null, ...sources });

/** Returns the options by name. */
const byName = (sources: Partial<ConfigSources>) =>
  Object.fromEntries(effectiveOptions(load(sources)).map((option) => [option.name, option]));

test("every option has its meaning in Chinese, and no other has", () => {
  expect(Object.keys(OPTIONS_ZH).sort()).toEqual(options.map(([name]) => name).sort());
  for (const text of Object.values(OPTIONS_ZH)) expect(text).toMatch(/\p{Script=Han}/u);
});

test("effectiveOptions() tells where each value comes from", () => {
  const { httpport, httpaddr, appname, runmode } = byName({
    flags: { httpport: "80" },
    environment: { WAFERD_HTTPADDR: "::1" },
    file: { path: "C:\\waferd:1\\app.conf", text: "\nappname = wafer" },
  });
  expect(httpport).toMatchObject({
    ...{ value: 80, default: 8888, isSet: true, flag: "--port", environment: "WAFERD_HTTPPORT" },
    source: { kind: "flag", name: "--port", line: null },
  });
  expect(httpaddr?.source).toEqual({ kind: "environment", name: "WAFERD_HTTPADDR", line: null });
  expect(appname?.source).toEqual({ kind: "file", name: "C:\\waferd:1\\app.conf", line: 2 });
  expect(runmode).toMatchObject({
    ...{ value: "prod", isSet: false },
    source: { kind: "default", name: null, line: null },
  });
});

test("effectiveOptions() shows no secret, and no password of an address", () => {
  const secrets = ["the-admin-key-of-the-tests", "ab".repeat(32), "p4ssw0rd"];
  const all = effectiveOptions(
    load({
      environment: {
        WAFERD_ADMIN_KEY: secrets[0],
        WAFERD_MASTER_KEY: secrets[1],
        WAFERD_REDIS_PASSWORD: secrets[2],
        WAFERD_STORE: `redis://u:${secrets[2]}@h`,
        WAFERD_WECHAT_PROXY: `http://u:${secrets[2]}@proxy:3128`,
      },
    }),
  );
  for (const secret of secrets) expect(JSON.stringify(all)).not.toContain(secret as string);
  const shown = Object.fromEntries(all.map(({ name, ...option }) => [name, option]));
  expect(shown["admin_key"]).toMatchObject({ value: null, isSet: true, flag: null });
  expect(shown["mysql.password"]).toMatchObject({ value: null, isSet: false });
  expect(shown["store"]?.value).toBe("redis://u:***@h");
  expect(shown["wechat.proxy"]?.value).toBe("http://u:***@proxy:3128");
});

test("effectiveOptions() tells which options a reload does not take", () => {
  const without = effectiveOptions(load({})).filter(({ takesReload }) => !takesReload);
  expect(without.map(({ name }) => name)).toEqual(["sandbox", "sandbox_any_code"]);
});

test("effectiveConfig() has the file, ignored keys and hints", () => {
  const { file, ignored, hints } = effectiveConfig(
    load({
      environment: { WAFERD_PORTT: "1" },
      file: { path: "app.conf", text: "autorender = false" },
    }),
  );
  expect([file, ignored]).toEqual(["app.conf", ["autorender"]]);
  expect(hints).toHaveLength(2);
});
