/**
 * `npm run docs`: regenerates the tables of options and interfaces, the answers in docs/protocol.md
 * and the exchanges of the OpenAPI document. An answer that differs
 * only by random values stays. Needs the executable.
 */
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { createProgram } from "../../src/cli/program.ts";
import { commandTable } from "../../src/cli/reference.ts";
import { optionTable } from "../../src/config/reference.ts";
import { interfaceTable } from "../../src/http/envelope/reference.ts";
import { commandPorts } from "../../src/main/command-ports.ts";
import { recordExchanges, withKnown } from "./envelope-examples.ts";
import { isByChance, runExamples, withCommands, withInterfaces, withOptions } from "./examples.ts";

const root = join(import.meta.dir, "../..");

/** Writes a regenerated file, unless only random values differ. */
async function renew(path: string, make: (old: string) => Promise<string>): Promise<void> {
  const file = Bun.file(join(root, path));
  const old = await file.text();
  const renewed = await make(old);
  const changed = !isByChance(old, renewed);
  if (changed) await file.write(renewed);
  console.log(`${path}: ${changed ? "renewed" : "nothing new"}`);
}

const program = createProgram(packageJson.version, {
  ...commandPorts({}),
  endWith: () => undefined,
});
await renew("docs/commands.md", async (page) => withCommands(page, commandTable(program)));
await renew("docs/configuration.md", async (page) => withOptions(page, optionTable()));
await renew("docs/protocol-reference.md", async (page) => withInterfaces(page, interfaceTable()));
await renew("docs/protocol.md", runExamples);
await renew(
  "src/http/openapi/envelope-examples.json",
  async (old) =>
    `${JSON.stringify(withKnown(await recordExchanges(), JSON.parse(old)), null, 2)}\n`,
);
