/** Finds names that two files of src/ export: one noun has one name and one place. */

import type { Node } from "@babel/types";
import { getBindingIdentifiers } from "@babel/types";
import type { SourceFile } from "./import-graph.ts";
import { driverOf, isTest, type LayerProblem } from "./layers.ts";
import { type Position, positionOf, type SourceTree } from "./syntax.ts";

interface Export extends Position {
  readonly name: string;
}

/**
 * Returns the names that a file declares and exports, each once: a type and a value of one name are
 * one noun, and so are overloads. A name that is passed on from another file is declared there.
 */
function exportsOf({ program }: SourceTree): Export[] {
  const names = new Map<string, Export>();
  const add = (name: string, node: Node): void => {
    if (!names.has(name)) names.set(name, { name, ...positionOf(node) });
  };
  for (const node of program.type === "Program" ? program.body : []) {
    if (node.type !== "ExportNamedDeclaration" || node.source) continue;
    const { declaration } = node;
    for (const specifier of node.specifiers)
      if (specifier.type === "ExportSpecifier" && specifier.exported.type === "Identifier")
        add(specifier.exported.name, specifier);
    if (!declaration) continue;
    if ("id" in declaration && declaration.id?.type === "Identifier")
      add(declaration.id.name, declaration);
    else
      for (const name of Object.keys(getBindingIdentifiers(declaration, false, true)))
        add(name, declaration);
  }
  names.delete("default");
  return [...names.values()];
}

/** Tells whether both files belong to drivers, and not to the same one. */
function areSiblings(one: string, other: string): boolean {
  const [driver, another] = [one, other].map((file) => driverOf(file.slice("src/".length)));
  return driver !== null && another !== null && driver !== another;
}

/**
 * Returns the exports of src/ whose name another file exports, too. Each driver has the same parts,
 * so its folder may repeat a name of another driver's.
 */
export function exportProblems(sources: readonly SourceFile[]): LayerProblem[] {
  const places = new Map<string, string[]>();
  const problems: LayerProblem[] = [];
  for (const { file, tree } of sources) {
    if (!file.startsWith("src/") || isTest(file)) continue;
    for (const { name, line, column } of exportsOf(tree)) {
      const known = places.get(name) ?? [];
      const other = known.find((place) => !areSiblings(place, file));
      if (other !== undefined)
        problems.push({
          file,
          line,
          column,
          message: `${other} exports \`${name}\`, too: give one of them another name`,
        });
      places.set(name, [...known, file]);
    }
  }
  return problems;
}
