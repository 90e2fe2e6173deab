/** The texts of a source file that people read: comments, strings, names of tests, names. */

import type { Comment, Node } from "@babel/types";
import { descendantsOf, type SourceTree } from "./syntax.ts";

export type PassageKind = "comment" | "string" | "testName" | "markdown" | "heading";

/** A text that is read as prose. Offsets into `text` plus `start` are offsets into the file. */
export interface Passage {
  readonly kind: PassageKind;
  readonly start: number;
  /** As long as in the file; markup is spaces, code and link targets are {@link HIDDEN}. */
  readonly text: string;
}

/** A name in code, or in a code span of prose. */
export interface Name {
  readonly name: string;
  readonly start: number;
}

/** Stands for a character of code in prose. It is not white space: a sentence may begin with it. */
export const HIDDEN = "□";

/** Functions whose first argument names a test. */
const TEST_FUNCTIONS = new Set(["test", "it", "describe"]);

/** Replaces each match by filler of the same length; line breaks stay. */
export const blank = (text: string, pattern: RegExp, filler: string): string =>
  text.replace(pattern, (match) => match.replace(/[^\n]/g, filler));

const CODE_SPAN = /(`+)(?!`)[^`\n]*(?:\n(?!\s*\n)[^`\n]*)*\1(?!`)/g;
const LINK_TAG = /\{@link(?:code|plain)?\s+[^}]*\}/g;
const ADDRESS = /\bhttps?:\/\/[^\s<>)"'`\]]+/g;

/** Replaces code spans, link tags and addresses in prose. */
export const withoutCode = (text: string): string =>
  [CODE_SPAN, LINK_TAG, ADDRESS].reduce((left, pattern) => blank(left, pattern, HIDDEN), text);

/** Yields the names within code spans and link tags of prose. */
export function* namesInProse(text: string, start: number): Generator<Name> {
  for (const pattern of [CODE_SPAN, LINK_TAG])
    for (const span of text.matchAll(pattern))
      for (const word of span[0].replace("@link", "     ").matchAll(/[A-Za-z_$][\w$]*/g))
        yield { name: word[0], start: start + span.index + word.index };
}

const BLOCK_GUTTER = /(?<=^|\n)[ \t]*(?:\/\*+|\*(?!\/))|\*+\/$/g;
const LINE_GUTTER = /(?<=^|\n)[ \t]*\/\/+/g;

/** Returns comments in groups: `//` lines that follow one another without code are one text. */
function groupsOf({ text, comments }: SourceTree): Comment[][] {
  const groups: Comment[][] = [];
  for (const comment of comments) {
    const previous = groups.at(-1)?.at(-1);
    const isNext =
      previous?.type === "CommentLine" &&
      comment.type === "CommentLine" &&
      /^\n[ \t]*$/.test(text.slice(previous.end ?? 0, comment.start ?? 0));
    if (isNext) groups.at(-1)?.push(comment);
    else groups.push([comment]);
  }
  return groups;
}

/** Yields the comments of a file as prose: what marks them as comments is blank. */
export function* commentsOf(tree: SourceTree): Generator<{ start: number; text: string }> {
  for (const group of groupsOf(tree)) {
    const start = group[0]?.start ?? 0;
    const gutter = group[0]?.type === "CommentLine" ? LINE_GUTTER : BLOCK_GUTTER;
    yield { start, text: blank(tree.text.slice(start, group.at(-1)?.end ?? start), gutter, " ") };
  }
}

/** Tells whether a call names a test: `test(…)`, `test.skip(…)`, `it.each(…)(…)` and the like. */
function isTestCall(callee: Node): boolean {
  if (callee.type === "Identifier") return TEST_FUNCTIONS.has(callee.name);
  if (callee.type === "MemberExpression") return isTestCall(callee.object);
  return callee.type === "CallExpression" && isTestCall(callee.callee);
}

/** Tells whether a string is a module's path. */
const isModulePath = (node: Node, parent: Node | null): boolean =>
  parent !== null &&
  (("source" in parent && parent.source === node) ||
    parent.type === "TSExternalModuleReference" ||
    (parent.type === "TSImportType" && parent.argument === node));

/** Returns the prose and the names of a source file. */
export function passagesOf(tree: SourceTree): { passages: Passage[]; names: Name[] } {
  const passages: Passage[] = [];
  const names: Name[] = [];
  for (const { start, text } of commentsOf(tree)) {
    passages.push({ kind: "comment", start, text: withoutCode(text) });
    names.push(...namesInProse(text, start));
  }
  const testNames = new Set<Node>();
  for (const { node, parent } of descendantsOf(tree.program)) {
    const start = node.start ?? 0;
    const kind = testNames.has(node) ? "testName" : "string";
    if (node.type === "CallExpression" && isTestCall(node.callee)) {
      const [first] = node.arguments;
      if (first !== undefined) testNames.add(first);
    } else if (node.type === "StringLiteral") {
      if (isModulePath(node, parent)) continue;
      const raw = tree.text.slice(start + 1, (node.end ?? 0) - 1);
      passages.push({ kind, start: start + 1, text: withoutCode(raw) });
    } else if (node.type === "TemplateLiteral") {
      let raw = tree.text.slice(start + 1, (node.end ?? 0) - 1);
      for (const expression of node.expressions) {
        const [from, to] = [(expression.start ?? 0) - start - 3, (expression.end ?? 0) - start];
        raw = raw.slice(0, from) + raw.slice(from, to).replace(/[^\n]/g, HIDDEN) + raw.slice(to);
      }
      passages.push({ kind, start: start + 1, text: withoutCode(raw.replaceAll("\\`", "``")) });
    } else if (node.type === "JSXText") passages.push({ kind, start, text: node.value });
    else if (node.type === "Identifier" || node.type === "JSXIdentifier")
      names.push({ name: node.name, start });
  }
  return { passages, names };
}
