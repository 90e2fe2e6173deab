import { expect, test } from "bun:test";
import { EN } from "./en.ts";
import { preferredLanguage } from "./messages.ts";
import { ZH } from "./zh.ts";

test.each([
  [null, "en"],
  ["", "en"],
  ["*", "en"],
  ["fr", "en"],
  ["zh", "zh"],
  ["ZH-cn", "zh"],
  ["zh-Hans-CN,zh;q=0.9", "zh"],
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
  ["en-US,en;q=0.9,zh-CN;q=0.8", "en"],
  ["en;q=0.5, zh ; q=0.8", "zh"],
  ["en,zh", "en"],
  ["zh;q=0", "en"],
  ["zh;q=x", "en"],
  ["zhx", "en"],
  ["constructor", "en"],
] as const)("Accept-Language %p is %s", (header, language) => {
  expect(preferredLanguage(header)).toBe(language);
});

/** Yields every text with its path. */
function* texts(value: object, path = ""): Generator<[path: string, text: string]> {
  for (const [name, member] of Object.entries(value))
    if (typeof member === "string") yield [`${path}/${name}`, member];
    else yield* texts(member, `${path}/${name}`);
}

test("every text of one language is one in the other, in its own words", () => {
  const chinese = new Map(texts(ZH));
  for (const [path, text] of texts(EN)) {
    const other = chinese.get(path) ?? "";
    expect(other === "", path).toBe(text === "");
    expect(/\p{Script=Han}/u.test(other), path).toBe(text !== "");
  }
});
