import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";

const IGNORED = /(^|\/)(node_modules|dist|data)\//;

/**
 * Returns the sorted paths below a folder that match a pattern, without packages and builds. Only a
 * pattern that begins with a dot finds names that do.
 */
export const filesOf = (root: string, pattern: string): string[] =>
  [...new Glob(pattern).scanSync({ cwd: root, dot: pattern.startsWith(".") })]
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => !IGNORED.test(file))
    .sort();

/** Returns a file's text with line ends as `\n`. */
export const textOf = (root: string, file: string): string =>
  readFileSync(join(root, file), "utf8").replaceAll("\r\n", "\n");
