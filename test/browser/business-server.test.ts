/** The READMEs' business server and mini program, in a browser that plays the mini program. */
import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { freePort } from "../harness/free-port.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";

const ROOT = join(import.meta.dir, "../..");
const NODE_MODULES = join(ROOT, "node_modules");

/** Returns the server, the mini program and the page of a README. */
function examplesOf(readme: string): { server: string; miniProgram: string; page: string } {
  const text = readFileSync(join(ROOT, readme), "utf8");
  const blocks = [...text.matchAll(/```(?:js|html)\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
  expect(blocks).toHaveLength(3);
  const [server = "", miniProgram = "", page = ""] = blocks;
  return { server, miniProgram, page };
}

test("README.zh-CN.md has the code of README.md", () => {
  expect(examplesOf("README.zh-CN.md")).toEqual(examplesOf("README.md"));
});

test("the README's mini program logs in, calls the Express server, and logs in again after 401", async () => {
  using folder = tempFolder();
  const shop = `http://127.0.0.1:${await freePort()}`;
  await using waferd = await Waferd.start({ args: ["--sandbox", "--cors-origins", shop] });
  const write = (name: string, code: string) =>
    writeFileSync(
      join(folder.path, name),
      code
        .replaceAll("http://127.0.0.1:8888", waferd.url)
        .replaceAll("http://127.0.0.1:3000", shop)
        .replace("listen(3000,", `listen(${new URL(shop).port},`),
    );
  const { server, miniProgram, page: html } = examplesOf("README.md");
  mkdirSync(join(folder.path, "public"));
  symlinkSync(NODE_MODULES, join(folder.path, "node_modules"));
  write("server.mjs", server);
  write("public/mini-program.js", miniProgram);
  write("public/index.html", html);

  const node = Bun.spawn(["node", "server.mjs"], { cwd: folder.path, stderr: "inherit" });
  const browser = await chromium.launch({
    executablePath: Bun.which("chromium") ?? "",
    args: ["--no-sandbox", "--headless", "--disable-background-networking"],
  });
  try {
    for (let tries = 0; tries < 100; tries += 1) {
      if (await fetch(shop).catch(() => null)) break;
      await Bun.sleep(50);
    }
    const page = await browser.newPage();
    const openid = page.locator("#log", { hasText: /^o[\w-]{27}\n$/ });
    const storedSkey = () =>
      page.evaluate(() => JSON.parse(sessionStorage.getItem("session") ?? "{}").skey);
    await page.goto(shop);
    await openid.waitFor();
    const first = await storedSkey();

    await page.reload();
    await openid.waitFor();
    expect(await storedSkey()).toBe(first);

    await page.evaluate(() => {
      const { id } = JSON.parse(sessionStorage.getItem("session") ?? "{}");
      sessionStorage.setItem("session", JSON.stringify({ id, skey: "0".repeat(64) }));
    });
    await page.reload();
    await openid.waitFor();
    expect(await storedSkey()).toMatch(/^[0-9a-f]{64}$/);
    expect(await storedSkey()).not.toBe("0".repeat(64));
  } finally {
    await browser.close();
    node.kill();
    await node.exited;
  }
}, 60_000);
