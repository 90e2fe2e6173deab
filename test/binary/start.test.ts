/**
 * The first commands of a newcomer: `npm start` with the three lines that it prints, and
 * `npm run dev`.
 */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";

const PROJECT = join(import.meta.dir, "../..");

/** Runs a script of package.json until its banner is complete. */
async function start(script: "start" | "dev", dataDir: string, ...options: string[]) {
  const args = ["run", script, "--silent", "--", ...options, "--port", "0", "--data-dir", dataDir];
  const process = Bun.spawn(["npm", ...args], { cwd: PROJECT, stdout: "pipe", stderr: "pipe" });
  let banner = "";
  const decoder = new TextDecoder();
  for await (const chunk of process.stderr) {
    banner += decoder.decode(chunk, { stream: true });
    if (banner.includes("; echo\n")) break;
  }
  return {
    process,
    banner,
    lines: banner.split("\n").filter((line) => /^(CODE|LOGIN|curl)/.test(line)),
  };
}

const sh = (script: string) =>
  Bun.spawnSync(["sh", "-c", script]).stdout.toString().trim().split("\n");

test("the three printed lines get a code, log in and check the session, also after a restart", async () => {
  using folder = tempFolder();
  const first = await start("start", folder.path);
  expect(first.banner).toContain("ANYONE CAN LOG IN AS ANYONE");
  expect(first.lines).toHaveLength(3);
  const [code = "", login = "", check = ""] = sh(first.lines.join("\n"));
  expect(code).toMatch(/^"code":"[0-9a-f]{32}"$/);
  expect(JSON.parse(login)).toMatchObject({ returnCode: 0, returnMessage: "NEW_SESSION_SUCCESS" });
  expect(JSON.parse(check)).toMatchObject({ returnCode: 0, returnMessage: "AUTH_SUCCESS" });
  const { id, skey } = JSON.parse(login).returnData;
  first.process.kill("SIGTERM");
  expect(await first.process.exited).toBe(0);
  const log = await new Response(first.process.stdout).text();
  expect(log).toContain('"interface":"qcloud.cam.id_skey"');
  expect(log).not.toContain(skey);

  const second = await start("start", folder.path);
  const [again = ""] = sh(`LOGIN='${login}'\n${second.lines[2]}`);
  expect(JSON.parse(again)).toMatchObject({
    returnCode: 0,
    returnData: { id },
  });
  second.process.kill("SIGTERM");
  expect(await second.process.exited).toBe(0);
}, 20_000);

test("npm run dev serves the sandbox from its sources, with waferd's options, and --inspect starts a debugger", async () => {
  using folder = tempFolder();
  const { process, banner } = await start("dev", folder.path, "--inspect=127.0.0.1:0/dev");
  expect(banner).toContain("ANYONE CAN LOG IN AS ANYONE");
  expect(banner).toContain(`with its data in ${folder.path}`);
  expect(banner).toMatch(/ws:\/\/127\.0\.0\.1:\d+\/dev/);
  process.kill("SIGTERM");
  expect(await process.exited).toBe(0);
});
