/** Commands on a terminal: typed secrets, questions, colours. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { onTerminal, runCommand, UNUSED_PORT } from "../../harness/command.ts";
import { noteSecret, secretsIn } from "../../harness/secrets.ts";
import { tempFolder } from "../../harness/temp-folder.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const SECRET = "a-secret-that-is-typed";
noteSecret(SECRET);

/** Makes a data folder with an app in it. */
async function dataFolder() {
  const folder = tempFolder();
  const flags = ["--data-dir", `${folder.path}/data`, "--port", UNUSED_PORT];
  const added = await runCommand(["app", "add", "wx1", "--secret-stdin", ...flags], {
    input: SECRET,
  });
  expect(added.status).toBe(0);
  return { flags, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("app add asks for the secret, accepts corrections, and does not echo it", async () => {
  using data = await dataFolder();
  const typed = `${SECRET}x\u007f\n`;
  const { status, screen } = await onTerminal(
    ["app", "add", "wx2", ...data.flags],
    [["the AppSecret of wx2: ", typed]],
  );
  expect(status).toBe(0);
  expect(screen).toMatch(/appid.* wx2/);
  expect(secretsIn(screen)).toEqual([]);
  const asked = await onTerminal(
    ["app", "update", "wx2", "--ask-secret", ...data.flags],
    [["the new AppSecret of wx2: ", `${SECRET}\n`]],
  );
  expect(asked.status).toBe(0);
  expect(secretsIn(asked.screen)).toEqual([]);
});

test.each([
  { key: "Ctrl-C", typed: "half-a-secret\u0003" },
  { key: "Ctrl-D", typed: "\u0004" },
])("$key at the question for a secret ends app add, which registers nothing", async ({ typed }) => {
  using data = await dataFolder();
  const args = ["app", "add", "wx2", ...data.flags];
  const { status, screen } = await onTerminal(args, [["the AppSecret of wx2: ", typed]]);
  expect(status).toBe(1);
  expect(screen).toContain("given up");
  expect((await runCommand(["app", "show", "wx2", ...data.flags])).status).toBe(3);
});

test("app remove removes after a yes, and after nothing else", async () => {
  using data = await dataFolder();
  const remove = (answer: string) =>
    onTerminal(
      ["app", "remove", "wx1", ...data.flags],
      [["Remove wx1 and end its 0 sessions? [y/N] ", answer]],
    );
  for (const answer of ["\n", "n\n", "yesterday\n", "\u0003"]) {
    const { status, screen } = await remove(answer);
    expect(status).toBe(1);
    expect(screen).toMatch(/nothing was done|given up/);
  }
  expect((await runCommand(["app", "show", "wx1", ...data.flags])).status).toBe(0);
  expect((await remove("y\n")).status).toBe(0);
  expect((await runCommand(["app", "show", "wx1", ...data.flags])).status).toBe(3);
});

test("app list is coloured on a terminal only, and never with NO_COLOR", async () => {
  using data = await dataFolder();
  const list = ["app", "list", ...data.flags];
  expect((await onTerminal(list, [])).screen).toContain("\u001b[2mAPPID");
  expect((await onTerminal(list, [], { NO_COLOR: "1" })).screen).not.toContain("\u001b[");
  expect((await runCommand(list)).stdout).not.toContain("\u001b[");
});
