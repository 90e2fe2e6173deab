/** Runs the steps of `npm test` and `npm run check`, and sums them up. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lowCoverage, withoutCoverage } from "./coverage.mjs";
import { bunPath, root } from "./install.mjs";
import { SEARCH_PATH, unmet } from "./programs.mjs";

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} command `bun`, a tool of a package, or another program
 * @property {readonly string[]} args
 * @property {readonly string[]} [needs] without one of these the step is skipped
 * @property {Readonly<Record<string, string>>} [environment]
 */

/** Set to `all` where every step has to run: a step with an unmet need then fails. */
const REQUIRE = "WAFERD_TEST_REQUIRE";

/** The results of the steps of a run. */
export class Summary {
  #passed = 0;
  #failed = 0;
  /** @type {string[]} */
  #skipped = [];
  #requireAll = process.env[REQUIRE] === "all";

  /**
   * Runs steps one after the other.
   *
   * @param {readonly Step[]} steps
   */
  async run(steps) {
    for (const step of steps) await this.#runStep(step);
  }

  /** @param {Step} step */
  async #runStep(step) {
    const { name, needs = [] } = step;
    const missing = unmet(needs);
    if (missing.length > 0) {
      const reason = `${name}: needs ${missing.join(", ")}`;
      if (this.#requireAll) {
        this.#failed += 1;
        console.log(`FAIL ${reason}`);
      } else this.#skipped.push(`skipped: ${reason}`);
      return;
    }
    const startedAt = performance.now();
    let { status, output } = await execute(step);
    if (isRunnerCrash(output)) {
      console.log(`--- ${name}: Bun crashed and prints no counts; run once more\n${output.trim()}`);
      ({ status, output } = await execute(step));
    }
    const { passed, failed } = countsOf(status, output);
    this.#passed += passed;
    this.#failed += failed;
    if (status !== 0)
      console.log(
        [`--- ${name}`, withoutCoverage(output).trim(), ...lowCoverage(output)].join("\n"),
      );
    for (const [line] of output.matchAll(/^skipped: .*$/gm)) this.#skipped.push(line);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(
      `${status === 0 ? "ok  " : "FAIL"} ${name}: ${passed} passed, ${failed} failed (${seconds} s)`,
    );
  }

  /** Prints what was skipped and, as the last line, the counts; then ends the process. */
  end() {
    for (const line of this.#skipped) console.log(line);
    const skipped = this.#skipped.length === 0 ? "" : `, ${this.#skipped.length} skipped`;
    console.log(`${this.#passed} passed, ${this.#failed} failed${skipped}`);
    process.exit(this.#failed === 0 ? 0 : 1);
  }
}

/**
 * Returns the numbers of passed and failed tests that `bun test` printed. A step that runs no tests
 * counts as one check; so does a run that broke outside of its tests.
 *
 * @param {number | null} status
 * @param {string} output
 */
export function countsOf(status, output) {
  // Bun prints its counts last.
  const counted = (/** @type {string} */ word) =>
    Number([...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, "gm"))].at(-1)?.[1] ?? 0);
  return status === 0
    ? { passed: counted("pass") || 1, failed: 0 }
    : { passed: counted("pass"), failed: counted("fail") || 1 };
}

/**
 * Tells whether Bun itself crashed as the test runner: it then prints its report and no counts. A
 * crash of a program that a test starts is a failed test, and has counts.
 *
 * @param {string} output
 */
export const isRunnerCrash = (output) =>
  /^oh no: Bun has crashed/m.test(output) && !/^ *\d+ (pass|fail)$/m.test(output);

/** @param {string} command */
function pathOf(command) {
  if (command === "bun") return bunPath();
  const tool = join(root, "node_modules/.bin", command);
  return existsSync(tool) ? tool : command;
}

/**
 * @param {Step} step
 * @returns {Promise<{ status: number | null, output: string }>}
 */
const execute = ({ command, args, environment = {} }) =>
  new Promise((resolve) => {
    const { [REQUIRE]: _, ...inherited } = process.env;
    const child = spawn(pathOf(command), args, {
      cwd: root,
      env: { ...inherited, PATH: SEARCH_PATH, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    child.on("error", ({ message }) => resolve({ status: 1, output: message }));
    child.on("close", (status) => resolve({ status, output }));
  });
