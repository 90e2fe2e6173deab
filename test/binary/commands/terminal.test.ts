/** Commands on a terminal: typed secrets, questions, colours. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { onTerminal, runCommand, UNUSED_PORT } from "../../harness/command.ts";
import { Screen } from "../../harness/screen.ts";
import { noteSecret, secretsIn } from "../../harness/secrets.ts";
import { tempFolder } from "../../harness/temp-folder.ts";
import { until } from "../../harness/until.ts";
import { EXECUTABLE } from "../../harness/waferd.ts";

// A test is many starts of the executable, and the machine may be busy.
setDefaultTimeout(60_000);

const SECRET = "a-secret-that-is-typed";
noteSecret(SECRET);

/** Makes a data folder with an app in it. */
async function dataFolder() {
  const folder = tempFolder();
  const flags = ["--data-dir", `${folder.path}/data`, "--port", UNUSED_PORT];
  const added = await runCommand(["app", "add", "wx1", "--force", "--secret-stdin", ...flags], {
    input: SECRET,
  });
  expect(added.status).toBe(0);
  return { flags, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("app add asks for the secret, accepts corrections, and does not echo it", async () => {
  using data = await dataFolder();
  const typed = `${SECRET}x\u007f\n`;
  const { status, screen } = await onTerminal(
    ["app", "add", "wx2", "--force", ...data.flags],
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
  const args = ["app", "add", "wx2", "--force", ...data.flags];
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

test.each([
  { of: "app remove", command: "app remove wx1", question: "Remove wx1 and end its 0 sessions?" },
  {
    of: "agent remove",
    command: "agent remove ww1234567890abcdef:1",
    question: "Remove ww1234567890abcdef:1 with its token and tickets?",
  },
  { of: "key revoke", command: "key revoke ID", question: 'Revoke the key "夜间任务" (ID)?' },
  {
    of: "session revoke --user",
    command: "session revoke wx1 --user o-alice",
    question: "End every session of o-alice at wx1?",
  },
])("the question of $of can be read, on a wide and on a narrow terminal", async (row) => {
  using data = await dataFolder();
  const flags = data.flags.join(" ");
  const run = (line: string, input = "") =>
    runCommand([...line.split(" "), ...data.flags], { input });
  await run("agent add ww1234567890abcdef:1 --secret-stdin", SECRET);
  const key = await run("key create --title 夜间任务 --app wx1 --can token --json");
  const { id, key: secret } = JSON.parse(key.stdout) as { id: string; key: string };
  noteSecret(secret);
  const question = `${row.question.replace("ID", id)} [y/N]`;
  for (const columns of [200, 30]) {
    using screen = new Screen({ columns, environment: { WAFERD: EXECUTABLE } });
    screen.run(`$WAFERD ${row.command.replace("ID", id)} ${flags}`);
    const onOneLine = () => screen.text().replace(/\n/g, "");
    await until(() => onOneLine().includes("[y/N]"));
    expect(onOneLine()).toContain(question);
    screen.press("-l", "n");
    screen.press("Enter");
    await screen.shows("waferd: nothing was done");
  }
});

/** Writes a dump whose import takes a while. */
function writeDump(path: string): void {
  const rows = Array.from({ length: 150_000 }, (_, number) => {
    const id = number.toString(16).padStart(32, "0");
    return `(${number + 1},'${id}','${id}${id}','2026-11-01 00:00:00','2026-11-20 00:00:00','openid-${number}','MDEyMzQ1Njc4OWFiY2RlZg==','e30=')`;
  });
  writeFileSync(
    path,
    `CREATE TABLE \`cAppinfo\` (\`appid\` varchar(200), \`secret\` varchar(300), \`login_duration\` int, \`session_duration\` int, \`qcloud_appid\` varchar(300), \`ip\` varchar(50));
INSERT INTO \`cAppinfo\` VALUES ('wx1','${SECRET}',30,2592000,'q','0.0.0.0');
CREATE TABLE \`cSessionInfo\` (\`id\` int, \`uuid\` varchar(100), \`skey\` varchar(100), \`create_time\` datetime, \`last_visit_time\` datetime, \`open_id\` varchar(100), \`session_key\` varchar(100), \`user_info\` varchar(2048));
${rows.map((row) => `INSERT INTO \`cSessionInfo\` VALUES ${row};`).join("\n")}
`,
  );
}

test("import leaves the terminal as it was, at its end, at Ctrl-C and at SIGTERM", async () => {
  using folder = tempFolder();
  const dump = `${folder.path}/dump.sql`;
  writeDump(dump);
  using screen = new Screen({ columns: 60, environment: { WAFERD: EXECUTABLE } });
  const pidFile = `${folder.path}/pid`;
  const line = (name: string) =>
    `clear; (echo $BASHPID > ${pidFile}; exec $WAFERD import --from ${dump} --data-dir ${folder.path}/${name})`;

  screen.run(line("interrupted"));
  await screen.shows(/% \| [1-9]/);
  screen.press("C-c");
  await screen.shows("interrupted after");
  screen.run("echo status $?");
  await screen.shows("status 130");
  expect(screen.modes()).toEqual({ cursor: true, wrap: true });
  expect(screen.text()).toMatch(/interrupted after \d+ records; those are imported/);
  expect(screen.text()).not.toContain("left");
  screen.run("clear; stty -a | tr ' ' '\\n' | grep -x -e '-*echo' -e '-*icanon'");
  await screen.shows(/^icanon$\n^echo$/m);

  screen.run(line("ended"));
  await screen.shows(/% \| [1-9]/);
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTERM");
  await screen.shows("interrupted after");
  expect(screen.modes()).toEqual({ cursor: true, wrap: true });

  screen.run(line("interrupted"));
  await screen.shows("unreadable: 0", 60_000);
  expect(screen.modes()).toEqual({ cursor: true, wrap: true });
  // Only the report is left.
  expect(screen.text()).toMatch(/^imported from/m);
  expect(screen.text()).not.toMatch(/% \| \d/);
}, 120_000);

test("app list is coloured on a terminal only, and never with NO_COLOR", async () => {
  using data = await dataFolder();
  const list = ["app", "list", ...data.flags];
  expect((await onTerminal(list, [])).screen).toContain("\u001b[2mAPPID");
  expect((await onTerminal(list, [], { NO_COLOR: "1" })).screen).not.toContain("\u001b[");
  expect((await runCommand(list)).stdout).not.toContain("\u001b[");
});
