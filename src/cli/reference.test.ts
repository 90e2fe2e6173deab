import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withCommands } from "../../test/docs/examples.ts";
import { commandPorts } from "../main/command-ports.ts";
import { createProgram } from "./program.ts";
import { commandTable } from "./reference.ts";

const program = createProgram("1.0.0", { ...commandPorts({}), endWith: () => undefined });

test("commandTable() is the table of docs/commands.md (npm run docs renews it)", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/commands.md"), "utf8");
  expect(page).toBe(withCommands(page, commandTable(program)));
});

test("commandTable() lists commands of groups, and no hidden ones", () => {
  const table = commandTable(program);
  expect(table).toContain("\n| `waferd app add` | register an app; asks for its AppSecret |\n");
  expect(table).toContain("\n| `waferd serve` | run the server |\n");
  expect(table).not.toContain("`waferd worker`");
  expect(table).not.toContain("`waferd app`");
});
