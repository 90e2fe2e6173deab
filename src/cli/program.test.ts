import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const read = (file: string): string => readFileSync(join(import.meta.dir, file), "utf8");

/** The functions of src/cli that make a command; api-command.ts only has what they share. */
const makers = readdirSync(import.meta.dir)
  .filter((file) => /^(?!api-command).*(?<!\.test)\.ts$/.test(file))
  .flatMap((file) => [...read(file).matchAll(/^export (?:const|function) (\w+Command)\b/gm)])
  .map(([, name = ""]) => name);

test("createProgram() adds every command of src/cli", () => {
  expect(makers).toContain("appCommand");
  const used = read("program.ts").replace(/^import .*$/gm, "");
  expect(makers.filter((name) => !new RegExp(`\\b${name}\\b`).test(used))).toEqual([]);
});
