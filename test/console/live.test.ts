/** Pages that follow the server: the sandbox's phone, users, credentials, the log. */
import { expect, test } from "bun:test";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

const APPID = "wx0000000000000de0";

test("the phone logs a user in, whose session is then ended, and the log tells of it", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto("/sandbox");
  await visitor.signIn();
  await page.getByLabel("用户", { exact: true }).fill("爱丽丝");
  await page.getByRole("button", { name: "登录" }).click();
  await page.locator("li", { hasText: "校验会话" }).locator(".status.good").waitFor();

  await page.getByRole("button", { name: "系统繁忙" }).click();
  await page.getByText("登录会得到 -1").waitFor();
  await page.getByRole("button", { name: "登录" }).click();
  await page.locator("li", { hasText: "用 code 换会话" }).locator(".status.bad").waitFor();
  await page.getByRole("button", { name: "恢复正常" }).click();

  await page.getByRole("link", { name: "用户", exact: true }).click();
  await page.getByRole("link", { name: "爱丽丝" }).click();
  const panel = page.getByRole("dialog", { name: "爱丽丝" });
  await panel.getByText("Shenzhen").waitFor();
  expect(page.url()).toMatch(new RegExp(`/console/users/${APPID}/[0-9a-f]{32}$`));
  await panel.getByRole("button", { name: "结束会话" }).click();
  const question = page.getByRole("dialog", { name: "结束这个会话" });
  await question.getByRole("button", { name: "结束会话" }).click();
  await page.getByText("已结束 1 个会话").waitFor();
  await page.getByText("还没有会话").waitFor();

  await page.getByRole("link", { name: "审计" }).click();
  await page.locator("#main .list tbody").getByText("结束会话").waitFor();
  await page.locator("#main .list tbody tr").first().getByRole("link").click();
  await page.locator("#main h1", { hasText: "日志" }).waitFor();
  await page.locator(".log-line", { hasText: "DELETE" }).click();
  const line = page.getByRole("dialog");
  await line.getByRole("link", { name: "这个小程序的所有日志" }).click();
  await page.locator(".log-line").nth(2).waitFor();
  expect(page.url()).toEndWith(`/console/logs?app=${APPID}`);
  expect(visitor.complaints).toEqual([]);
}, 120_000);

test("the log is live, and waits during a pause", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server, { locale: "en-US" });
  const { page } = visitor;
  const request = (path: string) => fetch(`${server.waferd.url}/api/v1/${path}`);
  await visitor.goto("/logs?code=keyRequired");
  await visitor.signIn();
  await page.locator("#main .status.good", { hasText: "Live" }).waitFor();
  await request("apps");
  await page.locator(".log-line").first().waitFor();
  const count = await page.locator(".log-line").count();
  await page.getByRole("button", { name: "Pause" }).click();
  await request("apps");
  await page.getByRole("button", { name: "Go on (1 new)" }).waitFor();
  expect(await page.locator(".log-line").count()).toBe(count);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.locator(".log-line").nth(count).waitFor();
}, 60_000);

test("a credential is renewed without its value on the page", async () => {
  await using server = await ConsoleServer.start();
  const path = `${server.waferd.url}/api/v1/apps/${APPID}/credentials/access-token`;
  const headers = { authorization: `Bearer ${server.waferd.adminKey}` };
  const before = (await (await fetch(path, { headers })).json()) as { value: string };
  await using visitor = await Visitor.open(server, { locale: "en-US" });
  const { page } = visitor;
  await visitor.goto(`/credentials/${APPID}/access-token`);
  await visitor.signIn();
  await page.getByRole("button", { name: "Renew" }).click();
  await page.getByText("Access token renewed").waitFor();
  const after = (await (await fetch(path, { headers })).json()) as { value: string };
  expect(after.value).not.toBe(before.value);
  const text = await page.content();
  expect(text).not.toContain(before.value);
  expect(text).not.toContain(after.value);
}, 60_000);
