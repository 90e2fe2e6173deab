import { expect, test } from "bun:test";
import { findingsOf, worstFirst } from "./finding.ts";

test("worstFirst() puts failures before warnings, and keeps the order of equal ones", () => {
  const disk = findingsOf("disk");
  const found = [
    disk.ok(["much is free"], ["空间充足"]),
    disk.warn(["little is free", "free space"], ["空间不多", "腾出空间"]),
    disk.fail(["nothing is free", "free space"], ["没有空间", "腾出空间"]),
    disk.warn(["it is slow", "look at it"], ["磁盘很慢", "检查磁盘"]),
  ];
  expect(worstFirst(found).map(({ en }) => en.message)).toEqual([
    "nothing is free",
    "little is free",
    "it is slow",
    "much is free",
  ]);
  expect(found[0]).toEqual({
    name: "disk",
    state: "ok",
    en: { message: "much is free", todo: null },
    zh: { message: "空间充足", todo: null },
  });
});
