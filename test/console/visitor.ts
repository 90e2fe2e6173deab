/** A browser at the console, which sees its complaints and every request elsewhere. */
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { until } from "../harness/until.ts";
import type { ConsoleServer } from "./console-server.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** Findings of axe that a page must not have. */
const SERIOUS = ["serious", "critical"];

interface Finding {
  id: string;
  impact: string;
  nodes: { html: string }[];
}

export class Visitor implements AsyncDisposable {
  readonly page: Page;
  /** Errors of scripts and of the policy; failed loads of a refused call are left out. */
  readonly complaints: string[] = [];
  /** Requests to other servers. */
  readonly elsewhere: string[] = [];
  readonly #browser: Browser;
  readonly #server: ConsoleServer;

  private constructor(browser: Browser, page: Page, server: ConsoleServer) {
    this.#browser = browser;
    this.#server = server;
    this.page = page;
  }

  static async open(server: ConsoleServer, options: BrowserContextOptions = {}): Promise<Visitor> {
    const browser = await chromium.launch({
      executablePath: Bun.which("chromium") ?? "",
      args: ["--no-sandbox", "--headless", "--disable-background-networking"],
    });
    const context = await browser.newContext({
      locale: "zh-CN",
      viewport: { width: 1280, height: 900 },
      ...options,
    });
    const visitor = new Visitor(browser, await context.newPage(), server);
    await visitor.#watch(visitor.page);
    return visitor;
  }

  /** Opens an address below the console. */
  async goto(path: string): Promise<void> {
    await this.page.goto(`${this.#server.url}/console${path}`);
  }

  /** Signs in at the page that is open. */
  async signIn(): Promise<void> {
    await this.page.locator("input[type=password]").fill(this.#server.waferd.adminKey);
    await this.page.keyboard.press("Enter");
    await this.page.locator("#main h1").waitFor();
  }

  /** Waits for the file that a step downloads. */
  async download(step: () => Promise<void>): Promise<{ name: string; bytes: Uint8Array }> {
    const [file] = await Promise.all([this.page.waitForEvent("download"), step()]);
    return { name: file.suggestedFilename(), bytes: await Bun.file(await file.path()).bytes() };
  }

  /** Waits until the page has its data, and nothing on it changes its colour. */
  async isLoaded(): Promise<void> {
    await until(() =>
      this.page.evaluate<boolean>(
        "!document.querySelector('[aria-busy=true], .bone') && document.getAnimations().length === 0",
      ),
    );
  }

  /** Opens a page of others in the same browser, which may go anywhere. */
  async strangerPage(): Promise<Page> {
    return this.page.context().newPage();
  }

  /** Ends the session at the server, as its expiry does; the page does not learn of it. */
  async endSession(): Promise<void> {
    const url = `${this.#server.url}/console/session`;
    const cookies = await this.page.context().cookies(url);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const headers = { cookie, origin: this.#server.url };
    const { status } = await fetch(url, { method: "DELETE", headers });
    if (status !== 204) throw new Error(`the session was not ended: ${status}`);
  }

  /** Returns the serious findings of axe, one line each. */
  async faults(): Promise<string[]> {
    const source = await Bun.file(AXE).text();
    const found = (await this.page.evaluate(`${source};axe.run()`)) as { violations: Finding[] };
    return found.violations
      .filter(({ impact }) => SERIOUS.includes(impact))
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }

  async #watch(page: Page): Promise<void> {
    await page.route("**/*", (route) => {
      const url = route.request().url();
      if (url.startsWith(`${this.#server.url}/`) || url.startsWith("data:"))
        return route.continue();
      this.elsewhere.push(url);
      return route.abort();
    });
    page.on("console", (message) => {
      const isRefusal = /status of [45]\d\d|ERR_CONNECTION|ERR_INCOMPLETE/.test(message.text());
      if (message.type() === "error" && !isRefusal) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
  }
}
