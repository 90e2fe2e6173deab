/** Finds words that are not used, long lines, and citations of pages that do not exist. */

import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import {
  anchorsOf,
  brokenSentencesOf,
  longLinesOf,
  passagesOfMarkdown,
  withoutBlocks,
} from "./markdown.ts";
import { type Name, type Passage, passagesOf } from "./passages.ts";
import {
  ALLOWED,
  type Allowed,
  CITATION_RULES,
  CITE_INSTEAD,
  EXEMPT,
  MESSAGE_KINDS,
  MOST_COLUMNS,
  PACKED_FILES,
  START_RULES,
  WORD_RULES,
  type WordRule,
} from "./prose-rules.ts";
import { longScriptComments, passagesOfScript } from "./script-text.ts";
import { textOf } from "./source-files.ts";
import { parseSource, positionsIn, type SourceTree } from "./syntax.ts";

/** One fault of a file; `line` and `column` count from 1. */
export interface ProseProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly id: string;
  /** The fault, and the remedy behind a colon. */
  readonly message: string;
}

/** Tells which pages and headings a citation may lead to. */
export interface Pages {
  /** Returns the anchors of a page, or null when the repository has no such page. */
  anchorsOf(file: string): ReadonlySet<string> | null;
}

type Found = Omit<ProseProblem, "file" | "line" | "column"> & { readonly start: number };

const isTest = (file: string): boolean =>
  /\.test\.[cm]?tsx?$/.test(file) || file.startsWith("test/");
const isMarkdown = (file: string): boolean => file.endsWith(".md");
const isSource = (file: string): boolean => /\.[cm]?[jt]sx?$/.test(file);
const isChinese = (file: string): boolean => /^docs\/zh\/|\.zh-CN\.md$/.test(file);

export const isExempt = (file: string): boolean => EXEMPT.some(({ files }) => files.test(file));

/** Returns a name as words: `isLoginDue` as `is login due`. */
const wordsOf = (name: string): string =>
  name
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .replace(/[_$]+/g, " ")
    .trim()
    .toLowerCase();

const appliesTo = ({ places, except = [] }: WordRule, file: string): boolean =>
  (places === undefined || places.some((place) => file.startsWith(place))) &&
  !except.some((place) => file.startsWith(place));

const globally = (pattern: RegExp): RegExp => new RegExp(pattern.source, `${pattern.flags}g`);

const onOneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Yields the words of a passage that are not used. */
function* wordsNotUsed(file: string, { start, text }: Passage): Generator<Found> {
  for (const rule of WORD_RULES) {
    const { id, pattern, instead } = rule;
    if (rule.in === "names" || !appliesTo(rule, file)) continue;
    for (const match of text.matchAll(globally(pattern)))
      yield { id, start: start + match.index, message: `"${onOneLine(match[0])}": ${instead}` };
  }
}

/** Yields names that are metaphors: each name once. */
function* namesNotUsed(file: string, names: readonly Name[]): Generator<Found> {
  const seen = new Set<string>();
  for (const { name, start } of names) {
    if (seen.has(name)) continue;
    seen.add(name);
    const words = wordsOf(name);
    for (const rule of WORD_RULES)
      if (rule.in !== "prose" && appliesTo(rule, file) && rule.pattern.test(words))
        yield { id: rule.id, start, message: `name \`${name}\`: ${rule.instead}` };
  }
}

/** The ends of sentences and of blocks: empty lines, list items, tags of docstrings, table rows. */
const SENTENCE_BREAK =
  /[.!?]["'”’)\]*_]*(?=\s|$)|\n[ \t]*\n|\n(?=[ \t]*(?:[-*+]|\d+[.)]|@\w+)\s)|\n(?=[ \t]*\|)/g;

/**
 * Yields sentences that begin with a word that must not begin one. A sentence begins at the start
 * of a passage, behind a full stop and at a list item. Questions and headings may begin with
 * "what". Lower case counts only at the start of a message outside of tests, and of a test's name:
 * other strings may be parts of sentences, or data.
 */
function* startsNotUsed(file: string, { kind, start, text }: Passage): Generator<Found> {
  if (kind === "heading") return;
  let from = 0;
  const ends = [...text.matchAll(SENTENCE_BREAK)].map(({ index, 0: { length } }) => index + length);
  for (const end of [...ends, text.length]) {
    const sentence = text.slice(from, end);
    const indent =
      /^(?:[\s>*_"'“‘(]|[-+]\s|\d+[.)]\s|@\w+(?:\s+(?:\{[^}]*\}\s*)?))*/.exec(sentence)?.[0]
        .length ?? 0;
    const words = sentence.slice(indent);
    const isFirst = from === 0;
    from = end;
    if (/\?["'”’)\]*_]*$/.test(words.trimEnd())) continue;
    const isMessage = isFirst && MESSAGE_KINDS.has(kind) && (kind === "testName" || !isTest(file));
    if (!/^[A-Z]/.test(words) && !isMessage) continue;
    for (const { id, pattern, instead } of START_RULES)
      if (pattern.test(words))
        yield {
          id,
          start: start + end - words.length,
          message: `"${onOneLine(words).split(" ").slice(0, 3).join(" ")} …" begins a sentence: ${instead}`,
        };
  }
}

/** Yields mentions of pages that are not in the repository. */
function* foreignCitations({ kind, start, text }: Passage): Generator<Found> {
  const covered: [number, number][] = [];
  for (const { id, pattern, isForStrings } of CITATION_RULES) {
    if (!isForStrings && MESSAGE_KINDS.has(kind)) continue;
    for (const match of text.matchAll(globally(pattern))) {
      if (covered.some(([from, to]) => match.index >= from && match.index < to)) continue;
      covered.push([match.index, match.index + match[0].length]);
      yield {
        id,
        start: start + match.index,
        message: `"${onOneLine(match[0])}": ${CITE_INSTEAD}`,
      };
    }
  }
}

const CITED_PAGE = /(?<![\w./-])(?:docs|examples)\/[\w./-]*\.md(?:#[\p{L}\p{N}_%-]+)?/gu;
const MARKDOWN_LINK = /(?<=\]\()(?![a-z]+:|\/)([^()\s#]*)(#[^()\s]*)?(?=[)\s])/g;

/** Returns why a citation leads nowhere, or null. */
function citationProblem(pages: Pages, target: string, anchor: string | undefined): string | null {
  const anchors = pages.anchorsOf(target);
  if (anchors === null) return `${target} does not exist: cite a page of the repository`;
  if (anchor === undefined || anchor === "" || anchors.has(decodeURIComponent(anchor))) return null;
  return `${target} has no heading #${anchor}: cite one that it has`;
}

/** Yields citations of pages or headings that do not exist. */
function* brokenCitations(file: string, text: string, pages: Pages): Generator<Found> {
  const prose = isMarkdown(file) ? withoutBlocks(text) : text;
  for (const { 0: cited, index } of prose.matchAll(CITED_PAGE)) {
    const [page = "", anchor] = cited.split("#");
    const message = citationProblem(pages, page, anchor);
    if (message !== null) yield { id: "cites", start: index, message };
  }
  if (!isMarkdown(file)) return;
  const folder = dirname(file) === PACKED_FILES ? "" : dirname(file);
  for (const { index, 1: path = "", 2: anchor } of prose.matchAll(MARKDOWN_LINK)) {
    const target = path === "" ? file : normalize(join(folder, path)).replaceAll("\\", "/");
    if (!target.endsWith(".md")) continue;
    const message = citationProblem(pages, target, anchor?.slice(1));
    if (message !== null) yield { id: "cites", start: index, message };
  }
}

/** Yields lines of comments that are longer than the limit. */
function* longComments({
  text,
  comments,
}: SourceTree): Generator<{ line: number; columns: number }> {
  const lines = text.split("\n");
  for (const { loc, value } of comments) {
    if (/^\s*biome-ignore/.test(value)) continue;
    for (let number = loc?.start.line ?? 1; number <= (loc?.end.line ?? 0); number += 1) {
      let line = lines[number - 1] ?? "";
      // Code may follow the end of a comment, and is not prose.
      if (number === loc?.end.line) line = line.slice(0, loc.end.column);
      const columns = [...line].length;
      const isOneWord = /^\s*(?:\/?\*+|\/\/)?\s*(?:@\w+\s+)?\S+(?:\s*\*\/)?$/.test(line);
      if (columns > MOST_COLUMNS && !isOneWord) yield { line: number, columns };
    }
  }
}

const tooLong = (columns: number): string =>
  `${columns} columns: break the line at ${MOST_COLUMNS}, or say it in fewer words`;

/** The prose of a file in any language, and its lines that are too long. */
interface Reading {
  readonly passages: Passage[];
  readonly names: Name[];
  readonly longLines: Iterable<{ line: number; columns: number }>;
}

/** Reads a file; one that is neither Markdown nor TypeScript has line comments. */
function readingOf(file: string, text: string): Reading {
  if (isMarkdown(file))
    return { ...passagesOfMarkdown(text), longLines: longLinesOf(text, MOST_COLUMNS) };
  if (!isSource(file))
    return {
      ...passagesOfScript(file, text),
      longLines: longScriptComments(file, text, MOST_COLUMNS),
    };
  const tree = parseSource(file, text);
  return { ...passagesOf(tree), longLines: longComments(tree) };
}

/**
 * Finds every problem of one file, in the order of its lines.
 *
 * @param options.used receives the entries of the allow list that matched
 */
export function proseProblems(
  file: string,
  text: string,
  pages: Pages,
  {
    allowed = ALLOWED,
    used = new Set<Allowed>(),
  }: { allowed?: readonly Allowed[]; used?: Set<Allowed> } = {},
): ProseProblem[] {
  const { passages, names, longLines } = readingOf(file, text);
  const found: Found[] = [];
  for (const passage of passages)
    found.push(
      ...wordsNotUsed(file, passage),
      ...startsNotUsed(file, passage),
      ...foreignCitations(passage),
    );
  found.push(...namesNotUsed(file, names), ...brokenCitations(file, text, pages));

  const positionAt = positionsIn(text);
  const problems: ProseProblem[] = found.map(({ start, id, message }) => ({
    file,
    id,
    message,
    ...positionAt(start),
  }));
  const base = file.slice(file.lastIndexOf("/") + 1).split(".")[0] ?? "";
  for (const { id, message } of namesNotUsed(file, [{ name: base.replaceAll("-", "_"), start: 0 }]))
    problems.push({
      file,
      line: 1,
      column: 1,
      id,
      message: message.replace(/^name `[^`]*`/, `file name ${base}`),
    });
  if (isChinese(file))
    for (const line of brokenSentencesOf(text))
      problems.push({
        file,
        line,
        column: 1,
        id: "line",
        message: "the line ends within a sentence: keep each Chinese sentence on one line",
      });
  else
    for (const { line, columns } of longLines)
      problems.push({
        file,
        line,
        column: MOST_COLUMNS + 1,
        id: "line",
        message: tooLong(columns),
      });

  const lines = text.split("\n");
  return problems
    .filter(({ id, line }) => {
      const entry = allowed.find(
        (one) =>
          one.id === id &&
          (one.place.endsWith("/") ? file.startsWith(one.place) : file === one.place) &&
          (lines[line - 1] ?? "").includes(one.text),
      );
      if (entry !== undefined) used.add(entry);
      return entry === undefined;
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

/** Opens the pages below a folder; each is read once. */
export function pagesOf(root: string): Pages {
  const known = new Map<string, ReadonlySet<string> | null>();
  return {
    anchorsOf(file) {
      let anchors = known.get(file);
      if (anchors === undefined) {
        anchors = existsSync(join(root, file)) ? anchorsOf(textOf(root, file)) : null;
        known.set(file, anchors);
      }
      return anchors;
    },
  };
}
