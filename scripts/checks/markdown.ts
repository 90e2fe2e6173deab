/** Markdown as the prose check reads it: paragraphs and code apart, headings and their anchors. */

import { blank, HIDDEN, type Name, namesInProse, type Passage, withoutCode } from "./passages.ts";

const FENCE = /^ {0,3}(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^ {0,3}\1[`~]*[ \t]*$|$(?![\s\S]))/gm;
const HTML_COMMENT = /<!--[\s\S]*?-->/g;
const LINK_TARGET = /(?<=\])\((?:[^()\s]|\([^()]*\))*(?:\s+"[^"]*")?\)/g;
const REFERENCE = /^ {0,3}\[[^\]\n]+\]:[ \t]*\S+.*$/gm;
const HTML_TAG = /<\/?[a-z][^>\n]*>/gi;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/;

/** Returns Markdown with its code blocks and comments blank, lines and columns unchanged. */
export const withoutBlocks = (text: string): string =>
  blank(blank(text, FENCE, " "), HTML_COMMENT, " ");

/** Returns the prose and the names in code spans of a Markdown file. */
export function passagesOfMarkdown(text: string): { passages: Passage[]; names: Name[] } {
  const prose = withoutBlocks(text);
  const bare = blank(
    blank(blank(withoutCode(prose), LINK_TARGET, HIDDEN), REFERENCE, HIDDEN),
    HTML_TAG,
    " ",
  );
  const passages: Passage[] = [];
  let start = 0;
  // Each block is a passage: phrases end at empty lines, and headings obey other rules.
  for (const block of bare.split(/(\n[ \t]*\n|(?<=^|\n) {0,3}#{1,6} [^\n]*)/)) {
    const isHeading = /^ {0,3}#{1,6} /.test(block);
    if (block.trim() !== "")
      passages.push({ kind: isHeading ? "heading" : "markdown", start, text: block });
    start += block.length;
  }
  return { passages, names: [...namesInProse(prose, 0)] };
}

/** Returns the anchors of a page: its headings as forges number them, and its `id`s and `name`s. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  const counts = new Map<string, number>();
  for (const line of withoutBlocks(text).split("\n")) {
    for (const tag of line.matchAll(/<[a-z]+[^>]*\b(?:id|name)="([^"]+)"/gi))
      anchors.add(tag[1] ?? "");
    const title = HEADING.exec(line)?.[2];
    if (title === undefined) continue;
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/<[^>]*>/g, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** A line that cannot be broken, or that Markdown does not wrap. */
const isUnbreakable = (line: string): boolean => {
  const text = line.replace(/^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?/, "");
  return (
    text.startsWith("|") ||
    text.startsWith("<") ||
    /^\[[^\]]+\]:\s/.test(text) ||
    /^!?\[[^\]]*\]\([^)]*\)[.,;:]?$/.test(text) ||
    /^\[!\[/.test(text) ||
    /^\S+$/.test(text)
  );
};

/** Yields the lines that are longer than the limit; code blocks, tables and links may be longer. */
export function* longLinesOf(
  text: string,
  limit: number,
): Generator<{ line: number; columns: number }> {
  for (const [index, line] of withoutBlocks(text).split("\n").entries()) {
    const columns = [...line.trimEnd()].length;
    if (columns > limit && !isUnbreakable(line)) yield { line: index + 1, columns };
  }
}

/** The end of a sentence, or of a clause before a list, with closing marks behind it. */
const SENTENCE_END = /[。！？；：…!?;:.][”’」』）】》)\]"'*_`]*(?:\s{2,}|\\|<br\s*\/?>)?$/u;
const STARTS_BLOCK = /^\s*(?:[-*+]\s|\d+[.)、]\s?|#{1,6}\s|>|\||<|`{3}|~{3}|\[[^\]]+\]:|$)/;

/** Yields the lines of Chinese Markdown that end within a sentence: breaks show as spaces. */
export function* brokenSentencesOf(text: string): Generator<number> {
  const lines = withoutBlocks(text).split("\n");
  const originals = text.split("\n");
  for (const [index, line] of lines.entries()) {
    const next = lines[index + 1];
    if (next === undefined || next.trim() === "" || line.trim() === "") continue;
    if (/^\s*(?:#{1,6}\s|\||<|\[[^\]]+\]:)/.test(line)) continue;
    if (STARTS_BLOCK.test(originals[index + 1] ?? "")) continue;
    if (/(?: {2}|\\)$/.test(line) || SENTENCE_END.test(line.trimEnd())) continue;
    yield index + 1;
  }
}
