/** Ways through the console: history, filters in the address, a narrow screen, the switches. */
import { expect, test } from "bun:test";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

test("back and forward lead through panels, filters and pages", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server, { locale: "en-US" });
  const { page } = visitor;
  await visitor.goto("/apps");
  await visitor.signIn();
  await page.getByRole("link", { name: "Demo" }).click();
  await page.getByRole("dialog", { name: "Demo" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByLabel("Change").selectOption("agent.registered");
  await page.getByText("Agent saved").nth(1).waitFor();
  expect(page.url()).toEndWith("/console/audit?action=agent.registered");
  await page.goBack();
  await page.getByText("App added").nth(1).waitFor();
  await page.goBack();
  await page.goBack();
  await page.getByRole("dialog", { name: "Demo" }).waitFor();
  await page.goForward();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(visitor.complaints).toEqual([]);
}, 60_000);

test("on a narrow screen the menu is a drawer, and a row has two lines", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server, {
    locale: "en-US",
    viewport: { width: 390, height: 844 },
  });
  const { page } = visitor;
  await visitor.goto("/");
  await visitor.signIn();
  await page.getByRole("button", { name: "Menu" }).click();
  const drawer = page.getByRole("dialog", { name: "Menu" });
  await drawer.getByRole("link", { name: "Apps" }).click();
  await drawer.waitFor({ state: "hidden" });
  const row = page.locator("#main .list tbody tr", { hasText: "Demo" });
  await row.waitFor();
  const box = await row.boundingBox();
  expect(box?.height).toBeGreaterThan(44);
  expect(box?.height).toBeLessThan(80);
}, 60_000);

test("language and theme follow the browser until they are chosen, and the choice stays", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server, { locale: "fr-FR", colorScheme: "dark" });
  const { page } = visitor;
  const look = () =>
    page.evaluate(
      "[document.documentElement.lang, document.documentElement.getAttribute('theme-mode')]",
    );
  await visitor.goto("/");
  await page.getByLabel("Admin key").waitFor();
  expect(await look()).toEqual(["en", "dark"]);
  await page.emulateMedia({ colorScheme: "light" });
  expect(await look()).toEqual(["en", "light"]);
  await page.getByRole("button", { name: "中文" }).click();
  await page.getByRole("button", { name: "深色" }).click();
  await page.reload();
  await page.getByLabel("管理密钥").waitFor();
  expect(await look()).toEqual(["zh-CN", "dark"]);
}, 60_000);
