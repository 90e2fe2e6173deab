/** The pages about the server itself, and the search among all users. */
import { expect, test } from "bun:test";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

const APPID = "wx0000000000000de0";

test("a backup is made, downloaded and removed, and the audit is exported", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto("/settings?tab=backups");
  await visitor.signIn();
  await page.getByText("还没有备份").waitFor();
  await page.getByRole("button", { name: "立即备份" }).click();
  await page.getByText("完整").waitFor();
  const backup = await visitor.download(() => page.getByRole("link", { name: "下载" }).click());
  expect(backup.name).toMatch(/^waferd-000001-\d{8}T\d{6}Z\.mdb$/);
  expect(backup.bytes.length).toBeGreaterThan(16_384);
  await page.getByRole("button", { name: "删除" }).click();
  const question = page.getByRole("dialog", { name: "删除这个备份" });
  await question.getByRole("button", { name: "删除" }).click();
  await page.getByText("还没有备份").waitFor();

  await page.getByRole("link", { name: "审计" }).click();
  await page.locator("#main .list tbody").getByText("下载备份").waitFor();
  const csv = await visitor.download(() => page.getByRole("link", { name: "导出 CSV" }).click());
  expect(new TextDecoder().decode(csv.bytes)).toContain("backup.removed");
  expect(visitor.complaints).toEqual([]);
}, 60_000);

test("options are shown with their sources, the server reloads, and the store is checked", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server, { locale: "en-US" });
  const { page } = visitor;
  await visitor.goto("/settings?tab=config");
  await visitor.signIn();
  const option = page.locator("#main .list tbody tr", { hasText: "sandbox" });
  await option.getByText("flag --sandbox").waitFor();
  expect(await page.getByText("EnableDocs").count()).toBe(0);
  await page.getByLabel("With the options at their defaults").check();
  await page.getByText("EnableDocs").waitFor();
  await page.getByRole("button", { name: "Reload" }).click();
  await page.locator("#main .status.good", { hasText: "Reloaded" }).waitFor();

  await page.getByRole("tab", { name: "Check" }).click();
  await page.locator("#main .points .status.fair", { hasText: "simulated" }).waitFor();
  await page.getByRole("button", { name: "Check the store" }).click();
  await page.getByText("Nothing is wrong").waitFor();
  expect(visitor.complaints).toEqual([]);
}, 60_000);

test("a user is found by a part of the nickname, and all sessions of the app are ended", async () => {
  await using server = await ConsoleServer.start();
  for (const user of ["alice", "bob"]) {
    const phone = await fetch(`${server.waferd.url}/sandbox/login?user=${user}&appid=${APPID}`);
    const { code, encryptedData, iv } = (await phone.json()) as Record<string, string>;
    const body = JSON.stringify({ appid: APPID, code, encryptedData, iv });
    await fetch(`${server.waferd.url}/api/v1/sessions`, { method: "POST", body });
  }
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto("/users");
  await visitor.signIn();
  await page.getByRole("textbox", { name: "昵称" }).fill("LIC");
  await page.getByRole("button", { name: "查找" }).click();
  await page.getByText("查看了 2 个会话").waitFor();
  const rows = page.locator("#main .list tbody tr");
  expect(await rows.count()).toBe(1);
  await rows.getByRole("link", { name: "alice" }).click();
  await page.getByText("会话属于").waitFor();
  await page.getByRole("link", { name: "alice" }).click();
  await page.getByRole("dialog", { name: "alice" }).waitFor();

  await visitor.goto(`/apps/${APPID}`);
  await page.getByRole("button", { name: "结束所有会话" }).click();
  const question = page.getByRole("dialog", { name: "结束 Demo 的所有会话" });
  await question.getByText("结束 2 个会话").waitFor();
  await question.getByLabel("输入 Demo 以确认").fill("Demo");
  await question.getByRole("button", { name: "结束所有会话" }).click();
  await page.getByText("已结束 2 个会话").waitFor();
  await visitor.goto("/users");
  await page.getByText("还没有会话").waitFor();
  expect(visitor.complaints).toEqual([]);
}, 60_000);
