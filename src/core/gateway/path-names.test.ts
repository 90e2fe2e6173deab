import { expect, test } from "bun:test";
import { PathNames } from "./path-names.ts";

test("of() passes 200 paths of each owner, and counts further and long ones as other", () => {
  const names = new PathNames();
  const paths = Array.from({ length: 201 }, (_, index) => `/wxa/${index}`);
  expect(paths.map((path) => names.of("wx1", path))).toEqual([...paths.slice(0, 200), "other"]);
  expect(names.of("wx1", "/wxa/0")).toBe("/wxa/0");
  expect(names.of("wx2", "/wxa/200")).toBe("/wxa/200");
  expect(names.of("wx2", `/${"x".repeat(100)}`)).toBe("other");
});
