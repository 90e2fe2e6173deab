/** Compares the pages with the server and with its sources. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { tryIt } from "../../src/cli/banner.ts";
import { optionTable } from "../../src/config/reference.ts";
import { CREDENTIAL_KINDS, credentialKinds } from "../../src/core/credentials/kinds.ts";
import { INTERFACES } from "../../src/http/envelope/interfaces.ts";
import { interfaceTable } from "../../src/http/envelope/reference.ts";
import EXCHANGES from "../../src/http/openapi/envelope-examples.json";
import { recordExchanges } from "./envelope-examples.ts";
import { isByChance, runExamples, withOptions, withoutChance } from "./examples.ts";

const read = (path: string) => readFileSync(join(import.meta.dir, "../..", path), "utf8");
const codeBlocks = (page: string) =>
  [...page.matchAll(/```\w*\n([^`]*)```/g)].map((match) => match[1] ?? "");

test("docs/configuration.md has the options of the schema (npm run docs updates them)", () => {
  const page = read("docs/configuration.md");
  expect(page).toBe(withOptions(page, optionTable()));
});

test("docs/protocol-reference.md has the interfaces of the list (npm run docs updates them)", () => {
  const hasTable = read("docs/protocol-reference.md").includes(interfaceTable());
  expect(hasTable).toBe(true);
});

test("every answer in docs/protocol.md is the server's own (npm run docs updates them)", async () => {
  const page = read("docs/protocol.md");
  const renewed = await runExamples(page);
  expect(withoutChance(page)).toBe(withoutChance(renewed));
});

test("every exchange of the OpenAPI document is the server's own (npm run docs updates them)", async () => {
  const recorded = JSON.stringify(await recordExchanges(), null, 2);
  expect(withoutChance(JSON.stringify(EXCHANGES, null, 2))).toBe(withoutChance(recorded));
  expect(EXCHANGES.map(({ interfaceName }) => interfaceName).sort()).toEqual(
    INTERFACES.map(({ name }) => name).sort(),
  );
});

test("docs/protocol.md has an example of every interface", () => {
  const page = read("docs/protocol.md");
  for (const { name } of INTERFACES) expect(page).toContain(`"interfaceName":"${name}"`);
});

test("the pages of the protocol name every type of ticket", () => {
  const types = credentialKinds.flatMap((kind) => {
    const { envelope } = CREDENTIAL_KINDS[kind];
    return "type" in envelope ? [envelope.type] : [];
  });
  const [first, ...others] = types;
  const choice = [`\`${first}\` (the default)`, ...others.map((type) => `\`${type}\``)];
  expect(read("docs/protocol.md")).toContain(`\`type\`, which is ${choice.join(" or ")},`);
  expect(read("docs/protocol-reference.md")).toContain(`&type=${types.join("|")}\``);
});

test("docs/security.md names tests that exist", () => {
  const root = join(import.meta.dir, "../..");
  const named = [...read("docs/security.md").matchAll(/`((?:src|test)\/[^`]+)`/g)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, path = ""] of named)
    expect([path, existsSync(join(root, path))]).toEqual([path, true]);
});

test("docs/architecture.md names every table of LMDB and every folder of test/", () => {
  const root = join(import.meta.dir, "../..");
  const page = read("docs/architecture.md");
  const tables = [...new Glob("src/store/lmdb/*.ts").scanSync(root)]
    .filter((file) => !file.endsWith(".test.ts"))
    .flatMap((file) =>
      [...read(file).matchAll(/\.table<[^;]*?>\(\s*"([^"]+)"/g)].map((match) => match[1]),
    );
  expect(tables.length).toBeGreaterThan(20);
  for (const table of tables) expect(page).toContain(`\`${table}\``);
  const isFolder = (name: string): boolean => statSync(join(root, "test", name)).isDirectory();
  for (const folder of readdirSync(join(root, "test")).filter(isFolder))
    expect(page).toContain(`\`${folder}/\``);
});

test("isByChance() of two answers with other keys and ids", () => {
  const answer = (rid: string, status = 200): string => `{"rid": "${rid}", "status": ${status}}`;
  const [one, other] = ["a", "b"].map((digit) => digit.repeat(32)) as [string, string];
  expect(isByChance(answer(one), answer(other))).toBe(true);
  expect(isByChance(answer(one), answer(other, 201))).toBe(false);
});

test.each(["README.md", "README.zh-CN.md"])("%s has the lines that npm start prints", (path) => {
  expect(codeBlocks(read(path))).toContain(`${tryIt("http://127.0.0.1:8888").join("\n")}\n`);
});

test("both READMEs hold the same commands, headings and links", () => {
  const english = read("README.md");
  const chinese = read("README.zh-CN.md");
  const headings = (page: string) => page.match(/^#+ /gm);
  const links = (page: string) =>
    [...page.matchAll(/\]\(([^)]*)\)/g)]
      .map((match) => match[1])
      .filter((link) => !link?.startsWith("README"));
  expect(codeBlocks(chinese)).toEqual(codeBlocks(english));
  expect(headings(chinese)).toEqual(headings(english) as RegExpMatchArray);
  expect(links(chinese)).toEqual(links(english));
});

test("links between the pages lead to a file that exists", () => {
  const root = join(import.meta.dir, "../..");
  const pages = ["*.md", "docs/**/*.md"].flatMap((place) => [...new Glob(place).scanSync(root)]);
  expect(pages.length).toBeGreaterThan(25);
  for (const page of pages)
    for (const [, link = ""] of read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g))
      if (!link.startsWith("http"))
        expect(existsSync(join(root, page, "..", link)), `${page}: ${link}`).toBe(true);
});
