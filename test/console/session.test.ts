/** Signing in and out, and a server that goes away. */
import { expect, test } from "bun:test";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

test("a wrong key is refused in words, the right one leads to the page that was asked for", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto("/audit?action=app.created");
  await page.getByLabel("管理密钥").fill("not-the-admin-key");
  await page.getByRole("button", { name: "登录" }).click();
  await page.getByRole("alert").getByText("密钥不对").waitFor();
  await visitor.signIn();
  await page.locator("#main h1", { hasText: "审计" }).waitFor();
  expect(await page.getByLabel("变更").inputValue()).toBe("app.created");

  await page.getByRole("button", { name: "退出" }).click();
  await page.getByLabel("管理密钥").waitFor();
  expect(visitor.complaints).toEqual([]);
}, 60_000);

test("a session that has expired asks for the key again, at the same address", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto("/");
  await visitor.signIn();
  await visitor.endSession();
  await page.getByRole("link", { name: "凭证" }).click();
  await page.getByLabel("管理密钥").waitFor();
  await visitor.signIn();
  await page.locator("#main h1", { hasText: "凭证" }).waitFor();
  expect(page.url()).toEndWith("/console/credentials");
}, 60_000);

test("a server that stops is shown as away, and its pages go on when it returns", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto("/");
  await visitor.signIn();
  await page.getByText("正常").first().waitFor();
  await server.stop();
  await page.getByRole("link", { name: "小程序", exact: true }).click();
  await page.locator(".top").getByText("服务器没有应答").waitFor();
  await server.return();
  await page.getByRole("link", { name: "Demo" }).waitFor();
  await page.locator(".top").getByText("正常").waitFor();
}, 60_000);
