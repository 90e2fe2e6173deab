/** A newcomer's start: `npm start`, and the three lines that it prints. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempFolder } from "../harness/temp-folder.ts";

const PROJECT = join(import.meta.dir, "../..");

/** Runs `npm start` until its banner is complete. */
async function start(dataDir: string) {
  const process = Bun.spawn(
    ["npm", "start", "--silent", "--", "--port", "0", "--data-dir", dataDir],
    {
      cwd: PROJECT,
      stdout: "pipe",
      stderr: "pipe",
    },
  );
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
  const first = await start(folder.path);
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

  const second = await start(folder.path);
  const [again = ""] = sh(`LOGIN='${login}'\n${second.lines[2]}`);
  expect(JSON.parse(again)).toMatchObject({
    returnCode: 0,
    returnData: { id },
  });
  second.process.kill("SIGTERM");
  expect(await second.process.exited).toBe(0);
}, 20_000);
