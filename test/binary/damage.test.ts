/** The executable on damaged data files and on full disks: messages, no signals, no stacks. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Ran, runCommand, UNUSED_PORT } from "../harness/command.ts";
import { copyDamaged, PAGE } from "../harness/damaged-files.ts";
import { startProduction } from "../harness/production.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";

// A test is several starts of the executable, and the machine may be busy.
setDefaultTimeout(120_000);

const USERS = 40;
let whole: ReturnType<typeof tempFolder>;

beforeAll(async () => {
  whole = tempFolder();
  const production = await startProduction();
  for (let user = 0; user < USERS; user += 1)
    await production.login(production.user(`user-${user}`), true);
  await production.waferd.stop();
  copyDamaged(production.waferd.dataDir, whole.path, "a copy with bytes behind its end", 1);
  await production[Symbol.asyncDispose]();
});
afterAll(() => whole[Symbol.dispose]());

function expectMessage({ status, stdout, stderr }: Ran, expected: number): void {
  expect({ status, stderr }).toEqual({ status: expected, stderr: expect.any(String) });
  expect(stdout + stderr).not.toMatch(/\n\s+at |Bun v|panic|a bug/);
}

/** Copies the whole folder, and changes the copy's data file. */
function copyChanged(to: string, change: (bytes: Buffer) => Buffer): void {
  copyDamaged(whole.path, to, "a copy with bytes behind its end", 1);
  const path = join(to, "data.mdb");
  writeFileSync(path, change(readFileSync(path)));
}

const cutOff = (bytes: Buffer): Buffer => bytes.subarray(0, 3 * PAGE);

/** Fills the pages with the apps, former versions of them included. */
function withoutApps(bytes: Buffer): Buffer {
  for (let at = 2 * PAGE; at + PAGE <= bytes.length; at += PAGE)
    if (bytes.subarray(at, at + PAGE).includes("appSecret")) bytes.fill(0, at, at + PAGE);
  return bytes;
}

test.each([
  { what: "pages of zeros", change: withoutApps, exports: true },
  { what: "all but three pages cut off", change: cutOff, exports: true },
  { what: "no first meta page", change: (bytes: Buffer) => bytes.fill(0, 0, 200), exports: true },
  { what: "no meta page", change: (bytes: Buffer) => bytes.fill(0, 0, 2 * PAGE), exports: false },
])(
  "with $what serve refuses to start, store check and doctor name the place, and export saves what is whole",
  async ({ change, exports }) => {
    using folder = tempFolder();
    copyChanged(folder.path, change);
    const target = join(folder.path, "saved.jsonl");
    const run = (...args: string[]) => runCommand([...args, "--data-dir", folder.path]);
    const served = await run("serve", "--port", "0");
    expectMessage(served, 1);
    expect(served.stderr).toMatch(/data\.mdb is damaged: .*page .*restore a backup/);
    const checked = await run("store", "check");
    expectMessage(checked, 1);
    expect(checked.stderr).toMatch(exports ? /^page \d+ \(/m : /restore a backup/);
    const examined = await run("doctor", "--port", UNUSED_PORT);
    expectMessage(examined, 1);
    expect(examined.stdout).toMatch(/^fail {2}store: .*data\.mdb is damaged/m);
    expectMessage(await run("export", "--to", target), 1);
    expect(existsSync(target)).toBe(exports);
    if (exports) expect(readFileSync(target, "utf8")).toContain('"kind":"end"');
  },
);

test("the server ends when its file is cut off while it runs, and says why at the next start", async () => {
  using folder = tempFolder();
  copyDamaged(whole.path, folder.path, "a copy with bytes behind its end", 1);
  const server = await Waferd.start({ dataDir: folder.path });
  truncateSync(join(folder.path, "data.mdb"), 3 * PAGE);
  // It may serve on what it has in memory.
  server.signal("SIGKILL");
  await server.exited();
  const served = await runCommand(["serve", "--port", "0", "--data-dir", folder.path]);
  expectMessage(served, 1);
  expect(served.stderr).toMatch(/data\.mdb is damaged: .*behind the end of the file/);
});
