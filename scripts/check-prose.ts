/**
 * Checks words, line lengths and citations in comments, strings, names and Markdown.
 *
 *     bun scripts/check-prose.ts [--root FOLDER] [--summary] [FILE_OR_FOLDER …]
 *
 * Prints `file:line:column: what is wrong: what would be right`, and ends with status 1 when there
 * is any. `--summary` prints the number of problems for each folder instead.
 */

import { isAbsolute, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { isExempt, type ProseProblem, pagesOf, proseProblems } from "./checks/prose.ts";
import { ALLOWED, type Allowed } from "./checks/prose-rules.ts";
import { filesOf, textOf } from "./checks/source-files.ts";

const SCANNED = [
  "{src,test,scripts,clients}/**/*.{ts,tsx,mts,js,mjs,cjs,md}",
  "{docs,examples}/**/*.{ts,mjs,md}",
  "*.{md,mjs,ts,toml}",
  "{src,test,scripts,docs,examples,clients}/**/*.{sh,yml,yaml,toml,lua}",
  "docs/proxies/{Caddyfile,nginx.conf}",
  "scripts/package/files/{deb,scf}/*",
  ".{ci,github,gitee,workflow}/**/*",
  ".{editorconfig,gitignore,npmrc}",
];

const { values, positionals } = parseArgs({
  options: { root: { type: "string" }, summary: { type: "boolean", default: false } },
  allowPositionals: true,
});
const root = resolve(values.root ?? join(import.meta.dir, ".."));
const wanted = positionals.map((path) =>
  relative(root, isAbsolute(path) ? path : join(root, path)),
);
const isWanted = (file: string): boolean =>
  wanted.length === 0 ||
  wanted.some((path) => path === "" || file === path || file.startsWith(`${path}/`));

const pages = pagesOf(root);
const used = new Set<Allowed>();
const problems: ProseProblem[] = [];
const files = SCANNED.flatMap((pattern) => filesOf(root, pattern)).filter(
  (file) => !isExempt(file) && isWanted(file),
);
for (const file of files)
  problems.push(...proseProblems(file, textOf(root, file), pages, { used }));

const unused = wanted.length === 0 ? ALLOWED.filter((entry) => !used.has(entry)) : [];
if (values.summary) {
  const counts = new Map<string, number>();
  for (const { file } of problems) {
    const folder = file.split("/").slice(0, -1).slice(0, 3).join("/") || ".";
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  for (const [folder, count] of [...counts].sort())
    console.log(`${String(count).padStart(6)}  ${folder}`);
} else
  for (const { file, line, column, message } of problems)
    console.error(`${file}:${line}:${column}: ${message}`);
for (const { id, place, text } of unused)
  console.error(
    `scripts/checks/prose-rules.ts: ALLOWED has "${id}" in ${place} for "${text}", which is not there: remove the entry`,
  );
console.log(`${files.length} files, ${problems.length} faults of prose`);
process.exit(problems.length + unused.length === 0 ? 0 : 1);
