/** `npm test`: installs what is missing, then runs every check there is, and ends with one summary. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { installPrograms } from "./debian.mjs";
import { bunPath, install, root } from "./install.mjs";

install();
installPrograms();

const bun = bunPath();
/** @param {string} name */
const tool = (name) => join(root, "node_modules/.bin", name);

/** @type {readonly [name: string, command: string, args: readonly string[], environment?: Record<string, string>][]} */
const STEPS = [
  ["format and lint", tool("biome"), ["ci", "--error-on-warnings", "--reporter=summary", "."]],
  ["types", tool("tsc"), ["--noEmit"]],
  ["layers", bun, ["scripts/check-layers.ts"]],
  ["tests of the source", bun, ["test", "--only-failures", "src", "examples", "test/layers.test.ts"]],
  ["executable", bun, ["scripts/build.ts"]],
  [
    "tests of the executable",
    bun,
    [
      "test",
      "--only-failures",
      "test/binary",
      "test/compat",
      "test/docs",
      "test/monitoring",
      "test/rest",
      "test/shared",
      "test/soak",
      "test/workers",
    ],
  ],
  ["packages", bun, ["test", "--only-failures", "test/packages"]],
  ["compat on Redis", bun, ["test", "--only-failures", "test/compat"], { WAFERD_TEST_STORE: "redis" }],
  ["compat on MySQL", bun, ["test", "--only-failures", "test/compat"], { WAFERD_TEST_STORE: "mysql" }],
];

const total = { passed: 0, failed: 0 };

for (const [name, command, args, environment = {}] of STEPS) {
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  const output = `${stdout}${stderr}`;
  const counted = (/** @type {string} */ word) =>
    Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0);
  // A step that is no run of tests counts as one check; so does a run that broke outside of its tests.
  const passed = status === 0 ? counted("pass") || 1 : counted("pass");
  const failed = status === 0 ? 0 : counted("fail") || 1;
  if (status !== 0) console.log(`--- ${name}\n${output}`);
  total.passed += passed;
  total.failed += failed;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
