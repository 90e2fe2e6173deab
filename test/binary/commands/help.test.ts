/** The help of every command. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { EXIT_MEANINGS } from "../../../src/cli/exit-status.ts";
import { runCommand } from "../../harness/command.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

/** Finds every command that does something itself, and its help, as a person does. */
async function leaves(path: readonly string[] = []): Promise<[path: string, help: string][]> {
  const { status, stdout } = await runCommand([...path, "--help"]);
  expect(status).toBe(0);
  // A name that is misread gives the help of its group again, and so on without an end.
  expect(stdout).toStartWith(`Usage: ${["waferd", ...path].join(" ")} `);
  const [, list] = stdout.split(/^Commands:$/m);
  if (list === undefined) return [[path.join(" "), stdout]];
  const [names = ""] = list.trimStart().split("\n\n");
  const below = [...`  ${names}`.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = ""]) => name);
  // One that only groups others has no example.
  const own: [string, string][] = /^Example/m.test(stdout) ? [[path.join(" "), stdout]] : [];
  return [...own, ...(await Promise.all(below.map((name) => leaves([...path, name])))).flat()];
}

test("help has a description and an example of every command, and docs/commands.md names it", async () => {
  const page = readFileSync(join(import.meta.dir, "../../../docs/commands.md"), "utf8");
  const found = await leaves();
  expect(found.length).toBeGreaterThanOrEqual(24);
  for (const [path, help] of found) {
    expect(help, path).toMatch(new RegExp(`^Usage: waferd ${path}\\b.*\n\n\\S.+`));
    expect(help.split(/^Examples?:$/m)[1], path).toContain(`waferd ${path}`);
    expect(page, path).toContain(`waferd ${path}`);
  }
  const helps = await Promise.all(found.map(([path]) => runCommand(["help", ...path.split(" ")])));
  expect(helps.map(({ stdout }) => stdout)).toEqual(found.map(([, help]) => help));
});

test("help and docs/commands.md list the exit statuses", async () => {
  const page = readFileSync(join(import.meta.dir, "../../../docs/commands.md"), "utf8");
  const { stdout } = await runCommand(["help"]);
  for (const [status, meaning] of Object.entries(EXIT_MEANINGS)) {
    expect(stdout).toContain(`  ${status}  ${meaning}\n`);
    expect(page).toContain(`| ${status} | ${meaning} |`);
  }
});

test("help ends with 2 for an unknown command", async () => {
  expect(await runCommand(["help", "app", "paint"])).toMatchObject({
    status: 2,
    stderr: "waferd: there is no command app paint\n",
  });
});
