/** The coverage table that `bun test --coverage` prints. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./install.mjs";

/** @param {string} metric */
function threshold(metric) {
  const line =
    /^coverageThreshold = .*$/m.exec(readFileSync(join(root, "bunfig.toml"), "utf8"))?.[0] ?? "";
  return Number(new RegExp(`\\b${metric} = ([\\d.]+)`).exec(line)?.[1] ?? 0) * 100;
}

const ROW = /^ (\S+) +\| +([\d.]+) \| +([\d.]+) \|.*$/gm;

/**
 * Names the files whose coverage is below the thresholds of bunfig.toml: Bun itself only exits with
 * status 1.
 *
 * @param {string} output of `bun test --coverage`
 * @returns {string[]} lines for people
 */
export function lowCoverage(output) {
  const [functions, lines] = [threshold("functions"), threshold("lines")];
  return [...output.matchAll(ROW)]
    .filter((row) => Number(row[2]) < functions || Number(row[3]) < lines)
    .map(
      ([, file, ofFunctions, ofLines]) =>
        `${file}: the unit tests cover ${ofFunctions} % of its functions and ${ofLines} % of its lines; ` +
        `bunfig.toml asks for ${functions} % and ${lines} %`,
    );
}

/**
 * Returns the output without the table of coverage.
 *
 * @param {string} output of `bun test --coverage`
 */
export const withoutCoverage = (output) =>
  output
    .replace(ROW, "")
    .replace(/^(-+\|-+\|.*|(File|All files) +\|.*)$/gm, "")
    .replace(/\n{3,}/g, "\n\n");
