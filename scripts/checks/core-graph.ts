/** The imports between the folders of src/core, as a table of a page. */

import { edgesOf, type SourceFile } from "./import-graph.ts";
import { CORE_PARTS, corePartOf, isTest } from "./layers.ts";

const CORE = "src/core/";
const BEGIN = "<!-- core-graph:start -->";
const END = "<!-- core-graph:end -->";
const NOTE = "<!-- Made from src/core by scripts/import-graph.ts: edits are lost. -->";

const labelOf = (part: string): string => {
  if (part === ".") return "other files of `core/`";
  return part.endsWith(".ts") ? `\`${part}\`` : `\`${part}/\``;
};

/**
 * Returns the parts of the core from the lowest up, each with the parts that it imports. Tests are
 * left out.
 */
export function coreGraph(sources: readonly SourceFile[]): Map<string, Set<string>> {
  const core = sources.filter(({ file }) => file.startsWith(CORE) && !isTest(file));
  const partOf = (file: string): string => corePartOf(file.slice(CORE.length));
  const present = new Set(core.map(({ file }) => partOf(file)));
  const graph = new Map(
    CORE_PARTS.flat()
      .filter((part) => present.has(part))
      .map((part) => [part, new Set<string>()]),
  );
  for (const [file, edges] of edgesOf(core))
    for (const { target } of edges)
      if (target.startsWith(CORE) && partOf(target) !== partOf(file))
        graph.get(partOf(file))?.add(partOf(target));
  return graph;
}

/** Returns the graph as a Markdown table. */
export function coreTable(graph: ReadonlyMap<string, ReadonlySet<string>>): string {
  const order = [...graph.keys()];
  const rows = order.map((part) => {
    const imports = order.filter((one) => graph.get(part)?.has(one)).map(labelOf);
    return `| ${labelOf(part)} | ${imports.join(", ") || "nothing of the core"} |`;
  });
  return ["| part of `src/core/` | imports |", "|---|---|", ...rows].join("\n");
}

/**
 * Returns a page with the table between its two marks.
 *
 * @throws Error when the page lacks the marks
 */
export function withCoreTable(page: string, table: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new Error(`the page has no place for the graph: add ${BEGIN} and ${END}`);
  return `${page.slice(0, begin)}${BEGIN}\n${NOTE}\n\n${table}\n\n${page.slice(end)}`;
}
