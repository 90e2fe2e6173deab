import { expect, test } from "bun:test";
import { coreGraph, coreTable, withCoreTable } from "../../../scripts/checks/core-graph.ts";
import { sourceFile } from "../../../scripts/checks/import-graph.ts";

const SOURCES = [
  sourceFile(
    "src/core/core.ts",
    'import "./sessions/session.ts";\nimport type { F } from "./errors.ts";',
  ),
  sourceFile("src/core/errors.ts", ""),
  sourceFile("src/core/apps/app.ts", 'export type F = import("../errors.ts").F;'),
  sourceFile("src/core/sessions/session.ts", 'import "../apps/app.ts";\nimport "./login.ts";'),
  sourceFile("src/core/sessions/login.ts", 'import "../../crypto/seal.ts";'),
  sourceFile("src/core/apps/app.test.ts", 'import "../sessions/session.ts";'),
];

const TABLE = `| part of \`src/core/\` | imports |
|---|---|
| other files of \`core/\` | nothing of the core |
| \`apps/\` | other files of \`core/\` |
| \`sessions/\` | \`apps/\` |
| \`core.ts\` | other files of \`core/\`, \`sessions/\` |`;

test("coreTable() lists the folders from the lowest up, types included, tests and crypto left out", () => {
  expect(coreTable(coreGraph(SOURCES))).toBe(TABLE);
});

test("withCoreTable() replaces what is between the marks, and changes nothing the second time", () => {
  const page = "# Page\n\n<!-- core-graph:start -->\nold\n<!-- core-graph:end -->\n\nText.\n";

  const renewed = withCoreTable(page, TABLE);

  expect(renewed).toContain(`\n\n${TABLE}\n\n<!-- core-graph:end -->\n\nText.\n`);
  expect(renewed).not.toContain("old");
  expect(withCoreTable(renewed, TABLE)).toBe(renewed);
});

test.each([
  { name: "no marks", page: "# Page\n" },
  { name: "one mark", page: "<!-- core-graph:start -->\n" },
  {
    name: "marks in the wrong order",
    page: "<!-- core-graph:end -->\n<!-- core-graph:start -->\n",
  },
])("withCoreTable() of a page with $name throws", ({ page }) => {
  expect(() => withCoreTable(page, TABLE)).toThrow("the page has no place for the graph");
});
