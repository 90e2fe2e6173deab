/** The console's files over HTTP: who gets them, with which headers. */
import { expect, test } from "bun:test";
import { Waferd } from "../harness/waferd.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const SAFE = {
  "content-security-policy": POLICY,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** The Accept header of Chromium for a page. */
const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

const get = (url: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(url, { method, headers, redirect: "manual", decompress: false });

/** Returns the addresses of the files that the page loads. */
async function filesOf(url: string): Promise<string[]> {
  const page = await (await fetch(`${url}/console/`)).text();
  return [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = ""]) => path);
}

test("a browser that asks for / is led to the console; every other client gets the envelope", async () => {
  await using waferd = await Waferd.start();
  const led = await get(`${waferd.url}/`, { accept: BROWSER });
  expect(led.status).toBe(302);
  expect(led.headers.get("location")).toBe("/console/");
  expect(led.headers.get("vary")).toContain("Accept");
  expect(led.headers.get("cache-control")).toBe("no-store");
  for (const accept of ["*/*", "application/json", ""]) {
    const answer = await get(`${waferd.url}/`, { accept });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ returnCode: 1009, componentName: "MA" });
  }
  const posted = await fetch(`${waferd.url}/`, {
    method: "POST",
    body: "{}",
    headers: { accept: BROWSER },
  });
  expect(await posted.json()).toMatchObject({ returnCode: 1002 });
});

test("with EnableConsole = false there is no console, and / is as it was", async () => {
  await using waferd = await Waferd.start({ environment: { WAFERD_ENABLECONSOLE: "false" } });
  for (const path of ["/console", "/console/", "/console/apps", "/console/session"])
    expect((await get(`${waferd.url}${path}`, { accept: BROWSER })).status).toBe(404);
  const answer = await get(`${waferd.url}/`, { accept: BROWSER });
  expect(await answer.json()).toMatchObject({ returnCode: 1009 });
});

test("every address of the console is its page, and a file that is not there is 404", async () => {
  await using waferd = await Waferd.start();
  const at = (path: string) => get(`${waferd.url}${path}`);
  const plain = await at("/console");
  expect([plain.status, plain.headers.get("location")]).toEqual([302, "/console/"]);
  const page = await (await at("/console/")).text();
  expect(page).toContain('<div id="console"></div>');
  expect(page).toContain('<link rel="icon" href="data:,">');
  expect(page).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/);
  for (const path of ["/console/apps", "/console/users/wx1/0123?app=wx1", "/console/no-such-page"])
    expect(await (await at(path)).text()).toBe(page);
  for (const path of [
    ...["main.js", "main-00000000.js", "index.html", "index.html.gz", "a/index.html"],
    ...["..%2f..%2fadmin.key", "%2e%2e/admin.key", "%00.js", "constructor.js", "__proto__.js"],
  ]) {
    const answer = await at(`/console/${path}`);
    expect({ path, status: answer.status }).toEqual({ path, status: 404 });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  }
});

test("the page is asked for each time, its files never again, and both are compressed", async () => {
  await using waferd = await Waferd.start();
  const hashed = await filesOf(waferd.url);
  expect(hashed.length).toBeGreaterThanOrEqual(2);
  for (const [path, type, cache] of [
    ["/console/", "text/html; charset=utf-8", "no-cache"],
    ...hashed.map((file) => [
      file,
      file.endsWith(".css") ? "text/css; charset=utf-8" : "text/javascript; charset=utf-8",
      "public, max-age=31536000, immutable",
    ]),
  ] as [string, string, string][]) {
    const url = `${waferd.url}${path}`;
    const zipped = await get(url, { "accept-encoding": "gzip, br" });
    const plain = await get(url, { "accept-encoding": "identity" });
    const content = new Uint8Array(await plain.arrayBuffer());
    for (const answer of [zipped, plain])
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        ...SAFE,
        "content-type": type,
        "cache-control": cache,
        vary: expect.stringContaining("Accept-Encoding"),
      });
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    expect(plain.headers.get("content-encoding")).toBeNull();
    const body = new Uint8Array(await zipped.arrayBuffer());
    expect(Bun.gunzipSync(body)).toEqual(content);

    const etag = zipped.headers.get("etag") ?? "";
    const known = await get(url, { "if-none-match": `"other", ${etag}` });
    expect([known.status, known.headers.get("etag"), await known.text()]).toEqual([304, etag, ""]);
    const head = await get(url, { "accept-encoding": "gzip" }, "HEAD");
    expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([
      ...[200, type, ""],
    ]);
    expect(head.headers.get("content-length")).toBe(String(body.length));
  }
});
