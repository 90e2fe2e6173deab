/** Babel's syntax tree of a source file, with the few things that the checks need of one. */

import { type ParserPlugin, parse } from "@babel/parser";
import { type Comment, type Node, VISITOR_KEYS } from "@babel/types";

/** One parsed source file. */
export interface SourceTree {
  readonly text: string;
  readonly program: Node;
  readonly comments: readonly Comment[];
}

/** A place in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Parses TypeScript or JavaScript.
 *
 * @param file decides by its ending whether types and JSX are read
 * @throws SyntaxError, with the file named, for text that does not parse
 */
export function parseSource(file: string, text: string): SourceTree {
  const plugins: ParserPlugin[] = ["explicitResourceManagement"];
  if (/\.[cm]?tsx?$/.test(file)) plugins.push("typescript");
  if (/\.[jt]sx$/.test(file)) plugins.push("jsx");
  try {
    const tree = parse(text, {
      sourceType: file.endsWith(".cjs") ? "script" : "module",
      plugins,
      createImportExpressions: true,
    });
    return { text, program: tree.program, comments: tree.comments ?? [] };
  } catch (error) {
    throw new SyntaxError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";

/** Yields the direct children of a node in the order of the source. */
export function* childrenOf(node: Node): Generator<Node> {
  const members = new Map<string, unknown>(Object.entries(node));
  for (const key of VISITOR_KEYS[node.type] ?? []) {
    const member = members.get(key);
    for (const child of Array.isArray(member) ? member : [member]) if (isNode(child)) yield child;
  }
}

/** Yields a node and everything below it, each with its parent. */
export function* descendantsOf(
  node: Node,
  parent: Node | null = null,
): Generator<{ node: Node; parent: Node | null }> {
  yield { node, parent };
  for (const child of childrenOf(node)) yield* descendantsOf(child, node);
}

/** Returns where a node begins. Babel counts columns from 0. */
export const positionOf = (node: Node | Comment): Position => ({
  line: node.loc?.start.line ?? 1,
  column: (node.loc?.start.column ?? 0) + 1,
});

/** Returns a function that finds line and column of an offset of the text. */
export function positionsIn(text: string): (offset: number) => Position {
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
