/** The comments and the other lines of shell scripts, YAML, TOML and the like, as prose. */

import { type Name, namesInProse, type Passage, withoutCode } from "./passages.ts";

/** A comment from its mark on, or the rest of a line in front of it. */
interface Part {
  readonly line: number;
  readonly start: number;
  readonly text: string;
  /** Whether nothing but white space precedes it on its line. */
  readonly isWhole: boolean;
}

/** Returns the pattern of what begins a comment: `#` almost everywhere. A `#!` line is code. */
function markOf(file: string): RegExp {
  if (file.endsWith(".lua")) return /(?<=^|\s)--+/;
  if (/\.[1-9]$/.test(file)) return /^\.?\\"/;
  return /(?<=^|\s)#+(?!!)/;
}

/** Returns where a line's comment begins, or -1. A mark within quotes begins none. */
function commentAt(line: string, mark: RegExp): number {
  // A line that is all comment may have apostrophes, which are not quotes.
  const whole = /^\s*/.exec(line)?.[0].length ?? 0;
  if (line.slice(whole).search(mark) === 0) return whole;
  return line.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, (text) => "x".repeat(text.length)).search(mark);
}

/** Returns the comments and the code of each line. */
function partsOf(file: string, text: string): { comments: Part[]; code: Part[] } {
  const mark = markOf(file);
  const comments: Part[] = [];
  const code: Part[] = [];
  let start = 0;
  for (const [index, line] of text.split("\n").entries()) {
    const at = commentAt(line, mark);
    const before = at === -1 ? line : line.slice(0, at);
    const isWhole = before.trim() === "";
    if (!isWhole) code.push({ line: index + 1, start, text: before, isWhole: true });
    if (at !== -1)
      comments.push({ line: index + 1, start: start + at, text: line.slice(at), isWhole });
    start += line.length + 1;
  }
  return { comments, code };
}

/**
 * Returns the prose and the names of a script or a configuration file. Comment lines that follow
 * one another are one text; each other line is a string, without the key in front of it.
 */
export function passagesOfScript(
  file: string,
  text: string,
): { passages: Passage[]; names: Name[] } {
  const mark = markOf(file);
  const { comments, code } = partsOf(file, text);
  const groups: Part[][] = [];
  for (const part of comments) {
    const previous = groups.at(-1)?.at(-1);
    if (previous?.isWhole && part.isWhole && previous.line + 1 === part.line)
      groups.at(-1)?.push(part);
    else groups.push([part]);
  }
  const passages: Passage[] = [];
  const names: Name[] = [];
  for (const group of groups) {
    const start = group[0]?.start ?? 0;
    const last = group.at(-1);
    const prose = text
      .slice(start, (last?.start ?? start) + (last?.text.length ?? 0))
      .split("\n")
      .map((line) => {
        const at = commentAt(line, mark);
        const gutter = mark.exec(line.slice(at))?.[0].length ?? 0;
        return " ".repeat(at + gutter) + line.slice(at + gutter);
      })
      .join("\n");
    passages.push({ kind: "comment", start, text: withoutCode(prose) });
    names.push(...namesInProse(prose, start));
  }
  for (const { start, text: line } of code) {
    const key = /^[\s-]*(?:[\w.-]+:(?=\s))?[\s"'|>]*/.exec(line)?.[0].length ?? 0;
    passages.push({ kind: "string", start: start + key, text: withoutCode(line.slice(key)) });
  }
  return { passages, names };
}

/** Yields the lines whose comments end beyond the limit; one long word may. */
export function* longScriptComments(
  file: string,
  text: string,
  most: number,
): Generator<{ line: number; columns: number }> {
  const lines = text.split("\n");
  for (const { line, text: comment } of partsOf(file, text).comments) {
    const columns = [...(lines[line - 1] ?? "")].length;
    if (columns > most && /\S\s+\S+\s+\S/.test(comment)) yield { line, columns };
  }
}
