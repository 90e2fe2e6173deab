/** The main action of each page, as a person does it. */
import { expect, test } from "bun:test";
import { noteSecret } from "../harness/secrets.ts";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

const APPID = "wx0000000000000de0";
const SECRET = "sandbox-demo-secret";

/** Has a user open the mini program, and returns what it sends. */
async function phoneOf(server: ConsoleServer, user: string) {
  const answer = await fetch(`${server.waferd.url}/sandbox/login?user=${user}&appid=${APPID}`);
  return (await answer.json()) as { code: string; encryptedData: string; iv: string };
}

test("first steps: the app is refused with a wrong AppSecret, then added, then logged in to", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto(`/apps/${APPID}`);
  await visitor.signIn();
  await page.getByRole("button", { name: "删除" }).click();
  const question = page.getByRole("dialog", { name: "删除 Demo" });
  await question.getByText("结束 0 个会话").waitFor();
  expect(await question.getByRole("button", { name: "删除" }).isDisabled()).toBe(true);
  await question.getByLabel("输入 Demo 以确认").fill("Demo");
  await question.getByRole("button", { name: "删除" }).click();
  await page.getByText("已删除 Demo").waitFor();

  await page.getByRole("link", { name: "概览" }).click();
  await page.locator("#main h1", { hasText: "快速开始" }).waitFor();
  await page.getByRole("textbox", { name: "AppID" }).fill(APPID);
  await page.getByLabel("AppSecret").fill("a-wrong-secret");
  noteSecret("a-wrong-secret", SECRET);
  await page.getByLabel("名称").fill("商城小程序");
  await page.getByRole("button", { name: "检查并添加" }).click();
  const alert = page.getByRole("alert");
  await alert.getByText("小程序没有添加").waitFor();
  await alert.getByText("AppSecret 不对").waitFor();
  expect(await alert.getByRole("link", { name: /请求 id/ }).getAttribute("href")).toMatch(
    /^\/console\/logs\?requestId=/,
  );

  await page.getByLabel("AppSecret").fill(SECRET);
  await page.getByRole("button", { name: "检查并添加" }).click();
  await page.getByText("等待第一次登录").waitFor();
  const code = page.getByRole("region", { name: "Express: server.mjs" });
  expect(await code.innerText()).toContain(`appid: "${APPID}"`);
  const { code: loginCode } = await phoneOf(server, "alice");
  const login = await fetch(`${server.waferd.url}/api/v1/sessions`, {
    method: "POST",
    body: JSON.stringify({ appid: APPID, code: loginCode }),
  });
  expect(login.status).toBe(201);
  await page.getByText("已有用户登录").waitFor();
  expect(visitor.complaints).toEqual([]);
}, 90_000);

test("two administrators: the later change of an app is refused, and shows the present values", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto(`/apps/${APPID}`);
  await visitor.signIn();
  const title = page.getByRole("dialog").getByLabel("名称");
  await title.fill("first");
  const change = await fetch(`${server.waferd.url}/api/v1/apps/${APPID}`, {
    method: "PATCH",
    headers: { authorization: `Bearer ${server.waferd.adminKey}`, "if-match": "*" },
    body: JSON.stringify({ title: "second" }),
  });
  expect(change.status).toBe(200);
  await page.getByRole("button", { name: "保存" }).click();
  await page.getByRole("alert").getByText("有人修改过").waitFor();
  await page.getByRole("button", { name: "重试" }).click();
  await page.getByRole("dialog", { name: "second" }).waitFor();
  expect(await title.inputValue()).toBe("second");
  await title.fill("third");
  await page.getByRole("button", { name: "保存" }).click();
  await page.getByText("已保存").waitFor();
  await page.getByRole("dialog", { name: "third" }).waitFor();
}, 60_000);

test("a key is made, shown once, and revoked, by the keyboard alone", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server, { locale: "en-US" });
  const { page } = visitor;
  const tabTo = async (name: string) => {
    for (let tries = 0; tries < 60; tries += 1) {
      await page.keyboard.press("Tab");
      const text = await page.evaluate(
        "document.activeElement.closest('label,a,button')?.textContent ?? ''",
      );
      if (String(text).includes(name)) return;
    }
    throw new Error(`no way to ${name} by Tab`);
  };
  await visitor.goto("/");
  await page.locator("input:focus").waitFor();
  await page.keyboard.type(server.waferd.adminKey);
  await page.keyboard.press("Enter");
  await page.locator("#main h1").waitFor();
  await tabTo("Keys");
  await page.keyboard.press("Enter");
  await page.locator("#main h1", { hasText: "Keys" }).waitFor();
  await tabTo("Make a key");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Make a key" }).waitFor();
  await tabTo("Name");
  await page.keyboard.type("shop server");
  await tabTo("Demo");
  await page.keyboard.press("Space");
  await tabTo("Make a key");
  await page.keyboard.press("Enter");
  const shown = page.getByRole("region", { name: "Service key" });
  const key = (await shown.locator("code").innerText()).trim();
  noteSecret(key);
  expect(key).toMatch(/^waferd_key_[0-9a-f]{64}$/);
  const allowed = await fetch(
    `${server.waferd.url}/api/v1/apps/${APPID}/credentials/access-token`,
    { headers: { authorization: `Bearer ${key}` } },
  );
  expect(allowed.status).toBe(200);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  expect(await page.content()).not.toContain(key);

  await page.getByRole("link", { name: "shop server" }).press("Enter");
  await page.getByRole("button", { name: "Revoke" }).press("Enter");
  const question = page.getByRole("dialog", { name: "Revoke shop server" });
  await question.getByLabel("Type shop server to confirm").press("s");
  await page.keyboard.type("hop server");
  await page.keyboard.press("Enter");
  await page.getByText("Revoked shop server").waitFor();
  await page.getByText("No key yet").waitFor();
}, 90_000);
