import { expect, test } from "bun:test";
import { exportProblems } from "../../../scripts/checks/export-names.ts";
import { sourceFile } from "../../../scripts/checks/import-graph.ts";

interface Row {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
}

const same = (file: string, other: string, name = "a"): string =>
  `${file}:1: ${other} exports \`${name}\`, too: give one of them another name`;

const ROWS: readonly Row[] = [
  {
    name: "two constants",
    files: { "src/http/a.ts": "export const a = 1;", "src/main/b.ts": "export const a = 2;" },
    problems: [same("src/main/b.ts", "src/http/a.ts")],
  },
  {
    name: "a type and a function",
    files: { "src/http/a.ts": "export type a = 1;", "src/http/b.ts": "export function a() {}" },
    problems: [same("src/http/b.ts", "src/http/a.ts")],
  },
  {
    name: "an interface and a class",
    files: { "src/cli/a.ts": "export interface A {}", "src/core/b.ts": "export class A {}" },
    problems: [same("src/core/b.ts", "src/cli/a.ts", "A")],
  },
  {
    name: "a part of a pattern",
    files: { "src/cli/a.ts": "export const { b: a } = c;", "src/cli/b.ts": "export let a = 1;" },
    problems: [same("src/cli/b.ts", "src/cli/a.ts")],
  },
  {
    name: "a list of exports",
    files: {
      "src/cli/a.ts": "const b = 1; export { b as a };",
      "src/cli/b.ts": "export const a = 1;",
    },
    problems: [same("src/cli/b.ts", "src/cli/a.ts")],
  },
  {
    name: "one driver",
    files: {
      "src/store/redis/a.ts": "export const a = 1;",
      "src/store/redis/b.ts": "export const a = 1;",
    },
    problems: [same("src/store/redis/b.ts", "src/store/redis/a.ts")],
  },
  {
    name: "two drivers",
    files: {
      "src/store/mysql/a.ts": "export const a = 1;",
      "src/store/redis/a.ts": "export const a = 1;",
    },
    problems: [],
  },
  {
    name: "a driver and what drivers share",
    files: {
      "src/store/layout/a.ts": "export const a = 1;",
      "src/store/redis/a.ts": "export const a = 1;",
      "src/store/z.ts": "export const a = 1;",
    },
    problems: [
      same("src/store/redis/a.ts", "src/store/layout/a.ts"),
      same("src/store/z.ts", "src/store/layout/a.ts"),
    ],
  },
  {
    name: "a name that is passed on",
    files: { "src/cli/a.ts": "export const a = 1;", "src/cli/b.ts": 'export { a } from "./a.ts";' },
    problems: [],
  },
  {
    name: "a type and a value of one file, and overloads",
    files: {
      "src/cli/a.ts":
        "export type A = 1; export const A = 1; export function a(b: 1): 1; export function a() {}",
    },
    problems: [],
  },
  {
    name: "a name that is not exported",
    files: { "src/cli/a.ts": "export const a = 1;", "src/cli/b.ts": "const a = 1;" },
    problems: [],
  },
  {
    name: "tests, and files outside of src/",
    files: {
      "src/cli/a.test.ts": "export const a = 1;",
      "src/cli/a.ts": "export const a = 1;",
      "scripts/a.ts": "export const a = 1;",
      "test/a.ts": "export const a = 1;",
    },
    problems: [],
  },
];

test.each(ROWS)("exportProblems() of $name", ({ files, problems }) => {
  const sources = Object.entries(files).map(([file, text]) => sourceFile(file, text));
  expect(
    exportProblems(sources).map(({ file, line, message }) => `${file}:${line}: ${message}`),
  ).toEqual([...problems]);
});
