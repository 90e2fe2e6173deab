import { expect, test } from "bun:test";
import { loadConfig } from "./load.ts";
import { sampleConf } from "./sample.ts";
import { options } from "./schema.ts";

const load = (text: string) =>
  loadConfig({ flags: {}, environment: {}, file: { path: "app.conf", text } });

test("sampleConf() sets the given options, and leaves the others at their defaults", () => {
  const { config, sources } = load(sampleConf({ data_dir: "/var/lib/waferd" }));
  expect(config.data_dir).toBe("/var/lib/waferd");
  const set = options.filter(([name]) => sources[name] !== "default").map(([name]) => name);
  expect(set).toEqual(["data_dir"]);
});

test("sampleConf() without its comment signs gives each option its default, from the file", () => {
  const bare = sampleConf({}).replace(/^#(?=[\w.]+ =)/gm, "");
  const { config, sources } = load(bare);
  for (const [name, schema] of options) {
    expect(config[name] as unknown).toEqual(schema["default"]);
    const isSaid = String(schema["default"]) !== "";
    expect(`${name} ${sources[name]?.startsWith("app.conf:")}`).toBe(`${name} ${isSaid}`);
  }
});
