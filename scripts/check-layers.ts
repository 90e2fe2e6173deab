/**
 * Checks imports against the tables of `checks/layers.ts`: layers, folders of core, places of
 * packages, circles. Checks that no two files of src/ export one name.
 *
 *     bun scripts/check-layers.ts [--root FOLDER]
 *
 * Prints `file:line: what is wrong: what would be right`, and ends with status 1 when there is any.
 */

import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { exportProblems } from "./checks/export-names.ts";
import { circlesOf, edgesOf, readSources } from "./checks/import-graph.ts";
import { circleProblem, layerProblems } from "./checks/layers.ts";

const { values } = parseArgs({ options: { root: { type: "string" } } });
const sources = readSources(resolve(values.root ?? join(import.meta.dir, "..")));
const problems = [
  ...sources.flatMap(layerProblems),
  ...exportProblems(sources),
  ...circlesOf(edgesOf(sources)).map(circleProblem),
];
for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);
console.log(`${sources.length} files, ${problems.length} wrong imports and exports`);
process.exit(problems.length === 0 ? 0 : 1);
