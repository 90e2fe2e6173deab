/** Large bodies through the gateway, slow and leaving clients, and an upstream that misbehaves. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { memoryOf } from "../load/process-figures.ts";
import { childrenOf } from "../harness/processes.ts";
import { until } from "../harness/until.ts";
import { Waferd } from "../harness/waferd.ts";
import { APP } from "../harness/production.ts";
import { keyOf } from "./keys.ts";

const MIB = 1024 * 1024;
/** The most by which memory may grow. */
const MOST_GROWTH = 20 * MIB;

/** An API server whose answers are as large, slow and wrong as its tests need. */
class Upstream {
  /** The requests in progress, by path. */
  readonly open = new Map<string, number>();
  /** Bytes of bodies received, and answered, by path. */
  readonly received = new Map<string, number>();
  readonly sent = new Map<string, number>();
  readonly calls = new Map<string, number>();
  readonly headers = new Map<string, IncomingMessage["headers"]>();
  readonly #server = createServer((asked, answer) => {
    void this.#answer(asked, answer).catch(() => asked.destroy());
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(`http://upstream${asked.url}`);
    add(this.calls, pathname, 1);
    add(this.open, pathname, 1);
    this.headers.set(pathname, asked.headers);
    answer.on("close", () => add(this.open, pathname, -1));
    if (pathname !== "/slow/upload")
      for await (const chunk of asked) add(this.received, pathname, (chunk as Buffer).length);
    const json = (value: object): void => {
      answer.writeHead(200, { "Content-Type": "text/plain" }).end(JSON.stringify(value));
    };
    if (pathname === "/cgi-bin/stable_token")
      return json({ access_token: `token-${Math.random()}`, expires_in: 7200 });
    if (pathname.startsWith("/download/")) {
      const bytes = Number(searchParams.get("bytes"));
      answer.writeHead(200, {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="x"',
        "Set-Cookie": "secret=1",
        ...(pathname.endsWith("/known") && { "Content-Length": bytes }),
      });
      const chunk = Buffer.alloc(64 * 1024, "x");
      for (let left = bytes; left > 0 && !answer.destroyed; left -= chunk.length) {
        add(this.sent, pathname, Math.min(left, chunk.length));
        if (!answer.write(chunk.subarray(0, left)))
          await new Promise((resolve) => {
            answer.once("drain", resolve);
            answer.once("close", resolve);
          });
      }
      answer.end();
      return;
    }
    if (pathname === "/hang") return;
    if (pathname === "/reset") return void asked.socket.resetAndDestroy();
    if (pathname === "/half") {
      answer.writeHead(200, { "Content-Length": 100_000 }).write("x".repeat(50_000));
      setTimeout(() => asked.socket.resetAndDestroy(), 100);
      return;
    }
    if (pathname === "/redirect") return void answer.writeHead(302, { Location: "/hang" }).end();
    return json({ errcode: 0, received: this.received.get(pathname) ?? 0 });
  }
}

const add = (counts: Map<string, number>, name: string, amount: number): void => {
  counts.set(name, (counts.get(name) ?? 0) + amount);
};

const upstream = new Upstream();
let waferd: Waferd;
let headers: Record<string, string>;
let base: string;
beforeAll(async () => {
  const address = await upstream.listen();
  waferd = await Waferd.start({
    environment: { WAFERD_WECHAT_API_BASE: address, WAFERD_WECHAT_TIMEOUT: "2" },
  });
  const { adminKey } = waferd;
  await waferd.call("qcloud.cam.initapp", { appid: APP.appid, secret: APP.secret }, { key: adminKey });
  const key = await keyOf({ waferd, adminKey }, {});
  headers = { Authorization: `Bearer ${key}` };
  base = `${waferd.url}/wechat/${APP.appid}`;
});
afterAll(async () => {
  await waferd[Symbol.asyncDispose]();
  upstream.close();
});

/** Runs something, and returns by how much the worker's own memory grew meanwhile, at most. */
async function growthDuring(run: () => Promise<unknown>): Promise<number> {
  const [worker = 0] = childrenOf(waferd.pid);
  const before = memoryOf(worker).own;
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(worker).own);
  }, 20);
  await run();
  clearInterval(timer);
  return most - before;
}

async function download(path: string, bytes: number): Promise<Response> {
  const answer = await fetch(`${base}${path}?bytes=${bytes}`, { headers });
  expect(answer.status).toBe(200);
  return answer;
}

async function readAll(answer: Response): Promise<number> {
  let bytes = 0;
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) bytes += chunk.length;
  return bytes;
}

test.each(["/download/known", "/download/chunked"])(
  "a 100 MiB answer of %s goes through in little memory",
  async (path) => {
    const [warm, large] = [8 * MIB, 100 * MIB];
    await readAll(await download(path, warm));
    const growth = await growthDuring(async () => {
      const answer = await download(path, large);
      expect(answer.headers.get("content-disposition")).toBe('attachment; filename="x"');
      expect(answer.headers.get("set-cookie")).toBeNull();
      expect(answer.headers.get("content-length")).toBe(
        path.endsWith("known") ? String(large) : null,
      );
      expect(await readAll(answer)).toBe(large);
    });
    expect(growth).toBeLessThan(MOST_GROWTH);
  },
  60_000,
);

test("a 20 MiB upload goes through in little memory, with its length", async () => {
  const upload = async (bytes: number) =>
    (
      await fetch(`${base}/upload/${bytes}`, {
        ...{ method: "POST", body: new Uint8Array(bytes) },
        headers: { ...headers, "Content-Type": "image/png", "User-Agent": "an SDK", Cookie: "a=b" },
      })
    ).json();
  await upload(4 * MIB);
  const growth = await growthDuring(async () => {
    expect(await upload(20 * MIB)).toEqual({ errcode: 0, received: 20 * MIB });
  });
  expect(growth).toBeLessThan(MOST_GROWTH);
  const passed = upstream.headers.get(`/upload/${20 * MIB}`) ?? {};
  expect(passed).toMatchObject({
    ...{ "content-length": String(20 * MIB), "content-type": "image/png", "user-agent": "an SDK" },
  });
  for (const name of ["authorization", "cookie", "x-forwarded-for"])
    expect(passed[name]).toBeUndefined();
}, 60_000);

test.each<{ name: string; body: () => BodyInit }>([
  { name: "a length", body: () => new Uint8Array(20 * MIB + 1) },
  {
    name: "no length",
    body: () => {
      let chunks = 0;
      return new ReadableStream({
        pull(stream) {
          chunks += 1;
          if (chunks > 400) stream.close();
          else stream.enqueue(new Uint8Array(64 * 1024));
        },
      });
    },
  },
])("a body of more than 20 MiB with $name is refused", async ({ body }) => {
  const answer = await fetch(`${base}/too/large`, { method: "POST", headers, body: body() });
  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ code: "bodyTooLarge" });
  await until(async () => (upstream.open.get("/too/large") ?? 0) === 0, 2000);
}, 30_000);

test("a slow reader slows WeChat down, and takes no memory", async () => {
  const path = "/download/slow";
  const growth = await growthDuring(async () => {
    const { hostname, port } = new URL(waferd.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `GET /wechat/${APP.appid}${path}?bytes=${200 * MIB} HTTP/1.1\r\nHost: x.example\r\nAuthorization: ${headers["Authorization"]}\r\n\r\n`,
    );
    socket.pause();
    await until(async () => (upstream.sent.get(path) ?? 0) > 0, 5000);
    await Bun.sleep(1000);
    const sent = upstream.sent.get(path) ?? 0;
    await Bun.sleep(500);
    expect(upstream.sent.get(path)).toBe(sent);
    socket.destroy();
  });
  expect(growth).toBeLessThan(MOST_GROWTH);
  await until(async () => upstream.open.get(path) === 0, 1000);
}, 30_000);

test.each<{ name: string; path: string; method: string }>([
  { name: "waits for an answer", path: "/hang", method: "GET" },
  { name: "reads an answer", path: "/download/left?bytes=1000000000", method: "GET" },
  { name: "uploads", path: "/slow/upload", method: "POST" },
])("a client that leaves while it $name ends the call to WeChat", async ({ path, method }) => {
  const [name = ""] = path.split("?");
  const { hostname, port } = new URL(waferd.url);
  const asked = request({
    ...{ hostname, port, method, path: `/wechat/${APP.appid}${path}` },
    headers: { ...headers, ...(method === "POST" && { "Content-Length": 10 * MIB }) },
  });
  asked.on("error", () => undefined);
  if (method === "POST") asked.write(new Uint8Array(2 * MIB));
  else asked.end();
  await until(() => upstream.open.get(name) === 1, 5000);
  asked.destroy();
  await until(() => upstream.open.get(name) === 0, 1000);
  expect(await waferd.logged((line) => line["path"] === name)).toMatchObject({ status: 499 });
});

test.each<{ path: string; status: number; code: string }>([
  { path: "/hang", status: 504, code: "wechatUnreachable" },
  { path: "/reset", status: 504, code: "wechatUnreachable" },
])("an upstream at $path is $code, and gets the call once", async ({ path, status, code }) => {
  const before = upstream.calls.get(path) ?? 0;
  const answer = await fetch(base + path, { method: "POST", headers, body: "{}" });
  expect({ status: answer.status, ...((await answer.json()) as object) }).toMatchObject({ status, code });
  expect((upstream.calls.get(path) ?? 0) - before).toBe(1);
});

test("an answer that breaks off breaks off for the client too", async () => {
  const answer = await fetch(`${base}/half`, { headers });
  expect(answer.status).toBe(200);
  expect(answer.arrayBuffer()).rejects.toThrow();
});

test("a redirect is passed on without its target, and not followed", async () => {
  const answer = await fetch(`${base}/redirect`, { headers, redirect: "manual" });
  expect(answer.status).toBe(302);
  expect(answer.headers.get("location")).toBeNull();
});
