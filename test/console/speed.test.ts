/** The size of the first page; test/load/console.ts measures times. */
import { expect, test } from "bun:test";
import { ConsoleServer } from "./console-server.ts";
import { Visitor } from "./visitor.ts";

/** Kilobytes of gzip that the page may load before it can be used. */
const MOST_KB = 175;

test("the first page is small", async () => {
  await using server = await ConsoleServer.start();
  await using visitor = await Visitor.open(server);
  const { page } = visitor;
  const loaded = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    if (/\.(js|css)$/.test(response.url()))
      loaded.set(
        response.url(),
        response.body().then((body) => Bun.gzipSync(new Uint8Array(body)).length),
      );
  });
  await visitor.goto("/");
  await page.getByLabel("管理密钥").waitFor();
  await visitor.signIn();
  await page.locator(".chart canvas").waitFor();
  const sizes = await Promise.all(loaded.values());
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  expect(bytes / 1024).toBeLessThan(MOST_KB);
}, 60_000);
