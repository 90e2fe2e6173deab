/** The files of the project, and which imports which. */

import { dirname, join, normalize } from "node:path";
import { type Import, importsOf } from "./imports.ts";
import { filesOf, textOf } from "./source-files.ts";
import { parseSource, type SourceTree } from "./syntax.ts";

/** One import whose target is a file of the project. */
export interface Edge extends Import {
  readonly target: string;
}

export interface SourceFile {
  readonly file: string;
  readonly tree: SourceTree;
  readonly imports: readonly Import[];
}

/** Returns the path of an imported file from the project's root, or null for a package. */
export const targetOf = (file: string, specifier: string): string | null =>
  specifier.startsWith(".")
    ? normalize(join(dirname(file), specifier)).replaceAll("\\", "/")
    : null;

/** Parses one file. */
export function sourceFile(file: string, text: string): SourceFile {
  const tree = parseSource(file, text);
  return { file, tree, imports: importsOf(file, tree) };
}

/** Reads every source file of the project: its own, its scripts, tests and examples. */
export const readSources = (root: string, folders = "{src,scripts,test,examples}"): SourceFile[] =>
  filesOf(root, `${folders}/**/*.{ts,tsx,mts,js,mjs,cjs}`).map((file) =>
    sourceFile(file, textOf(root, file)),
  );

/** Returns the imports of each file that lead to other files of the project. */
export const edgesOf = (sources: readonly SourceFile[]): Map<string, Edge[]> =>
  new Map(
    sources.map(({ file, imports }) => [
      file,
      imports.flatMap((one) => {
        const target = one.specifier === null ? null : targetOf(file, one.specifier);
        return target === null ? [] : [{ ...one, target }];
      }),
    ]),
  );

/** Returns the shortest way from a file back to itself, or null. Imports of types count, too. */
function circleFrom(start: string, edges: ReadonlyMap<string, readonly Edge[]>): Edge[] | null {
  const ways = new Map<string, Edge[]>([[start, []]]);
  // A map is walked in the order of its entries, those included that are added on the way.
  for (const [file, way] of ways)
    for (const edge of edges.get(file) ?? []) {
      if (edge.target === start) return [...way, edge];
      if (!ways.has(edge.target)) ways.set(edge.target, [...way, edge]);
    }
  return null;
}

/** A way from a file over others back to it. */
export interface Circle {
  /** The files in the order of their imports; the first one again at the end. */
  readonly files: readonly string[];
  /** The first file's import. */
  readonly import: Import;
}

/**
 * Returns circles between files, each by its shortest way. Every file that is part of a circle is
 * in at least one of them; circles among files that are named already are left for the next run.
 */
export function circlesOf(edges: ReadonlyMap<string, readonly Edge[]>): Circle[] {
  const circles: Circle[] = [];
  const named = new Set<string>();
  for (const file of [...edges.keys()].sort()) {
    if (named.has(file)) continue;
    const way = circleFrom(file, edges);
    const [first] = way ?? [];
    if (way === null || first === undefined) continue;
    const files = [file, ...way.map(({ target }) => target)];
    for (const one of files) named.add(one);
    circles.push({ files, import: first });
  }
  return circles;
}
