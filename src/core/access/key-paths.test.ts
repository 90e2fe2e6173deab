import { expect, test } from "bun:test";
import { isPathPattern, isPlainPath, matchesPaths } from "./key-paths.ts";

test.each([
  { path: "/cgi-bin/user/info", plain: true },
  { path: "/wxa/getwxacode", plain: true },
  { path: "/wxa/sec/vod.list_1-2/", plain: true },
  { path: "/", plain: false },
  { path: "", plain: false },
  { path: "wxa/x", plain: false },
  { path: "/wxa//x", plain: false },
  { path: "/wxa/../sns/x", plain: false },
  { path: "/wxa/..", plain: false },
  { path: "/./sns/x", plain: false },
  { path: "/wxa/%2e%2e/sns/x", plain: false },
  { path: "/wxa%2fx", plain: false },
  { path: "/%73ns/jscode2session", plain: false },
  { path: "/wxa\\..\\sns", plain: false },
  { path: "/wxa/x;y", plain: false },
  { path: "/wxa/x\n", plain: false },
])("isPlainPath($path) is $plain", ({ path, plain }) => {
  expect(isPlainPath(path)).toBe(plain);
});

test.each([
  { pattern: "/wxa/*", valid: true },
  { pattern: "/*", valid: true },
  { pattern: "/cgi-bin/user/info", valid: true },
  { pattern: "/wxa*", valid: false },
  { pattern: "/*/x", valid: false },
  { pattern: "*", valid: false },
  { pattern: "", valid: false },
  { pattern: "/", valid: false },
  { pattern: "/wxa/../*", valid: false },
  { pattern: `/${"x".repeat(200)}`, valid: false },
])("isPathPattern($pattern) is $valid", ({ pattern, valid }) => {
  expect(isPathPattern(pattern)).toBe(valid);
});

test.each([
  { path: "/wxa/getwxacode", patterns: ["/wxa/*"], matches: true },
  { path: "/wxa/a/b", patterns: ["/wxa/*"], matches: true },
  { path: "/wxa", patterns: ["/wxa/*"], matches: false },
  { path: "/wxaapi/x", patterns: ["/wxa/*"], matches: false },
  { path: "/WXA/x", patterns: ["/wxa/*"], matches: false },
  { path: "/a/b", patterns: ["/c", "/a/b"], matches: true },
  { path: "/a/bc", patterns: ["/a/b"], matches: false },
  { path: "/a", patterns: [], matches: false },
])("matchesPaths($path, $patterns) is $matches", ({ path, patterns, matches }) => {
  expect(matchesPaths(path, patterns)).toBe(matches);
});
