/**
 * Writes the imports between the folders of src/core into docs/architecture.md.
 *
 *     bun scripts/import-graph.ts [--check] [--root FOLDER]
 *
 * `--check` writes nothing, and ends with status 1 when the page is out of date.
 */

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { coreGraph, coreTable, withCoreTable } from "./checks/core-graph.ts";
import { readSources } from "./checks/import-graph.ts";
import { textOf } from "./checks/source-files.ts";

const PAGE = "docs/architecture.md";

const { values } = parseArgs({
  options: { check: { type: "boolean", default: false }, root: { type: "string" } },
});
const root = resolve(values.root ?? join(import.meta.dir, ".."));
const page = textOf(root, PAGE);
const renewed = withCoreTable(page, coreTable(coreGraph(readSources(root, "src/core"))));
const isCurrent = page === renewed;
if (values.check && !isCurrent) {
  console.error(`${PAGE}: the imports of src/core have changed: run bun scripts/import-graph.ts`);
  process.exit(1);
}
if (!isCurrent) writeFileSync(join(root, PAGE), renewed);
console.log(`${PAGE}: ${isCurrent ? "up to date" : "renewed"}`);
