/** `npm test`: installs what is missing, then runs every check there is, and ends with one summary. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { installPrograms } from "./debian.mjs";
import { bunPath, install, root } from "./install.mjs";

install();
installPrograms();

const bun = bunPath();
/** @param {string} name */
const tool = (name) => join(root, "node_modules/.bin", name);

/** @typedef {readonly [name: string, command: string, args: readonly string[], environment?: Record<string, string>]} Step */

/** On a busy machine the usual 5 seconds are short, and with a test that takes longer Bun kills the servers of others. */
const TIME_LIMIT_MS = 30_000;

/** @param {readonly string[]} places */
const tests = (...places) => ["test", "--only-failures", "--timeout", String(TIME_LIMIT_MS), ...places];

/** The packages for this machine, and in it the one that is unpacked anywhere, unpacked. */
const packed = join(root, "dist/test-packages");
/** What is tried is what users get. Not `WAFERD_…`: that would be an option. */
const fromPackage = {
  TESTED_PACKAGES: join(packed, "packages"),
  TESTED_EXECUTABLE: join(packed, "unpacked/waferd"),
};

/** What everything else needs to be right. @type {readonly Step[]} */
const FIRST = [
  ["format and lint", tool("biome"), ["ci", "--error-on-warnings", "--reporter=summary", "."]],
  ["types", tool("tsc"), ["--noEmit"]],
  ["layers", bun, ["scripts/check-layers.ts"]],
  ["executable", bun, ["scripts/build.ts"]],
  ["packing", bun, ["test/packages/prepare.ts", packed]],
];

/** Side by side, because tests wait more than they work. Each about as long as the other. @type {readonly (readonly Step[])[]} */
const LANES = [
  [
    ["tests of the source", bun, tests("src", "examples", "test/layers.test.ts")],
    ["packages", bun, tests("test/packages")],
    ["compat on Redis", bun, tests("test/compat"), { WAFERD_TEST_STORE: "redis" }],
    ["compat on MySQL", bun, tests("test/compat"), { WAFERD_TEST_STORE: "mysql" }],
    ["shared stores", bun, tests("test/shared")],
  ],
  [
    ["compat", bun, tests("test/compat", "test/rest", "test/docs")],
    ["executable as a whole", bun, tests("test/binary", "test/monitoring", "test/soak")],
    ["workers", bun, tests("test/workers")],
  ],
];

const total = { passed: 0, failed: 0 };

/**
 * @param {Step} step
 * @returns {Promise<{ status: number | null, output: string }>}
 */
const run = ([, command, args, environment = {}]) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...fromPackage, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    child.on("close", (status) => resolve({ status, output }));
  });

/** @param {readonly Step[]} steps */
async function runLane(steps) {
  for (const step of steps) {
    const [name] = step;
    const startedAt = performance.now();
    const { status, output } = await run(step);
    const counted = (/** @type {string} */ word) =>
      Number(new RegExp(`^ *(\\d+) ${word}$`, "m").exec(output)?.[1] ?? 0);
    // A step that is no run of tests counts as one check; so does a run that broke outside of its tests.
    const passed = status === 0 ? counted("pass") || 1 : counted("pass");
    const failed = status === 0 ? 0 : counted("fail") || 1;
    if (status !== 0) console.log(`--- ${name}\n${output}`);
    total.passed += passed;
    total.failed += failed;
    for (const [line] of output.matchAll(/^skipped: .*$/gm)) console.log(line);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(
      `${status === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`,
    );
  }
}

await runLane(FIRST);
await Promise.all(LANES.map(runLane));
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
