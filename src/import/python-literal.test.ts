import { expect, test } from "bun:test";
import { parsePythonLiteral } from "./python-literal.ts";

test.each<{ name: string; text: string; value: unknown }>([
  {
    name: "a dict of Python 3",
    text: "{'openId': 'o', 'nickName': '爱丽丝 😀', 'gender': 1, 'city': '', 'vip': False, 'x': None}",
    value: { openId: "o", nickName: "爱丽丝 😀", gender: 1, city: "", vip: false, x: null },
  },
  {
    name: "a dict of Python 2",
    text: "{u'nickName': u'\\u7231\\u4e3d\\u4e1d \\U0001f600', u'watermark': {u'timestamp': 1477314187L}}",
    value: { nickName: "爱丽丝 😀", watermark: { timestamp: 1_477_314_187 } },
  },
  {
    name: "surrogates of a narrow build",
    text: "{u'n': u'\\ud83d\\ude00'}",
    value: { n: "😀" },
  },
  {
    name: "bytes of UTF-8",
    text: "{'n': '\\xe7\\x88\\xb1', 'b': b'\\347\\210\\261'}",
    value: { n: "爱", b: "爱" },
  },
  {
    name: "characters of Latin-1 beside escaped ones",
    text: "{'n': 'Ã\\x9f', 'm': 'é\\xa0'}",
    value: { n: "Ã\x9f", m: "é\xa0" },
  },
  {
    name: "an escaped character of Latin-1",
    text: "{'n': 'caf\\xe9', 'm': u'\\xe9'}",
    value: { n: "café", m: "é" },
  },
  {
    name: "quotes and controls",
    text: `{"n": "it's", 'm': 'say "x"', 'k': 'it\\'s \\\\ \\n\\t\\x14 \\d'}`,
    value: { n: "it's", m: 'say "x"', k: "it's \\ \n\t\x14 \\d" },
  },
  {
    name: "lists, tuples and trailing commas",
    text: "[1, (2, -3.5e2,), [], {}, ()]",
    value: [1, [2, -350], [], {}, []],
  },
  { name: "JSON", text: '{"a": "b"}', value: { a: "b" } },
  { name: "spaces around it", text: " \n{'a': 1}\n", value: { a: 1 } },
])("parsePythonLiteral() of $name returns its value", ({ text, value }) => {
  expect(parsePythonLiteral(text)).toEqual(value);
});

test("parsePythonLiteral() keeps a member called __proto__ a member", () => {
  const value = parsePythonLiteral("{'__proto__': {'x': 1}}") as object;
  expect(Object.keys(value)).toEqual(["__proto__"]);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
});

test.each([
  "",
  "{",
  "{'a'",
  "{'a':",
  "{'a': 1",
  "{'a': 'b}",
  "{'a': 'b\\",
  "{'a': 1} {}",
  "{'a': undefined}",
  "{'a': <User: x>}",
  "{'a': '\\U00110000'}",
  "{1 2}",
  "[1 2]",
  "{'a': datetime.datetime(2017, 1, 1)}",
])("parsePythonLiteral() of %j returns undefined", (text) => {
  expect(parsePythonLiteral(text)).toBeUndefined();
});

test("parsePythonLiteral() of a text that nests too deep returns undefined", () => {
  expect(parsePythonLiteral("[".repeat(100_000))).toBeUndefined();
  expect(parsePythonLiteral(`${"[".repeat(70)}${"]".repeat(70)}`)).toBeUndefined();
  expect(parsePythonLiteral(`${"[".repeat(60)}${"]".repeat(60)}`)).toBeArray();
});
