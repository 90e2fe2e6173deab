/**
 * Takes pictures of every page of the console for a reader to look through.
 *
 *     bun test/console/screenshots.ts [FOLDER]
 *
 * Without a folder they go to dist/artefacts/console/. The executable is the tests' own.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

const APPID = "wx0000000000000de0";
const folder = resolve(process.argv[2] ?? join(import.meta.dir, "../../dist/artefacts/console"));

/** A picture: an address below the console, and steps to take there. */
interface Picture {
  name: string;
  path: string;
  steps?: (page: Page) => Promise<void>;
}

const press = (page: Page, last: boolean): Promise<void> => {
  const buttons = page.locator("dialog[open] .t-button, #main .t-button");
  return (last ? buttons.last() : buttons.first()).click();
};

const PICTURES: readonly Picture[] = [
  { name: "overview", path: "/" },
  { name: "overview-hour", path: "/?span=hour" },
  { name: "apps", path: "/apps" },
  { name: "app", path: `/apps/${APPID}` },
  { name: "app-removal", path: `/apps/${APPID}`, steps: (page) => press(page, true) },
  { name: "app-new", path: "/apps?add=1", steps: (page) => refuse(page) },
  { name: "agents", path: "/agents" },
  { name: "agent", path: "/agents/ww0000000000000de0/1000002" },
  { name: "users", path: "/users" },
  { name: "users-none", path: "/users?openid=nobody" },
  { name: "users-found", path: "/users?by=nickname&find=b" },
  { name: "credentials", path: "/credentials" },
  { name: "credential", path: `/credentials/${APPID}/access-token` },
  { name: "keys", path: "/keys" },
  { name: "key-new", path: "/keys?add=1" },
  { name: "audit", path: "/audit" },
  { name: "logs", path: "/logs" },
  {
    name: "log-line",
    path: "/logs",
    steps: (page) => page.locator(".log-line").first().click(),
  },
  { name: "settings", path: "/settings" },
  { name: "settings-config", path: "/settings?tab=config&options=all" },
  { name: "settings-backups", path: "/settings?tab=backups" },
  { name: "settings-check", path: "/settings?tab=check" },
  { name: "api", path: "/api" },
  {
    name: "sandbox",
    path: "/sandbox",
    steps: (page) => page.locator("#main form .t-button").first().click(),
  },
  { name: "first-steps", path: `/first-steps?app=${APPID}` },
  { name: "first-app", path: "/first-steps?add=1" },
];

/** Has the server refuse a new app. */
async function refuse(page: Page): Promise<void> {
  const inputs = page.locator("dialog[open] input");
  await inputs.nth(0).fill("wx00000000000000ff");
  await inputs.nth(1).fill("not-the-secret-of-it");
  await page.locator("dialog[open] .t-button[type=submit]").click();
  await page.locator("dialog[open] .error-lines").waitFor();
}

const LOOKS = [
  { locale: "zh-CN", colorScheme: "light", width: 1280 },
  { locale: "zh-CN", colorScheme: "dark", width: 390 },
  { locale: "en-US", colorScheme: "dark", width: 1280 },
  { locale: "en-US", colorScheme: "light", width: 390 },
] as const;

/** Fills a server with users, tokens, a key and a failure. */
async function fill({ waferd }: ConsoleServer): Promise<void> {
  const call = (path: string, body?: object) =>
    fetch(waferd.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${waferd.adminKey}` },
      body: body === undefined ? null : JSON.stringify(body),
    });
  for (const user of ["alice", "bob", "张三", "李四"]) {
    const phone = await call(`/sandbox/login?user=${encodeURIComponent(user)}`);
    const { code, encryptedData, iv } = (await phone.json()) as Record<string, string>;
    const login = await call("/api/v1/sessions", { appid: APPID, code, encryptedData, iv });
    const { id, skey } = (await login.json()) as Record<string, string>;
    await call(`/api/v1/sessions/${id}/verify`, { skey });
  }
  await call("/api/v1/sessions", { appid: APPID, code: "not-a-code" });
  await call(`/api/v1/apps/${APPID}/credentials/access-token`);
  await call("/api/v1/backups", {});
  const capabilities = ["token", "session.read"];
  await call("/api/v1/service-keys", { title: "shop server", apps: [APPID], capabilities });
}

mkdirSync(folder, { recursive: true });
await using server = await ConsoleServer.start();
await fill(server);
for (const { locale, colorScheme, width } of LOOKS) {
  const viewport = { width, height: width < 480 ? 844 : 900 };
  await using visitor = await Visitor.open(server, { locale, colorScheme, viewport });
  const { page } = visitor;
  const take = async (name: string) => {
    await page.waitForTimeout(300);
    const file = `${name}-${locale.slice(0, 2)}-${colorScheme}-${width}.png`;
    const fullPage = (await page.locator("dialog[open]").count()) === 0;
    await page.screenshot({ path: join(folder, file), fullPage });
  };
  await visitor.goto("/");
  await page.locator("input").fill("not-the-admin-key");
  await page.keyboard.press("Enter");
  await page.locator(".error-lines").waitFor();
  await take("sign-in");
  await visitor.signIn();
  for (const { name, path, steps } of PICTURES) {
    await visitor.goto(path);
    await page.locator("#main h1").waitFor();
    await page.waitForTimeout(300);
    await steps?.(page);
    await take(name);
  }
}
console.log(`${LOOKS.length * (PICTURES.length + 1)} pictures in ${folder}`);
