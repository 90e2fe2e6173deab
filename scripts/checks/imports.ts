import type { Node } from "@babel/types";
import {
  descendantsOf,
  type Position,
  positionOf,
  positionsIn,
  type SourceTree,
} from "./syntax.ts";

/** One import of a file, in whichever form it is written. */
export interface Import extends Position {
  /** The path or package as it is written; null when it is computed. */
  readonly specifier: string | null;
  /** The names that are imported: `default`, and `*` for the whole module. */
  readonly names: readonly string[];
}

/** Returns the text of a literal, or null when it is computed. */
function literalOf(node: Node): string | null {
  if (node.type === "StringLiteral") return node.value;
  if (node.type === "TSLiteralType") return literalOf(node.literal);
  if (node.type === "TemplateLiteral" && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? null;
  return null;
}

/** Returns what a node imports, or null when it is another kind of node. */
function importOf(node: Node): { source: Node; names: string[] } | null {
  switch (node.type) {
    case "ImportDeclaration":
      return { source: node.source, names: node.specifiers.map(importedName) };
    case "ExportNamedDeclaration":
      return node.source ? { source: node.source, names: node.specifiers.map(importedName) } : null;
    case "ExportAllDeclaration":
      return { source: node.source, names: ["*"] };
    case "ImportExpression":
      return { source: node.source, names: ["*"] };
    case "TSImportType":
      return { source: node.argument, names: ["*"] };
    case "TSExternalModuleReference":
      return { source: node.expression, names: ["*"] };
    default:
      return null;
  }
}

function importedName(specifier: Node): string {
  if (specifier.type === "ImportSpecifier")
    return specifier.imported.type === "Identifier"
      ? specifier.imported.name
      : specifier.imported.value;
  if (specifier.type === "ExportSpecifier") return specifier.local.name;
  return specifier.type === "ImportDefaultSpecifier" ? "default" : "*";
}

/** JavaScript imports types within its docstrings. */
const TYPE_IN_DOCSTRING = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

/**
 * Returns every import of a file: static and dynamic ones, imports of types and in types,
 * `export … from`, and in JavaScript the types of docstrings.
 */
export function importsOf(file: string, tree: SourceTree): Import[] {
  const imports: Import[] = [];
  for (const { node } of descendantsOf(tree.program)) {
    const found = importOf(node);
    if (found !== null)
      imports.push({ specifier: literalOf(found.source), names: found.names, ...positionOf(node) });
  }
  if (/\.[cm]?js$/.test(file)) {
    const positionAt = positionsIn(tree.text);
    for (const { value, start } of tree.comments)
      for (const match of value.matchAll(TYPE_IN_DOCSTRING))
        imports.push({
          specifier: match[1] ?? null,
          names: ["*"],
          ...positionAt((start ?? 0) + 2 + match.index),
        });
  }
  return imports;
}
