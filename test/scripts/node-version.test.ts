import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";

const PROJECT = join(import.meta.dir, "../..");
const CHECK = join(PROJECT, "scripts/node-version.cjs");

/** Runs a script of nothing after the check, in a Node that gives this version as its own. */
function runAs(version: string) {
  const fake = `Object.defineProperty(process, "versions", { value: { node: "${version}" } });`;
  const { exitCode, stderr } = Bun.spawnSync([
    "node",
    "-e",
    `${fake} require(${JSON.stringify(CHECK)})`,
  ]);
  return { exitCode, stderr: stderr.toString() };
}

test.each([{ version: "20.0.0" }, { version: "22.11.0" }, { version: "100.0.0" }])(
  "node-version.cjs accepts Node $version",
  ({ version }) => {
    expect(runAs(version)).toEqual({ exitCode: 0, stderr: "" });
  },
);

test.each([{ version: "19.9.0" }, { version: "16.20.2" }, { version: "8.17.0" }])(
  "node-version.cjs refuses Node $version, and names the one that package.json asks for",
  ({ version }) => {
    expect(packageJson.engines.node).toBe(">=20");
    expect(runAs(version)).toEqual({
      exitCode: 1,
      stderr: `waferd: this is Node ${version}; Node 20 or later is needed: https://nodejs.org/en/download\n`,
    });
  },
);

test("node-version.cjs uses no syntax that an old Node could not parse", () => {
  expect(readFileSync(CHECK, "utf8")).not.toMatch(/^(const|let|import) |=>|`\$|\?\.|\?\?/m);
});

test.each([{ name: "start" }, { name: "dev" }, { name: "check" }, { name: "test" }] as const)(
  "npm run $name loads node-version.cjs before anything else",
  ({ name }) => {
    expect(packageJson.scripts[name]).toMatch(
      /^(exec )?node -r \.\/scripts\/node-version\.cjs scripts\/\S+$/,
    );
  },
);
