/** The page at /docs, in a browser that reaches nothing but the server. */
import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { noteSecret } from "../harness/secrets.ts";
import { Waferd } from "../harness/waferd.ts";

/** Folder for screenshots, which are not committed. */
const ARTEFACTS = join(import.meta.dir, "../../dist/artefacts");

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

test("/docs authorizes by the key, creates an app, logs a user in and verifies the session", async () => {
  await using waferd = await Waferd.start({ args: ["--sandbox"] });
  const browser = await chromium.launch({
    executablePath: Bun.which("chromium") ?? "",
    args: ["--no-sandbox", "--headless", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
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
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    expect(await page.context().cookies()).toEqual([]);
  } finally {
    await browser.close();
  }
}, 60_000);
