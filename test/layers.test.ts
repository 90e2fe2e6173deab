import { expect, test } from "bun:test";
import { fileProblems } from "../scripts/check-layers.ts";

test.each([
  ["core/a.ts", 'import { x } from "./b.ts";'],
  ["core/a.ts", 'import { x } from "../crypto/b.ts";'],
  ["store/lmdb/a.ts", 'import { open } from "lmdb";\nimport type { X } from "../../core/x.ts";'],
  ["http/rest/a.ts", 'import { Elysia } from "elysia";'],
  ["crypto/a.ts", 'import { createCipheriv } from "node:crypto";'],
  ["core/a.ts", "interface Source {\n  fetch(how: string): void;\n}"],
  ["core/a.ts", "/** What a process does, and when: Date.now. */"],
  ["main.ts", 'import p from "../package.json" with { type: "json" };'],
])("%s may say %j", (file, source) => {
  expect(fileProblems(file, source)).toEqual([]);
});

test.each([
  ["core/a.ts", 'import { x } from "../http/b.ts";', "core must not import http"],
  ["core/a.ts", 'import type { X } from "../store/b.ts";', "core must not import store"],
  ["core/a.ts", 'export * from "../store/b.ts";', "core must not import store"],
  ["core/a.ts", 'const x = await import("../store/b.ts");', "core must not import store"],
  ["core/a.ts", 'import {\n  a,\n  b,\n} from "../wechat/b.ts";', "core must not import wechat"],
  ["core/a.ts", 'import { readFileSync } from "node:fs";', "core must not import node:fs"],
  ["core/a.ts", "const now = Date.now();", "core must get Date.now by a port"],
  ["core/a.ts", "const now = new Date();", "core must get new Date() by a port"],
  ["core/a.ts", 'import { randomBytes } from "node:crypto";', "core must not import node:crypto"],
  ["core/a.ts", "await fetch(url);", "core must get await fetch( by a port"],
  ["core/a.ts", "  if (x) await import(`../store/b.ts`);", "core must not import store"],
  ["store/a.ts", 'const x = require("left-pad");', "require() hides an import"],
  ["crypto/a.ts", 'import { x } from "../core/b.ts";', "crypto must not import core"],
  ["http/a.ts", 'import { x } from "../store/b.ts";', "http must not import store"],
  ["cli/a.ts", 'import { Elysia } from "elysia";', "elysia belongs to http/ only"],
  ["store/redis/a.ts", 'import { open } from "lmdb";', "lmdb belongs to store/lmdb/ only"],
  ["wechat/a.ts", 'import x from "left-pad";', "left-pad has no place yet"],
  ["core/a.ts", 'import x from "../../test/b.ts";', "lies outside of src/"],
  ["utils/a.ts", 'import x from "./b.ts";', "src/utils/ is no layer"],
  ["http/a.ts", "const { HOME } = process.env;", "only main.ts reads the environment"],
])("%s must not say %j", (file, source, problem) => {
  expect(fileProblems(file, source).join()).toContain(problem);
});
