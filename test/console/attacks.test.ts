/** Pages of others, and texts of others, that try to reach into the console. */
import { expect, test } from "bun:test";
import { until } from "../harness/until.ts";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

const APPID = "wx0000000000000de0";
const LOGIN_FAULT = "/sandbox/faults/sns/jscode2session";
const TOKEN_FAULT = "/sandbox/faults/cgi-bin/stable_token";

/** Serves one page on another port; as `localhost` it is another site, too. */
function foreignPage(html: string) {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response(html, { headers: { "Content-Type": "text/html" } }),
  });
  const { port } = server;
  return {
    sameSite: `http://127.0.0.1:${port}/`,
    otherSite: `http://localhost:${port}/`,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

test("a script in nicknames, titles, remarks, errmsgs and lines of the log is text", async () => {
  await using server = await ConsoleServer.start();
  const script = `<img src=x onerror="document.title='broken'">`;
  const call = (path: string, method: string, body: object) =>
    fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${server.waferd.adminKey}`, "if-match": "*" },
      body: JSON.stringify(body),
    });
  await call(`/sandbox/users/mallory?appid=${APPID}`, "PUT", { profile: { nickName: script } });
  await call(`/api/v1/apps/${APPID}`, "PATCH", { title: script });
  const agent = "/api/v1/work-agents/ww0000000000000de0/1000002";
  await call(agent, "PUT", { secret: "sandbox-demo-agent-secret", remark: script });
  const phone = await fetch(`${server.url}/sandbox/login?user=mallory&appid=${APPID}`);
  const { code, encryptedData, iv } = (await phone.json()) as Record<string, string>;
  await call("/api/v1/sessions", "POST", { appid: APPID, code, encryptedData, iv });
  await call(LOGIN_FAULT, "PUT", { errcode: 45011, errmsg: script });
  await call(TOKEN_FAULT, "PUT", { errcode: 40013, errmsg: script });
  await call("/api/v1/sessions", "POST", { appid: APPID, code: "another" });

  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  await visitor.goto("/apps");
  await visitor.signIn();
  for (const path of ["/apps", "/agents", "/users"]) {
    await visitor.goto(path);
    await page.locator("#main .list").getByText(script).first().waitFor();
  }
  await page.locator("#main .list a").first().click();
  await page.getByRole("dialog", { name: script }).waitFor();

  await visitor.goto("/apps?add=1");
  await page.getByRole("textbox", { name: "AppID" }).fill("wx00000000000000ff");
  await page.getByLabel("AppSecret").fill("any-secret");
  await page.getByRole("button", { name: "检查并添加" }).click();
  await page.getByRole("alert").getByText(script).waitFor();
  await visitor.goto("/logs?code=45011");
  await page.locator(".log-line").first().click();
  await page.getByRole("dialog").locator("pre").getByText("onerror").waitFor();
  expect(await page.title()).not.toBe("broken");
  expect(await page.locator("img").count()).toBe(0);
  expect(visitor.elsewhere).toEqual([]);
}, 60_000);

test("another site cannot show the console in a frame", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  await visitor.goto("/");
  await visitor.signIn();
  using foreign = foreignPage(`<iframe src="${server.url}/console/"></iframe>`);
  for (const url of [foreign.sameSite, foreign.otherSite]) {
    const page = await visitor.strangerPage();
    const refusals: string[] = [];
    page.on("console", (message) => refusals.push(message.text()));
    await page.goto(url);
    await until(() => refusals.some((text) => /frame/i.test(text)));
    const [, frame] = page.frames();
    expect(await frame?.locator("#console").count()).toBe(0);
    await page.close();
  }
}, 60_000);

test("a page of others changes nothing by the session of the console", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  await visitor.goto("/");
  await visitor.signIn();
  using foreign = foreignPage(`<form method="post" action="${server.url}/api/v1/backups"></form>`);
  for (const url of [foreign.sameSite, foreign.otherSite]) {
    const page = await visitor.strangerPage();
    await page.goto(url);
    await page.evaluate(`fetch("${server.url}/api/v1/backups", {
      method: "POST",
      mode: "no-cors",
      credentials: "include",
    })`);
    const answer = page.waitForResponse(`${server.url}/api/v1/backups`);
    await page.evaluate("document.forms[0].submit()");
    expect([401, 403]).toContain((await answer).status());
    await page.close();
  }
  const headers = { authorization: `Bearer ${server.waferd.adminKey}` };
  const backups = await fetch(`${server.url}/api/v1/backups`, { headers });
  expect(await backups.json()).toMatchObject({ items: [], runningSince: null });
}, 60_000);
