/** Every page of the console: it opens, complains of nothing, and is fit for everybody. */
import { expect, test } from "bun:test";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

const APPID = "wx0000000000000de0";
/** The cumulative layout shift below which a page counts as still. */
const MOST_MOVED = 0.1;

const PAGES = [
  { path: "/", zh: "概览", en: "Overview" },
  { path: "/apps", zh: "小程序", en: "Apps" },
  { path: `/apps/${APPID}`, zh: "小程序", en: "Apps" },
  { path: "/apps?add=1", zh: "小程序", en: "Apps" },
  { path: "/agents", zh: "企业微信", en: "WeCom" },
  { path: "/agents/ww0000000000000de0/1000002", zh: "企业微信", en: "WeCom" },
  { path: "/users", zh: "用户", en: "Users" },
  { path: "/credentials", zh: "凭证", en: "Credentials" },
  { path: "/keys?add=1", zh: "密钥", en: "Keys" },
  { path: "/audit", zh: "审计", en: "Audit" },
  { path: "/logs", zh: "日志", en: "Logs" },
  { path: "/settings", zh: "设置", en: "Settings" },
  { path: "/settings?tab=config", zh: "设置", en: "Settings" },
  { path: "/settings?tab=backups", zh: "设置", en: "Settings" },
  { path: "/settings?tab=check", zh: "设置", en: "Settings" },
  { path: "/api", zh: "接口文档", en: "API" },
  { path: "/sandbox", zh: "沙箱", en: "Sandbox" },
  { path: "/first-steps", zh: "快速开始", en: "First steps" },
  { path: "/no-such-page", zh: "没有这个页面", en: "No such page" },
];

const LOOKS = [
  { language: "zh", locale: "zh-CN", colorScheme: "light", width: 1280 },
  { language: "en", locale: "en-US", colorScheme: "dark", width: 390 },
] as const;

test.each(LOOKS)(
  "pages in $language, $colorScheme, $width px wide",
  async (look) => {
    const { language, locale, colorScheme, width } = look;
    await using server = await ConsoleServer.start();
    await using visitor = await Visitor.open(server, {
      locale,
      colorScheme,
      viewport: { width, height: 844 },
    });
    await visitor.goto("/");
    expect(await visitor.faults()).toEqual([]);
    await visitor.signIn();
    const unfit: unknown[] = [];
    for (const page of PAGES) {
      await visitor.goto(page.path);
      await visitor.page.locator("#main h1", { hasText: page[language] }).waitFor();
      await visitor.isLoaded();
      const isTooWide = await visitor.page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth",
      );
      const faults = await visitor.faults();
      let moved = await visitor.moved();
      // A busy machine may paint between two answers: a jump that counts is there each time.
      for (let tries = 0; tries < 2 && moved.sum > MOST_MOVED; tries += 1) {
        await visitor.goto(page.path);
        await visitor.isLoaded();
        moved = await visitor.moved();
      }
      if (isTooWide || faults.length > 0 || moved.sum > MOST_MOVED)
        unfit.push({ path: page.path, isTooWide, faults, moved });
    }
    expect(unfit).toEqual([]);
  },
  180_000,
);
