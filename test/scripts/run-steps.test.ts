import { expect, test } from "bun:test";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { countsOf, isRunnerCrash, type Step } from "../../scripts/run-steps.mjs";
import { FIRST, GROUPS, STATIC } from "../../scripts/test-steps.mjs";
import { tempFolder } from "../harness/temp-folder.ts";

const SCRIPTS = join(import.meta.dir, "../../scripts");
const NODE = Bun.which("node") ?? "";

/** Runs a module in Node. */
function runNode(source: string, environment: Record<string, string> = {}) {
  const { PATH = "" } = process.env;
  const env = { PATH, ...environment };
  const { exitCode, stdout, stderr } = Bun.spawnSync([NODE, "--input-type=module", "-e", source], {
    env,
  });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** Runs steps as `npm test` does. */
const runSteps = (steps: readonly Step[], environment: Record<string, string> = {}) =>
  runNode(
    `import { Summary } from "${SCRIPTS}/run-steps.mjs";
     const summary = new Summary();
     await summary.run(${JSON.stringify(steps)});
     summary.end();`,
    environment,
  );

const good: Step = { name: "good", command: "true", args: [] };
const bad: Step = { name: "bad", command: "false", args: [] };
const unmet: Step = {
  name: "unmet",
  command: "true",
  args: [],
  needs: ["sh", "no-such-program", "nor-this"],
};

test("a step whose programs are missing is skipped and named, and the others decide the status", () => {
  const { exitCode, stdout } = runSteps([unmet, good]);
  expect(stdout).toMatch(
    /^ok {3}good: .*\nskipped: unmet: needs no-such-program, nor-this\n1 passed, 0 failed, 1 skipped\n$/,
  );
  expect(exitCode).toBe(0);
});

test("with WAFERD_TEST_REQUIRE=all a step whose programs are missing fails", () => {
  const { exitCode, stdout } = runSteps([unmet, good], { WAFERD_TEST_REQUIRE: "all" });
  expect(stdout).toMatch(
    /^FAIL unmet: needs no-such-program, nor-this\nok {3}good: .*\n1 passed, 1 failed\n$/,
  );
  expect(exitCode).toBe(1);
});

test("WAFERD_TEST_REQUIRE is not passed on to a step, where it would be an unknown option of waferd", () => {
  const step: Step = { name: "env", command: "sh", args: ["-c", 'test -z "$WAFERD_TEST_REQUIRE"'] };
  expect(runSteps([step], { WAFERD_TEST_REQUIRE: "all" }).exitCode).toBe(0);
});

test("a failed step is shown with its output and fails the run", () => {
  const step: Step = { name: "loud", command: "sh", args: ["-c", "echo why; exit 3"] };
  const { exitCode, stdout } = runSteps([step, bad, good]);
  expect(stdout).toMatch(/^--- loud\nwhy\nFAIL loud: .*\n1 passed, 2 failed\n$/s);
  expect(exitCode).toBe(1);
});

test("a test that says that it is skipped appears in the summary", () => {
  const step: Step = {
    name: "one",
    command: "echo",
    args: ["skipped: one of the tests: needs root"],
  };
  expect(runSteps([step]).stdout).toEndWith(
    "\nskipped: one of the tests: needs root\n1 passed, 0 failed, 1 skipped\n",
  );
});

test.each([
  { run: "that passed", status: 0, output: " 12 pass\n 0 fail\n", passed: 12, failed: 0 },
  { run: "with failed tests", status: 1, output: " 12 pass\n 3 fail\n", passed: 12, failed: 3 },
  {
    run: "that failed outside of its tests",
    status: 1,
    output: " 12 pass\n 0 fail\n",
    passed: 12,
    failed: 1,
  },
  {
    run: "that prints other counts first",
    status: 0,
    output: " 1 pass\n 2 pass\n",
    passed: 2,
    failed: 0,
  },
  { run: "of no tests", status: 0, output: "", passed: 1, failed: 0 },
  { run: "that was killed", status: null, output: "", passed: 0, failed: 1 },
])(
  "countsOf() of a run $run is $passed passed and $failed failed",
  ({ status, output, passed, failed }) => {
    expect(countsOf(status, output)).toEqual({ passed, failed });
  },
);

/**
 * Asks for wrk on a machine that has only a made-up apt-get, which writes down how it was called.
 */
function installWrk(asRoot: boolean, folder: string) {
  const calls = join(folder, "calls");
  writeFileSync(calls, "");
  writeFileSync(join(folder, "apt-get"), `#!/bin/sh\necho "$@" >>${calls}\nexit 100\n`);
  chmodSync(join(folder, "apt-get"), 0o755);
  const source = `process.getuid = () => ${asRoot ? 0 : 1000};
    const { installPrograms } = await import("${SCRIPTS}/programs.mjs");
    installPrograms(["wrk", "sh"]);`;
  return { ...runNode(source, { PATH: folder }), calls: readFileSync(calls, "utf8") };
}

test("installPrograms() goes on when apt-get fails, and names the packages that it could not install", () => {
  using folder = tempFolder();
  const { exitCode, stderr, calls } = installWrk(true, folder.path);
  expect(stderr).toContain("waferd: apt-get update failed");
  expect(stderr).toEndWith("waferd: apt-get could not install wrk\n");
  expect(calls).toMatch(/ update\n.* install .* wrk\n/);
  expect(exitCode).toBe(0);
});

test("installPrograms() without root calls no apt-get, and names the packages", () => {
  using folder = tempFolder();
  const { exitCode, stderr, calls } = installWrk(false, folder.path);
  expect(stderr).toBe("waferd: these packages are missing; root can install them: wrk\n");
  expect(calls).toBe("");
  expect(exitCode).toBe(0);
});

test("installPrograms() without apt-get names the programs", () => {
  using folder = tempFolder();
  const source = `const { installPrograms } = await import("${SCRIPTS}/programs.mjs"); installPrograms(["wrk", "Linux"]);`;
  const { exitCode, stderr } = runNode(source, { PATH: folder.path });
  expect(stderr).toBe("waferd: these programs are missing: wrk\n");
  expect(exitCode).toBe(0);
});

test("no two steps have the same name", () => {
  const names = [...STATIC, ...FIRST, ...GROUPS.flat()].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

const CRASH = "panic: Segmentation fault at address 0x58\noh no: Bun has crashed. This indicates";

test.each([
  { name: "a crash without counts", output: `bun test v1\n${CRASH}`, isCrash: true },
  { name: "a crash that a test reports", output: `${CRASH}\n 3 pass\n 1 fail`, isCrash: false },
  { name: "a failed run", output: " 3 pass\n 1 fail", isCrash: false },
])("isRunnerCrash() of $name is $isCrash", ({ output, isCrash }) => {
  expect(isRunnerCrash(output)).toBe(isCrash);
});

test("a step in which Bun crashed is named and run once more, and its second run counts", () => {
  using folder = tempFolder();
  const mark = join(folder.path, "mark");
  const script = `test -e ${mark} && exit 0; touch ${mark}; echo '${CRASH}'; exit 132`;
  const once = runSteps([{ name: "unlucky", command: "sh", args: ["-c", script] }]);
  expect(once.stdout).toContain("--- unlucky: Bun crashed and prints no counts; run once more");
  expect(once).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/1 passed, 0 failed\n$/),
  });
  const always = `echo '${CRASH}'; exit 132`;
  expect(runSteps([{ name: "broken", command: "sh", args: ["-c", always] }]).exitCode).toBe(1);
});
