import { expect, test } from "bun:test";
import { anchorsOf } from "../../../scripts/checks/markdown.ts";
import { type Pages, proseProblems } from "../../../scripts/checks/prose.ts";
import type { Allowed } from "../../../scripts/checks/prose-rules.ts";

interface Row {
  readonly name: string;
  readonly text: string;
  /** The rule that reports it; null when nothing does. */
  readonly id: string | null;
  readonly file?: string;
}

const pages: Pages = {
  anchorsOf: (file) =>
    new Map([
      ["docs/protocol-reference.md", new Set(["return-codes", "the-返回码"])],
      ["docs/api.md", new Set(["keys"])],
      ["README.md", new Set(["start"])],
    ]).get(file) ?? null,
};

const found = (file: string, text: string) =>
  proseProblems(file, text, pages, { allowed: [] }).map(({ line, column, id }) => ({
    line,
    column,
    id,
  }));

/** Text as prose of each kind: the words of a rule are reported in all of them. */
const KINDS = [
  {
    kind: "a docstring",
    file: "src/a.ts",
    as: (text: string) => `/** ${text} */\nexport const a = 1;\n`,
  },
  { kind: "a comment", file: "src/a.ts", as: (text: string) => `export const a = 1; // ${text}\n` },
  {
    kind: "a string",
    file: "src/a.ts",
    as: (text: string) => `export const a = ${JSON.stringify(text)};\n`,
  },
  {
    kind: "a template",
    file: "src/a.ts",
    as: (text: string) => `export const a = \`\${b} ${text.replaceAll("`", "\\`")} \${c}\`;\n`,
  },
  {
    kind: "a test's name",
    file: "src/a.test.ts",
    as: (text: string) => `test(${JSON.stringify(text)}, f);\n`,
  },
  { kind: "a script", file: "scripts/a.mjs", as: (text: string) => `// ${text}\n` },
  { kind: "a shell script", file: "scripts/a.sh", as: (text: string) => `#!/bin/sh\n# ${text}\n` },
  {
    kind: "a message of a file without an ending",
    file: "scripts/package/files/deb/prerm",
    as: (text: string) => `#!/bin/sh\nsay "${text}" # says it\n`,
  },
  { kind: "a comment of YAML", file: ".github/a.yml", as: (text: string) => `a: "b" # ${text}\n` },
  { kind: "a value of YAML", file: ".github/a.yml", as: (text: string) => `- a: ${text}\n` },
  { kind: "Markdown", file: "docs/a.md", as: (text: string) => `# Title\n\n- ${text}\n` },
];

const WORDS: readonly Row[] = [
  { name: "anew", text: "It is fetched anew.", id: "anew" },
  { name: "a new one", text: "It is a new one.", id: null },
  { name: "whoever", text: "The key of whoever asks.", id: "whoever" },
  { name: "whomever", text: "The key of whomever it asks.", id: "whoever" },
  { name: "who", text: "The one who asks.", id: null },
  { name: "shall", text: "It shall answer.", id: "shall" },
  { name: "shallow", text: "A shallow copy, in Marshall's way.", id: null },
  { name: "that which", text: "It is that which was asked for.", id: "that which" },
  { name: "that, which", text: "It asks that, which takes long.", id: null },
  { name: "of one's own", text: "In a file of one's own.", id: "of one's own" },
  { name: "their own", text: "In their own file.", id: null },
  { name: "is none", text: "The appid is none.", id: "is none" },
  { name: "are none", text: "Durations that are none are refused.", id: "is none" },
  { name: "there is none", text: "It answers null when there is none.", id: null },
  { name: "there may be none", text: "It answers null, for there may be none.", id: null },
  { name: "is none of these", text: "The driver is none of these.", id: null },
  { name: "is no", text: "The text is no network.", id: "is no" },
  { name: "can be no", text: "The text can be no AppSecret.", id: "is no" },
  { name: "'s no", text: "That's no reason.", id: "is no" },
  { name: "there is no", text: "There is no such app.", id: null },
  { name: "there's no", text: "There's no such app.", id: null },
  { name: "there must be no", text: "There must be no such app.", id: null },
  { name: "is no longer", text: "It is no longer valid, and is no more than a copy.", id: null },
  { name: "is not", text: "It is not a network; is nothing known?", id: null },
  { name: "a flight", text: "Equal logins share a flight.", id: "flight" },
  { name: "in flight", text: "Requests in flight go on, in-flight logins too.", id: null },
  { name: "single-flight", text: "A single-flight map, single flight for all.", id: null },
  { name: "passengers", text: "All passengers get it.", id: "passenger" },
  { name: "boarded", text: "The login boarded late.", id: "board" },
  { name: "a dashboard", text: "The dashboard, a keyboard and a clipboard.", id: null },
  { name: "flies", text: "A request that flies.", id: "fly" },
  { name: "on the fly", text: "It is packed on the fly.", id: null },
  { name: "hired", text: "A worker is hired.", id: "hire" },
  { name: "relieves", text: "It relieves a worker.", id: "relieve" },
  { name: "dismisses", text: "It dismisses a worker.", id: "dismiss" },
  { name: "crew", text: "The crew of a server.", id: "crew" },
  { name: "deaf", text: "A worker goes deaf.", id: "deaf" },
  { name: "retires", text: "A worker retires.", id: "retire" },
  {
    name: "the one that leaves",
    text: "It waits for the one that leaves.",
    id: "the one that leaves",
  },
  { name: "mourner", text: "The mourner ends it.", id: "mourner" },
  { name: "wish", text: "Equal wishes are one.", id: "wish" },
  { name: "crowd", text: "It came in a crowd.", id: "crowd" },
  { name: "take over", text: "It took over the data.", id: "take over" },
  { name: "adopt", text: "A process adopts the counters.", id: "adopt" },
  { name: "take in", text: "There is nothing to take in.", id: "take in" },
  { name: "the time it takes in", text: "It shows the time it takes in milliseconds.", id: null },
  {
    name: "a link and a post",
    text: "A link to a post; POST and the Link header; a guard.",
    id: null,
  },
  { name: "words in code", text: "It calls `Whatever is no` by `that which`.", id: null },
  { name: "words in an address", text: "See https://example.org/anew/whoever for it.", id: null },
];

test.each(KINDS.flatMap((kind) => WORDS.map((row) => ({ ...row, ...kind }))))(
  "proseProblems() of $name in $kind",
  ({ file, as, text, id }) => {
    expect(found(file, as(text)).map((one) => one.id)).toEqual(id === null ? [] : [id]);
  },
);

const STARTS: readonly Row[] = [
  { name: "a docstring with What", text: "/** What an option takes. */", id: "what" },
  { name: "a later sentence", text: "/** Reads it. What is left stays. */", id: "what" },
  {
    name: "a sentence on the next line",
    text: "/**\n * Reads it.\n * What is left stays.\n */",
    id: "what",
  },
  { name: "a tag", text: "/**\n * Reads it.\n *\n * @returns What is left\n */", id: "what" },
  { name: "an item", text: "/**\n * Reads:\n * - What is left\n */", id: "what" },
  { name: "lines of one comment", text: "// Reads it.\n// What is left stays.", id: "what" },
  { name: "What on a line of a sentence", text: "// Reads it, by\n// What's name.", id: null },
  { name: "a question", text: "/** What is left? */", id: null },
  { name: "what in a sentence", text: "/** Reads what is left; what is not stays. */", id: null },
  { name: "what after a colon", text: "/** Reads: what is left. */", id: null },
  { name: "a message", text: 'fail("what answers there is broken");', id: "what" },
  { name: "a message of one word", text: 'fail("what");', id: null },
  {
    name: "a part of a message",
    text: 'fail("it is unclear " + `$' + "{a} what answers`);",
    id: null,
  },
  { name: "data of a test", text: 'fail("what is this");', id: null, file: "src/a.test.ts" },
  {
    name: "a test's name",
    text: 'test("what is left stays", f);',
    id: "what",
    file: "src/a.test.ts",
  },
  {
    name: "a test's name of a table",
    text: 'test.each([1])("what is %d", f);',
    id: "what",
    file: "src/a.test.ts",
  },
  {
    name: "a name of describe",
    text: 'describe.skip("Whatever comes", f);',
    id: "whatever",
    file: "src/a.test.ts",
  },
  { name: "Whatever", text: "/** Whatever is left stays. */", id: "whatever" },
  { name: "whatever in a sentence", text: "/** Keeps it, whatever is left. */", id: null },
  {
    name: "a paragraph",
    text: "Text.\n\nWhat it costs is shown.\n",
    id: "what",
    file: "docs/a.md",
  },
  { name: "a bold start", text: "**What it costs** is shown.\n", id: "what", file: "docs/a.md" },
  { name: "a heading", text: "## What it costs\n", id: null, file: "docs/a.md" },
  {
    name: "a heading of two sentences",
    text: "## Costs. What it is\n",
    id: null,
    file: "docs/a.md",
  },
  { name: "a cell of a table", text: "| What | Where |\n|---|---|\n", id: null, file: "docs/a.md" },
  {
    name: "What in a code block",
    text: "```\nWhat shall it be anew\n```\n",
    id: null,
    file: "docs/a.md",
  },
  { name: "an HTML comment", text: "<!-- What shall it be -->\n", id: null, file: "docs/a.md" },
];

const NAMES: readonly Row[] = [
  { name: "a type", text: "interface Crew {}", id: "crew" },
  { name: "a part of a name", text: "const isRetiredWorker = 1;", id: "retire" },
  { name: "a private member", text: "class A {\n  #holdOn() {}\n}", id: "holdOn" },
  { name: "a constant", text: "const MOST_PASSENGERS = 1;", id: "passenger" },
  { name: "a name that is used often", text: "let crew = 1;\ncrew = crew + 1;", id: "crew" },
  { name: "takeOver", text: "const takeOverCredentials = 1;", id: "take over" },
  { name: "inFlight and SingleFlight", text: "const inFlight = new SingleFlight();", id: null },
  { name: "clipboard", text: "const clipboard = dashboards;", id: null },
  { name: "a name in a code span", text: "// Calls `worker.retire()`.", id: "retire" },
  { name: "a name in a link tag", text: "/** As {@link Wish}. */", id: "wish" },
  { name: "a name in Markdown", text: "It calls `buryAfterUs`.\n", id: "bury", file: "docs/a.md" },
  { name: "a path in an import", text: 'import { a } from "./crew.ts";', id: null },
  { name: "the name of a file", text: "", id: "crew", file: "src/core/crew.ts" },
  { name: "the name of another file", text: "", id: null, file: "src/core/server-processes.ts" },
  { name: "a post of workers", text: "const post = 1;", id: "post", file: "src/supervisor/a.ts" },
  { name: "a post of HTTP", text: "app.post(guard);", id: null, file: "src/http/a.ts" },
  {
    name: "a request of POST by workers",
    text: 'call("POST");',
    id: null,
    file: "src/supervisor/a.ts",
  },
  {
    name: "a guard of workers",
    text: "// It guards workers.",
    id: "guard",
    file: "src/supervisor/a.ts",
  },
  { name: "a link of Redis", text: "class Link {}", id: "link", file: "src/store/redis/a.ts" },
  { name: "a link elsewhere", text: "class Link {}", id: null, file: "src/http/a.ts" },
  { name: "a lane of connections", text: "// Each lane is one.", id: "lane" },
  { name: "adoption of counters", text: "let adoptedCounters;", id: "adopt" },
  {
    name: "adoption by a store",
    text: "// Adopts rows.\nadoptRows();",
    id: null,
    file: "src/store/redis/a.ts",
  },
  {
    name: "adoption by the sweeper",
    text: "store.adopt();",
    id: null,
    file: "src/core/coordination/sweeper.ts",
  },
  { name: "lanes of a script", text: "const LANES = [];", id: null, file: "scripts/test.mjs" },
];

const LONG = "a".repeat(60);

const LINES: readonly Row[] = [
  { name: "a comment of 100 columns", text: `// ${"ab ".repeat(32)}c`, id: null },
  { name: "a comment of 101 columns", text: `// ${"ab ".repeat(32)}cd`, id: "line" },
  { name: "a line of a docstring", text: `/**\n * ${LONG} ${LONG}\n */`, id: "line" },
  { name: "a comment behind code", text: `const a = "${LONG}"; // ${LONG}`, id: "line" },
  { name: "a comment before code", text: `f(/* b */ "${LONG}", "${LONG}");`, id: null },
  { name: "code", text: `const a = "${LONG} ${LONG}";`, id: null },
  { name: "an address alone", text: `// https://${LONG}${LONG}.example`, id: null },
  {
    name: "an address of a tag",
    text: `/**\n * @see https://${LONG}${LONG}.example\n */`,
    id: null,
  },
  { name: "an order to Biome", text: `// biome-ignore lint/a: ${LONG} ${LONG}`, id: null },
  { name: "a paragraph", text: `${LONG} ${LONG}\n`, id: "line", file: "docs/a.md" },
  { name: "an item", text: `- ${LONG} ${LONG}\n`, id: "line", file: "docs/a.md" },
  {
    name: "a link in a sentence",
    text: `See [${LONG}](${LONG}.html).\n`,
    id: "line",
    file: "docs/a.md",
  },
  { name: "a link alone", text: `- [${LONG}](${LONG}.html)\n`, id: null, file: "docs/a.md" },
  {
    name: "the target of a reference",
    text: `[a]: https://${LONG}${LONG}.html\n`,
    id: null,
    file: "docs/a.md",
  },
  { name: "a row of a table", text: `| ${LONG} | ${LONG} |\n`, id: null, file: "docs/a.md" },
  { name: "a code block", text: `~~~sh\n${LONG} ${LONG}\n~~~\n`, id: null, file: "docs/a.md" },
  {
    name: "a code block in an item",
    text: `- a:\n\n   \`\`\`\n${LONG} ${LONG}\n   \`\`\`\n`,
    id: null,
    file: "docs/a.md",
  },
  {
    name: "text behind a code block",
    text: `\`\`\`\na\n\`\`\`\n${LONG} ${LONG}\n`,
    id: "line",
    file: "docs/a.md",
  },
  { name: "a long Chinese line", text: `${"会话".repeat(80)}。\n`, id: null, file: "docs/zh/a.md" },
  {
    name: "a Chinese sentence on two lines",
    text: "会话\n登录态。\n",
    id: "line",
    file: "docs/zh/a.md",
  },
  {
    name: "a Chinese sentence broken at a comma",
    text: "会话，\n登录态。\n",
    id: "line",
    file: "README.zh-CN.md",
  },
  {
    name: "Chinese sentences on lines",
    text: "会话。\n登录态（凭证）。”\n“密钥”？\n",
    id: null,
    file: "docs/zh/a.md",
  },
  {
    name: "a Chinese list",
    text: "会话：\n- 登录态\n- 凭证\n  更多\n",
    id: "line",
    file: "docs/zh/a.md",
  },
  {
    name: "Chinese items",
    text: "会话\n\n- 登录态\n- 凭证\n1. 密钥\n2. 添加\n",
    id: null,
    file: "docs/zh/a.md",
  },
  {
    name: "a Chinese heading and table",
    text: "# 会话\n登录态\n\n| 凭证 |\n|---|\n| 密钥 |\n",
    id: null,
    file: "docs/zh/a.md",
  },
  { name: "Chinese code", text: "```\n会话\n登录态\n```\n", id: null, file: "docs/zh/a.md" },
  { name: "a hard Chinese break", text: "会话  \n登录态。\n", id: null, file: "docs/zh/a.md" },
];

const SCRIPTS: readonly Row[] = [
  {
    name: "a long comment of a shell script",
    text: `#!/bin/sh\n# ${LONG} ${LONG} it\n`,
    id: "line",
    file: "scripts/a.sh",
  },
  {
    name: "a long comment behind a setting",
    text: `a = "# b" # ${LONG} ${LONG} it\n`,
    id: "line",
    file: "bunfig.toml",
  },
  {
    name: "a long command",
    text: `# Says it.\nsay "# ${LONG} ${LONG} it"\n`,
    id: null,
    file: "scripts/a.sh",
  },
  {
    name: "an address alone in a script",
    text: `# https://${LONG}${LONG}.example\n`,
    id: null,
    file: ".ci/run",
  },
  {
    name: "an expansion that is not a comment",
    text: `a=\${b#${LONG}} $# ${LONG} it\n`,
    id: null,
    file: "scripts/a.sh",
  },
  { name: "What in a comment of YAML", text: "# What it is.\n", id: "what", file: "docs/a.yml" },
  { name: "What in a value", text: "label: What it is\n", id: "what", file: ".github/a.yml" },
  { name: "a question in YAML", text: "label: What is it?\n", id: null, file: ".github/a.yml" },
  {
    name: "a sentence over lines of comments",
    text: "# It is fetched\n# anew.\n",
    id: "anew",
    file: "docs/proxies/Caddyfile",
  },
  { name: "a missing page in a script", text: "# docs/none.md\n", id: "cites", file: ".ci/run" },
  { name: "a comment of a manual page", text: '.\\" It shall.\n', id: "shall", file: "a.1" },
  { name: "a comment of Lua", text: "-- It shall.\n", id: "shall", file: "test/a.lua" },
];

const CITATIONS: readonly Row[] = [
  { name: "a page outside", text: "// As PROTOCOL says.", id: "cites" },
  { name: "a section outside", text: "// As it must (PROTOCOL section 4.1).", id: "cites" },
  { name: "a page with its ending", text: "// See DESIGN.md.", id: "cites" },
  { name: "a section of a page that is not named", text: "// See section 4.", id: "cites" },
  {
    name: "a section of an RFC",
    text: "// RFC 9110, section 10.2; section 4.1 of RFC 9457.",
    id: null,
  },
  {
    name: "words of the field",
    text: "// The protocol's design, in the house style: a section.",
    id: null,
  },
  { name: "names in code", text: "const PROTOCOL_NAMES = [PROTOCOLS];", id: null },
  { name: "a page in a test's name", text: 'test("STYLE is kept", f);', id: "cites" },
  { name: "a page", text: "// docs/protocol-reference.md", id: null },
  { name: "a heading", text: "// docs/protocol-reference.md#return-codes.", id: null },
  { name: "a Chinese heading", text: "// docs/protocol-reference.md#the-返回码", id: null },
  { name: "a heading in code", text: "// `docs/protocol-reference.md#return-codes`", id: null },
  { name: "a missing page", text: "// docs/protocol-referenec.md", id: "cites" },
  { name: "a missing heading", text: "// docs/protocol-reference.md#return-code", id: "cites" },
  { name: "a page of another site", text: "// https://example.org/docs/none.md", id: null },
  {
    name: "a link",
    text: "[a](api.md#keys), [b](../README.md#start)\n",
    id: null,
    file: "docs/a.md",
  },
  { name: "a link to a missing page", text: "[a](apis.md)\n", id: "cites", file: "docs/a.md" },
  {
    name: "a link to a missing heading",
    text: "[a](api.md#key)\n",
    id: "cites",
    file: "docs/a.md",
  },
  {
    name: "a link to another site",
    text: "[a](https://example.org/a.md)\n",
    id: null,
    file: "docs/a.md",
  },
  { name: "a link in a code block", text: "```\n[a](apis.md)\n```\n", id: null, file: "docs/a.md" },
  {
    name: "a link of a packed page",
    text: "[a](docs/api.md)\n",
    id: null,
    file: "scripts/package/files/README.md",
  },
];

test.each([...STARTS, ...NAMES, ...LINES, ...SCRIPTS, ...CITATIONS])(
  "proseProblems() of $name",
  ({ text, id, file = "src/a.ts" }) => {
    expect(found(file, text).map((one) => one.id)).toEqual(id === null ? [] : [id]);
  },
);

test("proseProblems() names line and column of each word, over the gutter of a comment", () => {
  const text =
    "const a = 1;\n\n/**\n * It is fetched\n * anew, and that\n * which is old is\n * none.\n */\n";

  expect(found("src/a.ts", text)).toEqual([
    { line: 5, column: 4, id: "anew" },
    { line: 5, column: 14, id: "that which" },
    { line: 6, column: 17, id: "is none" },
  ]);
});

test("proseProblems() says what to say instead", () => {
  expect(proseProblems("src/a.ts", "// It shall.", pages, { allowed: [] })).toEqual([
    {
      file: "src/a.ts",
      line: 1,
      column: 7,
      id: "shall",
      message: '"shall": say "must", "should" or "will"',
    },
  ]);
});

test("proseProblems() leaves out allowed uses of one word, place and line, and marks their entries", () => {
  const entry: Allowed = { id: "crowd", place: "src/http/", text: "crowdin", reason: "a product" };
  const used = new Set<Allowed>();
  const ids = (file: string, text: string) =>
    proseProblems(file, text, pages, { allowed: [entry], used }).map(({ id }) => id);

  expect(ids("src/core/a.ts", "// A crowd of crowdin.")).toEqual(["crowd"]);
  expect(ids("src/http/a.ts", "// A crowd.")).toEqual(["crowd"]);
  expect(used.size).toBe(0);
  expect(ids("src/http/a.ts", "// A crowd of crowdin, anew.")).toEqual(["anew"]);
  expect(used.has(entry)).toBe(true);
});

test("anchorsOf() gives headings the anchors of the forges", () => {
  const page = [
    "# Return codes & `errcode`s",
    "## A [link](b.md), 会话!",
    "## Twice",
    "## Twice",
    '<a id="by-hand"></a>',
    "```",
    "# not a heading",
    "```",
  ].join("\n");

  expect([...anchorsOf(page)]).toEqual([
    "return-codes--errcodes",
    "a-link-会话",
    "twice",
    "twice-1",
    "by-hand",
  ]);
});
