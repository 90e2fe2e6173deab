/** The page at /docs, in a browser that reaches nothing but the server. */
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { noteSecret } from "../harness/secrets.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";

/** Folder for screenshots, which are not committed. */
const ARTEFACTS = join(import.meta.dir, "../../dist/artefacts");

const launch = () =>
  chromium.launch({
    executablePath: Bun.which("chromium") ?? "",
    args: ["--no-sandbox", "--headless", "--disable-background-networking"],
  });

/** Opens an operation of the page, fills it in, executes it, and returns the answer. */
async function tryOut(
  page: Page,
  id: string,
  fill: { parameters?: Record<string, string>; body?: object },
) {
  const block = page.locator(`[id$="-${id}"]`);
  await block.locator(".opblock-summary").click();
  for (const [name, value] of Object.entries(fill.parameters ?? {}))
    await block.locator(`tr[data-param-name="${name}"] input`).fill(value);
  if (fill.body !== undefined)
    await block.locator("textarea.body-param__text").fill(JSON.stringify(fill.body));
  await block.getByRole("button", { name: "Execute" }).click();
  const answer = block.locator(".live-responses-table");
  await answer.waitFor();
  const status = Number(await answer.locator("tbody .response-col_status").first().innerText());
  const text = await answer
    .locator(".response-col_description pre.microlight, .response-col_description .microlight code")
    .first()
    .innerText();
  return { status, body: JSON.parse(text) };
}

test("/docs in a dark Chinese browser is dark and in Chinese", async () => {
  await using waferd = await Waferd.start();
  const browser = await launch();
  try {
    const page = await browser.newPage({ locale: "zh-CN", colorScheme: "dark" });
    await page.goto(`${waferd.url}/docs`);
    await page.getByText("列出企业微信应用").waitFor();
    const background = () =>
      page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
    expect(await background()).toBe("rgb(28, 32, 34)");
    mkdirSync(ARTEFACTS, { recursive: true });
    await page.screenshot({ path: join(ARTEFACTS, "docs-dark.png") });
    await page.emulateMedia({ colorScheme: "light" });
    await until(async () => (await background()) === "rgba(0, 0, 0, 0)");
    await page.getByRole("link", { name: "English" }).click();
    await page.getByText("List WeCom agents").waitFor();
  } finally {
    await browser.close();
  }
}, 180_000);

test("/docs keeps the key in its tab, creates an app, logs a user in, in two languages", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const browser = await launch();
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 1600 } });
    const page = await context.newPage();
    const elsewhere: string[] = [];
    const complaints: string[] = [];
    await page.route("**/*", (route) => {
      const url = route.request().url();
      if (url.startsWith(`${waferd.url}/`) || url.startsWith("data:")) return route.continue();
      elsewhere.push(url);
      return route.abort();
    });
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(`${waferd.url}/docs`);
    await page.getByRole("heading", { name: /waferd/ }).waitFor();

    await page.getByRole("button", { name: "Authorize" }).click();
    await page.locator(".modal-ux input").fill(waferd.adminKey);
    await page.locator(".modal-ux").getByRole("button", { name: "Apply credentials" }).click();
    await page.locator(".modal-ux").getByRole("button", { name: "Close" }).click();

    const secret = "the-secret-of-an-app-of-the-page";
    noteSecret(secret);
    const created = await tryOut(page, "postApps", {
      body: { appid: "wx-of-the-page", secret, title: "页面" },
    });
    expect(created).toMatchObject({
      status: 201,
      body: { appid: "wx-of-the-page", title: "页面" },
    });

    const phone = await tryOut(page, "sandboxLogin", { parameters: { user: "alice" } });
    const { code, encryptedData, iv } = phone.body;
    const login = await tryOut(page, "postSessions", { body: { code, encryptedData, iv } });
    expect(login).toMatchObject({ status: 201, body: { userInfo: { nickName: "alice" } } });
    const { id, skey } = login.body;
    noteSecret(code, skey);
    const verified = await tryOut(page, "postSessionsByIdVerify", {
      parameters: { id },
      body: { skey },
    });
    expect(verified).toMatchObject({ status: 200, body: { id, userInfo: { nickName: "alice" } } });

    mkdirSync(ARTEFACTS, { recursive: true });
    await page.screenshot({ path: join(ARTEFACTS, "docs.png"), fullPage: true });

    await page.getByRole("link", { name: "中文" }).click();
    await page.getByText("为 COS 现行的 XML API 请求签名").waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh");
    expect(await page.locator("#languages [aria-current]").innerText()).toBe("中文");
    await page.screenshot({ path: join(ARTEFACTS, "docs-zh.png"), fullPage: true });
    await page.setViewportSize({ width: 390, height: 844 });
    await page.screenshot({ path: join(ARTEFACTS, "docs-zh-390.png") });
    await page.setViewportSize({ width: 1280, height: 1600 });
    await page.reload();
    expect(await tryOut(page, "getApps", {})).toMatchObject({ status: 200 });

    const other = await context.newPage();
    await other.goto(`${waferd.url}/docs`);
    await other.getByRole("button", { name: "Authorize" }).waitFor();
    expect(await tryOut(other, "getApps", {})).toMatchObject({ status: 401 });

    await page.getByRole("button", { name: "Authorize" }).click();
    await page.locator(".modal-ux").getByRole("button", { name: "Remove authorization" }).click();
    await page.goto(`${waferd.url}/docs?lang=zh`);
    expect(await tryOut(page, "getApps", {})).toMatchObject({ status: 401 });
    expect(await page.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);

    complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("401")));
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await context.cookies()).toEqual([]);
  } finally {
    await browser.close();
  }
}, 180_000);
