import { expect, test } from "bun:test";
import { CONSOLE_EN } from "./en.ts";
import { CONSOLE_ZH } from "./zh.ts";

/** Returns every text with its path; a function is called with names for its parameters. */
function textsOf(value: unknown, path: string): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value === "function") return textsOf(value("1", "2"), path);
  return Object.entries(value as object).flatMap(([name, inner]) =>
    textsOf(inner, `${path}.${name}`),
  );
}

test.each([
  { language: "en", texts: CONSOLE_EN, not: /!|please/i },
  { language: "zh", texts: CONSOLE_ZH, not: /[!！]|请(?!求)/ },
])("texts in $language do not shout and do not beg", ({ texts, not }) => {
  expect(textsOf(texts, "").filter(([, text]) => not.test(text))).toEqual([]);
});

test("both languages have the errcodes of WeChat", () => {
  expect(Object.keys(CONSOLE_ZH.problems.wechat)).toEqual(Object.keys(CONSOLE_EN.problems.wechat));
});
