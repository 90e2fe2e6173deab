import { expect, test } from "bun:test";
import { circlesOf, edgesOf, sourceFile } from "../../../scripts/checks/import-graph.ts";
import { circleProblem, layerProblems } from "../../../scripts/checks/layers.ts";

interface Row {
  readonly name: string;
  readonly file: string;
  readonly source: string;
  /** A part of the message, or null when the source is right. */
  readonly problem: string | null;
}

const ENVIRONMENT = "only main.ts reads the environment";
const HIDDEN = "hides an import";

const LAYERS: readonly Row[] = [
  {
    name: "a file of the same folder",
    file: "src/core/title.ts",
    source: 'import { x } from "./errors.ts";',
    problem: null,
  },
  {
    name: "the layer below",
    file: "src/core/title.ts",
    source: 'import { x } from "../crypto/seal.ts";',
    problem: null,
  },
  {
    name: "the layer above",
    file: "src/core/title.ts",
    source: 'import { x } from "../http/body.ts";',
    problem: "core must not import http/body.ts: it may import crypto beside itself",
  },
  {
    name: "a type of the layer above",
    file: "src/core/title.ts",
    source: 'import type { X } from "../store/open.ts";',
    problem: "core must not import store/open.ts",
  },
  {
    name: "an inline type of the layer above",
    file: "src/core/title.ts",
    source: 'import { type X } from "../store/open.ts";',
    problem: "core must not import store/open.ts",
  },
  {
    name: "an import for its effects",
    file: "src/core/title.ts",
    source: 'import "../store/open.ts";',
    problem: "core must not import store/open.ts",
  },
  {
    name: "an import over several lines",
    file: "src/core/title.ts",
    source: 'import {\n  a,\n  b,\n} from "../wechat/client.ts";',
    problem: "core must not import wechat/client.ts",
  },
  {
    name: "export *",
    file: "src/core/title.ts",
    source: 'export * from "../store/open.ts";',
    problem: "core must not import store/open.ts",
  },
  {
    name: "export * as",
    file: "src/core/title.ts",
    source: 'export * as store from "../store/open.ts";',
    problem: "core must not import store/open.ts",
  },
  {
    name: "export of a name",
    file: "src/core/title.ts",
    source: 'export { open } from "../store/open.ts";',
    problem: "core must not import store/open.ts",
  },
  {
    name: "export of a type",
    file: "src/core/title.ts",
    source: 'export type { Open } from "../store/open.ts";',
    problem: "core must not import store/open.ts",
  },
  {
    name: "a dynamic import",
    file: "src/core/title.ts",
    source: 'const x = await import("../store/open.ts");',
    problem: "core must not import store/open.ts",
  },
  {
    name: "a dynamic import of a template",
    file: "src/core/title.ts",
    source: "if (x) await import(`../store/open.ts`);",
    problem: "core must not import store/open.ts",
  },
  {
    name: "a dynamic import of a template with a value",
    file: "src/store/open.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source code
    source: "const load = (name: string) => import(`./${name}/driver.ts`);",
    problem: "a computed path hides what is imported",
  },
  {
    name: "the type of a module",
    file: "src/core/title.ts",
    source: 'export type Open = typeof import("../store/open.ts");',
    problem: "core must not import store/open.ts",
  },
  {
    name: "a type of a module by expression",
    file: "src/core/title.ts",
    source: 'export type Open = import("../store/open.ts").Open;',
    problem: "core must not import store/open.ts",
  },
  {
    name: "import = require",
    file: "src/core/title.ts",
    source: 'import open = require("../store/open.ts");',
    problem: "core must not import store/open.ts",
  },
  {
    name: "an import in a comment",
    file: "src/core/title.ts",
    source: '// import { x } from "../http/body.ts";\n/** {@link import("../http/body.ts")} */',
    problem: null,
  },
  {
    name: "an import in a string",
    file: "src/core/title.ts",
    source: 'export const x = `\nimport { x } from "../http/body.ts";\n`;',
    problem: null,
  },
  {
    name: "core from crypto",
    file: "src/crypto/seal.ts",
    source: 'import { x } from "../core/errors.ts";',
    problem: "crypto must not import core/errors.ts: it may import nothing beside itself",
  },
  {
    name: "a store from http",
    file: "src/http/body.ts",
    source: 'import { x } from "../store/open.ts";',
    problem: "http must not import store/open.ts",
  },
  {
    name: "the shared layout from import",
    file: "src/import/rows.ts",
    source: 'import { x } from "../store/layout/columns.ts";',
    problem: null,
  },
  {
    name: "a driver from import",
    file: "src/import/rows.ts",
    source: 'import { x } from "../store/mysql/pool.ts";',
    problem: "import must not import store/mysql/pool.ts",
  },
  {
    name: "everything from main.ts",
    file: "src/main.ts",
    source:
      'import a from "./cli/a.ts";\nimport b from "./store/open.ts";\nimport c from "./import/rows.ts";',
    problem: null,
  },
  {
    name: "a folder that is not a layer",
    file: "src/utils/a.ts",
    source: 'import x from "./b.ts";',
    problem: "src/utils is not a layer: add it to LAYERS",
  },
];

const CORE: readonly Row[] = [
  {
    name: "a lower folder",
    file: "src/core/sessions/session.ts",
    source: 'import type { App } from "../apps/app.ts";',
    problem: null,
  },
  {
    name: "a loose file from a folder",
    file: "src/core/access/access.ts",
    source: 'import { Failure } from "../errors.ts";',
    problem: null,
  },
  {
    name: "a higher folder",
    file: "src/core/apps/app.ts",
    source: 'import { Session } from "../sessions/session.ts";',
    problem: "core/apps must not import core/sessions, which is not below it",
  },
  {
    name: "a type of a higher folder",
    file: "src/core/access/access.ts",
    source: 'import type { App } from "../apps/app.ts";',
    problem: "core/access must not import core/apps",
  },
  {
    name: "an expression of a type of a higher folder",
    file: "src/core/access/access.ts",
    source: 'export type A = import("../apps/app.ts").App;',
    problem: "core/access must not import core/apps",
  },
  {
    name: "a neighbour of one rank",
    file: "src/core/usage/activity.ts",
    source: 'import { Lease } from "../coordination/lease.ts";',
    problem: "core/usage must not import core/coordination",
  },
  {
    name: "a neighbour of one rank, the other way",
    file: "src/core/coordination/lease.ts",
    source: 'import { Activity } from "../usage/activity.ts";',
    problem: "core/coordination must not import core/usage",
  },
  {
    name: "a folder from a loose file",
    file: "src/core/errors.ts",
    source: 'import type { App } from "./apps/app.ts";',
    problem: "a loose file of core must not import core/apps",
  },
  {
    name: "the whole store from a folder",
    file: "src/core/sessions/session.ts",
    source: 'import type { Store } from "../store.ts";',
    problem: "core/sessions must not import core/store.ts",
  },
  {
    name: "core.ts from store.ts",
    file: "src/core/store.ts",
    source: 'import type { Core } from "./core.ts";',
    problem: "core/store.ts must not import core/core.ts",
  },
  {
    name: "store.ts from core.ts",
    file: "src/core/core.ts",
    source: 'import type { Store } from "./store.ts";',
    problem: null,
  },
  {
    name: "a folder without a rank",
    file: "src/core/utils/a.ts",
    source: 'import { Failure } from "../errors.ts";',
    problem: "src/core/utils/ has no rank: add it to CORE_PARTS",
  },
  {
    name: "core.ts from http",
    file: "src/http/body.ts",
    source: 'import type { Core } from "../core/core.ts";',
    problem: null,
  },
];

const PLACES: readonly Row[] = [
  {
    name: "a driver's own file",
    file: "src/store/redis/connection.ts",
    source: 'import { x } from "./diagnosis.ts";\nimport { y } from "../layout/columns.ts";',
    problem: null,
  },
  {
    name: "another driver's file",
    file: "src/store/redis/connection.ts",
    source: 'import { x } from "../mysql/pool.ts";',
    problem: "the redis driver must not import the mysql driver",
  },
  {
    name: "another driver's type",
    file: "src/store/mysql/pool.ts",
    source: 'import type { X } from "../lmdb/driver.ts";',
    problem: "the mysql driver must not import the lmdb driver",
  },
  {
    name: "a driver from the file that opens them",
    file: "src/store/open.ts",
    source: 'const x = await import("./mysql/pool.ts");',
    problem: null,
  },
  {
    name: "a package in its place",
    file: "src/http/rest/routes.ts",
    source: 'import { Elysia } from "elysia";',
    problem: null,
  },
  {
    name: "a package elsewhere",
    file: "src/cli/a.ts",
    source: 'import type { Elysia } from "elysia";',
    problem: "elysia belongs to src/http/ only",
  },
  {
    name: "a path within a package",
    file: "src/cli/a.ts",
    source: 'import { t } from "elysia/type-system";',
    problem: "elysia/type-system belongs to src/http/ only",
  },
  {
    name: "a scoped package elsewhere",
    file: "src/wechat/a.ts",
    source: 'import { Type } from "@sinclair/typebox/value";',
    problem: "belongs to src/config/, src/http/, src/sandbox/, src/cli/ only",
  },
  {
    name: "a database client in another driver",
    file: "src/store/redis/a.ts",
    source: 'import { open } from "lmdb";',
    problem: "lmdb belongs to src/store/lmdb/ only",
  },
  {
    name: "a package without a place",
    file: "src/wechat/a.ts",
    source: 'import x from "left-pad";',
    problem: "left-pad has no place yet: add it to PACKAGE_PLACES",
  },
  {
    name: "the C library in its place",
    file: "src/supervisor/linux/libc.ts",
    source: 'import { dlopen } from "bun:ffi";',
    problem: null,
  },
  {
    name: "the C library beside its place",
    file: "src/supervisor/supervisor.ts",
    source: 'const { dlopen } = await import("bun:ffi");',
    problem: "bun:ffi belongs to src/supervisor/linux/ only",
  },
  {
    name: "package.json from main.ts",
    file: "src/main.ts",
    source: 'import p from "../package.json" with { type: "json" };',
    problem: null,
  },
  {
    name: "package.json from elsewhere",
    file: "src/cli/a.ts",
    source: 'import p from "../../package.json" with { type: "json" };',
    problem: "package.json lies outside of src/",
  },
  {
    name: "a test folder from src",
    file: "src/main/compose.ts",
    source: 'import x from "../../test/harness/waferd.ts";',
    problem: "must not import a test (test/harness/waferd.ts)",
  },
  {
    name: "a test beside it",
    file: "src/core/title.ts",
    source: 'import type { x } from "./title.test.ts";',
    problem: "must not import a test (src/core/title.test.ts)",
  },
  {
    name: "anything from a test beside the source",
    file: "src/core/title.test.ts",
    source:
      'import x from "../http/body.ts";\nimport y from "../../test/a.ts";\nprocess.env.X = "";',
    problem: null,
  },
  {
    name: "a test from a script",
    file: "scripts/bench.ts",
    source: 'import { x } from "../test/load/bench.ts";',
    problem: "scripts must not import test/ (test/load/bench.ts)",
  },
  {
    name: "a test's type in a docstring of a script",
    file: "scripts/bench.mjs",
    source: '/** @type {import("../test/load/bench.ts").Bench} */\nexport const x = null;',
    problem: "scripts must not import test/ (test/load/bench.ts)",
  },
  {
    name: "the source from a script",
    file: "scripts/bench.ts",
    source: 'import { x } from "../src/main.ts";\nconst home = process.env.HOME;',
    problem: null,
  },
  {
    name: "a script from a test",
    file: "test/a.test.ts",
    source: 'import { x } from "../scripts/compile.ts";',
    problem: null,
  },
];

const core = (name: string, source: string, problem: string | null): Row => ({
  name,
  file: "src/core/title.ts",
  source,
  problem: problem === null ? null : `core must not use ${problem}: take it as a port`,
});

const GLOBALS: readonly Row[] = [
  core("Date.now", "export const now = Date.now();", "Date.now()"),
  core("Date.now as a value", "export const clock = { now: Date.now };", "Date.now"),
  core("Date.now by brackets", 'export const now = Date["now"]();', "Date.now()"),
  core("Date.now, optional", "export const now = Date?.now();", "Date.now()"),
  core(
    "Date.now behind a cast",
    "export const now = (Date as DateConstructor).now();",
    "Date.now()",
  ),
  core("Date.now of globalThis", "export const now = globalThis.Date.now();", "Date.now()"),
  core("Date.now, destructured", "const { now } = Date;", "Date.now"),
  core("Date under another name", "const D = Date;\nexport const now = D.now();", "Date"),
  core("a computed member of Date", "export const x = (m: string) => Date[m];", "Date[…]"),
  core("the present by new Date()", "export const now = new Date();", "new Date()"),
  core("the present by Date()", "export const now = Date();", "Date()"),
  core("a given time", "export const day = (t: number) => new Date(t).toISOString();", null),
  core("Date.UTC", "export const day = Date.UTC(2026, 1);", null),
  core("instanceof Date", "export const isDate = (x: unknown) => x instanceof Date;", null),
  core("Date as a type", "export const f = (x: Date): Date => x;", null),
  core("a timer", "setTimeout(() => undefined, 1);", "setTimeout()"),
  core("a timer as a value", "export const timer = { set: setInterval };", "setInterval"),
  core("the end of a timer", "export const stop = (t: Timer) => clearTimeout(t);", null),
  core("Math.random", "export const x = Math.random();", "Math.random()"),
  core("Math.max", "export const x = Math.max(1, 2);", null),
  core("fetch", "export const x = async (url: string) => await fetch(url);", "fetch()"),
  core("fetch in a condition", "export const x = () => (a ? fetch(b) : null);", "fetch()"),
  core("a method called fetch", "interface Source {\n  fetch(how: string): void;\n}", null),
  core("a call of a method called fetch", "export const x = (s: Source) => s.fetch(1);", null),
  core("a member called fetch", "export const x = { fetch: 1, process: 2 };", null),
  core("a short member called fetch", "export const x = { fetch };", "fetch"),
  core("a parameter called process", "export const f = (process: Run) => process.env;", null),
  core(
    "a variable called process",
    "const process = { env: 1 };\nexport const x = process.env;",
    null,
  ),
  core(
    "a variable of an inner block",
    "{\n  const process = { env: 1 };\n}\nexport const x = process.pid;",
    "process.pid",
  ),
  core(
    "a hoisted variable",
    "export function f() {\n  if (x) { var fetch = g; }\n  return fetch();\n}",
    null,
  ),
  core("a variable hoisted to the file", "if (x) { var fetch = g; }\nfetch();", null),
  core("a hoisted function", "export const x = fetch();\nfunction fetch() {}", null),
  core("a caught error called process", "try { f(); } catch (process) { g(process); }", null),
  core("a loop's variable", "for (const fetch of calls) fetch();", null),
  core("an import called fetch", 'import { fetch } from "./errors.ts";\nfetch();', null),
  core(
    "a declared global",
    "declare const process: { pid: number };\nexport const x = process.pid;",
    "process.pid",
  ),
  core("a type of a global", "export type P = typeof process;", null),
  core("a default parameter", "export const f = (log = console.log) => log;", "console.log"),
  core("Bun's hash", 'export const x = new Bun.CryptoHasher("sha256");', null),
  core("Bun's files", 'export const x = Bun.file("a");', "Bun.file()"),
  core("Bun under another name", "const b = Bun;", "Bun"),
  core("import.meta", "export const x = import.meta.dir;", "import.meta.dir"),
  core("globalThis as a value", "export const x = globalThis;", "globalThis"),
  core("a member of globalThis", "const { fetch: get } = globalThis;", "fetch"),
  core("a global in an index of another", "export const x = JSON[fetch.name];", "fetch.name"),
  core("a global in an index", "export const x = (a: any) => a[Math.random()];", "Math.random()"),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source code
  core("a global in a template", "export const x = `${performance.now()}`;", "performance.now()"),
  core(
    "a comment",
    "/** Says what a process does, by Date.now(). */\n// fetch(x), new Date()",
    null,
  ),
  core("a string", 'export const x = "fetch(url) by process.env at Date.now()";', null),
  core("a regular expression", "export const x = /Date.now()|fetch(url)/;", null),
  {
    name: "a module of Node in core",
    file: "src/core/title.ts",
    source: 'import type { Stats } from "node:fs";',
    problem: "core must not import node:fs: take what it does as a port",
  },
  {
    name: "a random source in core",
    file: "src/core/title.ts",
    source: 'import { randomBytes } from "node:crypto";',
    problem: "core must not import node:crypto",
  },
  {
    name: "ciphers in crypto",
    file: "src/crypto/seal.ts",
    source: 'import { createCipheriv } from "node:crypto";',
    problem: null,
  },
  {
    name: "the clock in crypto",
    file: "src/crypto/seal.ts",
    source: "export const now = Date.now();",
    problem: "crypto must not use Date.now()",
  },
  {
    name: "the clock elsewhere",
    file: "src/telemetry/log.ts",
    source: "export const now = Date.now();\nsetTimeout(f, 1);",
    problem: null,
  },
];

const http = (name: string, source: string, problem: string | null): Row => ({
  name,
  file: "src/http/body.ts",
  source,
  problem,
});

const ENVIRONMENTS: readonly Row[] = [
  http("process.env", "export const x = process.env.HOME;", ENVIRONMENT),
  http("process.env by brackets", 'export const x = process["env"];', ENVIRONMENT),
  http("a computed member of process", "export const x = (m: string) => process[m];", ENVIRONMENT),
  http("process.env, destructured", "const { env } = process;", ENVIRONMENT),
  http("process.env, deeply destructured", "const { env: { HOME } } = process;", ENVIRONMENT),
  http("process.env, assigned", "let env;\n({ env } = process);", ENVIRONMENT),
  http("process.env as a default", "export const f = ({ env } = process) => env;", ENVIRONMENT),
  http("the rest of process", "const { pid, ...rest } = process;", ENVIRONMENT),
  http("the rest of another global", "const { parse, ...rest } = JSON;", null),
  http("process under another name", "const p = process;", ENVIRONMENT),
  http("process of globalThis", "export const x = globalThis.process.env;", ENVIRONMENT),
  http("Bun.env", "export const x = Bun.env.HOME;", ENVIRONMENT),
  http("import.meta.env", "export const x = import.meta.env.HOME;", ENVIRONMENT),
  http("another member of import.meta", "export const x = import.meta.dir;", null),
  http("another member of process", "export const x = process.pid;", null),
  http("another destructured member", "const { pid } = process;", null),
  http("another object's env", "export const x = (host: Host) => host.env;", null),
  http("env of node:process", 'import { env } from "node:process";', ENVIRONMENT),
  http("node:process as a whole", 'import process from "node:process";', ENVIRONMENT),
  http("another name of node:process", 'import { pid } from "node:process";', null),
  http("env of bun", 'import { env } from "bun";', ENVIRONMENT),
  http("another name of bun", 'import { Glob } from "bun";', null),
  http("process.env in a comment", "// process.env.HOME", null),
  { name: "main.ts", file: "src/main.ts", source: "run(process.env, Bun.env);", problem: null },
  {
    name: "a file beside main.ts",
    file: "src/main/compose.ts",
    source: "run(process.env);",
    problem: ENVIRONMENT,
  },
  http("require", 'export const x = require("left-pad");', HIDDEN),
  http("require.resolve", 'export const x = require.resolve("left-pad");', HIDDEN),
  http("require of import.meta", 'export const x = import.meta.require("left-pad");', HIDDEN),
  http(
    "createRequire",
    'import { createRequire } from "node:module";',
    "createRequire() hides imports",
  ),
  http("a parameter called require", "export const f = (require: Load) => require(1);", null),
  http("a method called require", "export const f = (x: Load) => x.require(1);", null),
  http("require in a string", 'export const x = "require(1)";', null),
];

test.each([...LAYERS, ...CORE, ...PLACES, ...GLOBALS, ...ENVIRONMENTS])(
  "layerProblems() of $name in $file",
  ({ file, source, problem }) => {
    const messages = layerProblems(sourceFile(file, source)).map(({ message }) => message);

    if (problem === null) expect(messages).toEqual([]);
    else expect(messages.join("\n")).toContain(problem);
  },
);

test("layerProblems() names the line and the column of an import", () => {
  const source = '/** A comment. */\n\n  import { x } from "../http/body.ts";';

  expect(layerProblems(sourceFile("src/core/title.ts", source))).toMatchObject([
    { file: "src/core/title.ts", line: 3, column: 3 },
  ]);
});

const circlesIn = (files: Readonly<Record<string, string>>): string[] =>
  circlesOf(edgesOf(Object.entries(files).map(([file, source]) => sourceFile(file, source))))
    .map(circleProblem)
    .map(({ file, line, message }) => `${file}:${line}: ${message}`);

const CIRCLES: readonly {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly circles: string[];
}[] = [
  {
    name: "two files",
    files: { "src/a.ts": 'import "./b.ts";', "src/b.ts": '\nimport "./a.ts";' },
    circles: [
      "src/a.ts:1: circle src/a.ts -> src/b.ts -> src/a.ts: move what both need into another file",
    ],
  },
  {
    name: "types only",
    files: {
      "src/a.ts": 'import type { B } from "./b.ts";',
      "src/b.ts": 'export type A = import("./a.ts").A;',
    },
    circles: [
      "src/a.ts:1: circle src/a.ts -> src/b.ts -> src/a.ts: move what both need into another file",
    ],
  },
  {
    name: "a re-export and a dynamic import",
    files: {
      "src/a.ts": 'export * from "./b.ts";',
      "src/b.ts": 'const a = () => import("./a.ts");',
    },
    circles: [
      "src/a.ts:1: circle src/a.ts -> src/b.ts -> src/a.ts: move what both need into another file",
    ],
  },
  {
    name: "a file that imports itself",
    files: { "src/a.ts": '\nimport type { A } from "./a.ts";' },
    circles: ["src/a.ts:2: circle src/a.ts -> src/a.ts: move what both need into another file"],
  },
  {
    name: "three files, and a fourth that leads there",
    files: {
      "src/a.ts": 'import "./b.ts";',
      "src/b.ts": 'import "./c.ts";',
      "src/c.ts": 'import "./d.ts";',
      "src/d.ts": 'import "./b.ts";',
    },
    circles: [
      "src/b.ts:1: circle src/b.ts -> src/c.ts -> src/d.ts -> src/b.ts: move what both need into another file",
    ],
  },
  {
    name: "two circles apart",
    files: {
      "src/a.ts": 'import "./b.ts";\nimport "../scripts/c.ts";',
      "src/b.ts": 'import "./a.ts";',
      "scripts/c.ts": 'import "./d.mjs";',
      "scripts/d.mjs": '/** @typedef {import("./c.ts").C} C */',
    },
    circles: [
      "scripts/c.ts:1: circle scripts/c.ts -> scripts/d.mjs -> scripts/c.ts: move what both need into another file",
      "src/a.ts:1: circle src/a.ts -> src/b.ts -> src/a.ts: move what both need into another file",
    ],
  },
  {
    name: "two ways to one file",
    files: {
      "src/a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "src/b.ts": 'import "./d.ts";',
      "src/c.ts": 'import "./d.ts";',
      "src/d.ts": 'import "a";',
    },
    circles: [],
  },
];

test.each(CIRCLES)("circlesOf() of $name", ({ files, circles }) => {
  expect(circlesIn(files)).toEqual(circles);
});
