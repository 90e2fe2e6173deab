/** The proxies of docs/proxies as the public meets them: TLS, logins, limits, outages, attacks. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:tls";
import { freePort } from "../harness/free-port.ts";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { noteSecret } from "../harness/secrets.ts";
import { PROXY_NAMES, type RunningProxy, started, startProxy } from "./proxies.ts";

const MAGIC_ID = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A";

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

/** A request as a server behind the proxy got it. */
interface Got {
  method: string;
  path: string;
  headers: Headers;
  bytes: number;
}

/** Stands where waferd does, passes on to it what it gets, and can be away. */
function recorder() {
  const got: Got[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body = await request.arrayBuffer();
      const { method, headers } = request;
      got.push({ method, path: pathname + search, headers, bytes: body.byteLength });
      const hasBody = body.byteLength > 0;
      return fetch(`${production.waferd.url}${pathname}${search}`, {
        ...{ method, headers },
        ...(hasBody && { body }),
      });
    },
  });
  return { got, host: `127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

function businessServer() {
  const got: Got[] = [];
  const server = Bun.serve<undefined>({
    port: 0,
    hostname: "127.0.0.1",
    maxRequestBodySize: 64 * 1024 * 1024,
    async fetch(request, server) {
      if (server.upgrade(request)) return;
      const { pathname } = new URL(request.url);
      const { method, headers } = request;
      const bytes = (await request.arrayBuffer()).byteLength;
      got.push({ method, path: pathname, headers, bytes });
      return pathname === "/broken"
        ? new Response("its own failure", { status: 500 })
        : Response.json({ bytes });
    },
    websocket: { message: (socket, message) => void socket.send(message) },
  });
  return { got, host: `127.0.0.1:${server.port}`, stop: () => server.stop(true) };
}

describe.each(PROXY_NAMES.map((name) => ({ name })))("$name", ({ name }) => {
  let waferd: ReturnType<typeof recorder>;
  let business: ReturnType<typeof businessServer>;
  let proxy: RunningProxy;
  beforeEach(async () => {
    waferd = recorder();
    business = businessServer();
    proxy = await startProxy(name, { waferd: waferd.host, business: business.host });
  }, 30_000);
  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    await Promise.all([waferd.stop(), business.stop()]);
  });

  const send = (path: string, init: RequestInit = {}) =>
    fetch(`${proxy.url}${path}`, { ...init, tls: { ca: proxy.ca } });

  async function loggedIn(user: string) {
    const { code } = production.device(production.user(user));
    const body = JSON.stringify({ appid: APP.appid, code });
    const answer = await send("/api/v1/sessions", { method: "POST", body });
    expect(answer.status).toBe(201);
    const { id, skey } = (await answer.json()) as { id: string; skey: string };
    noteSecret(skey);
    return { id, skey, headers: { "X-WX-Id": id, "X-WX-Skey": skey } };
  }

  test("plain http leads to https", async () => {
    const answer = await fetch(`${proxy.plainUrl}/orders?a=b`, { redirect: "manual" });
    expect(answer.status).toBe(308);
    expect(answer.headers.get("location")).toMatch(/^https:\/\/localhost(:\d+)?\/orders\?a=b$/);
  });

  test("a mini program logs in by REST and by the envelope, and sends its profile", async () => {
    const { id, skey, headers } = await loggedIn("alice");
    const { code } = production.device(production.user("bob"));
    const para = { code };
    const envelope = { interface: { interfaceName: "qcloud.cam.id_skey", para } };
    const body = JSON.stringify(envelope);
    const old = await send("/mina_auth", { method: "POST", body });
    expect(await old.json()).toMatchObject({ returnCode: 0 });
    const profile = await send(`/api/v1/sessions/${id}/user-info`, {
      method: "PUT",
      body: JSON.stringify({ skey, encryptedData: "AAAA", iv: "AAAA" }),
    });
    // It arrived, and the data is not a profile.
    expect(profile.status).toBe(422);
    expect((await send("/orders", { headers })).status).toBe(200);
    // The client's address counts for limits.
    expect(waferd.got[0]?.headers.get("x-forwarded-for")).toMatch(/^(127\.0\.0\.1|::1)$/);
  });

  test("the check gets the proof alone, the business server the user alone", async () => {
    const { id, headers } = await loggedIn("carol");
    const answer = await send("/orders", {
      headers: {
        ...headers,
        Cookie: "business=1",
        Authorization: "Bearer of-the-business",
        "X-Wafer-Openid": "forged",
        "X-Wafer-Extra": "forged",
      },
    });
    expect(answer.status).toBe(200);
    const check = waferd.got.at(-1);
    expect(check?.path).toBe(`/forward-auth?appid=${APP.appid}`);
    expect(check?.headers.get("x-wx-id")).toBe(id);
    expect([check?.headers.get("cookie"), check?.headers.get("authorization")]).toEqual([
      null,
      null,
    ]);
    const got = business.got.at(-1)?.headers;
    expect(got?.get("cookie")).toBe("business=1");
    expect(got?.get("authorization")).toBe("Bearer of-the-business");
    expect(got?.get("x-wx-skey") || null).toBeNull();
    expect(got?.get("x-wafer-openid")).toBe(production.user("carol").openid);
    expect(got?.get("x-wafer-appid")).toBe(APP.appid);
  });

  test("without a good session nothing reaches the business server", async () => {
    const { headers } = await loggedIn("dave");
    const bad = [{}, { ...headers, "X-WX-Skey": "0".repeat(64) }, { "X-Wafer-Openid": "forged" }];
    for (const one of bad) {
      const answer = await send("/orders", { headers: one as Record<string, string> });
      // The old SDKs act on the body of a success.
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ [MAGIC_ID]: 1, error: "ERR_INVALID_SESSION" });
    }
    expect(business.got).toEqual([]);
  });

  test("while waferd or WeChat cannot tell, the client gets 503, and is not told to log in", async () => {
    const { headers } = await loggedIn("erin");
    production.sandbox.faults.set("/sns/jscode2session", { errcode: -1 });
    const { code, rawData, signature } = production.device(production.user("frank"));
    const busy = await send("/orders", {
      headers: {
        "X-WX-Code": code,
        "X-WX-RawData": encodeURIComponent(rawData),
        "X-WX-Signature": signature,
      },
    });
    production.sandbox.faults.clear("/sns/jscode2session");
    expect(busy.status).toBe(503);
    await waferd.stop();
    const away = await send("/orders", { headers });
    expect(away.status).toBe(503);
    expect(away.headers.get("retry-after")).toBe("5");
    expect(await away.json()).toMatchObject({ [MAGIC_ID]: 1, error: "ERR_CHECK_LOGIN_FAILED" });
    expect(business.got).toEqual([]);
  });

  test("the business server's own failures go out as they are", async () => {
    const { headers } = await loggedIn("grace");
    const answer = await send("/broken", { headers });
    expect([answer.status, await answer.text()]).toEqual([500, "its own failure"]);
  });

  test("uploads pass up to 20 MiB, and logins up to 256 KiB", async () => {
    const { headers } = await loggedIn("heidi");
    const upload = (bytes: number) =>
      send("/photos", { method: "POST", headers, body: Buffer.alloc(bytes, "x") });
    expect(await (await upload(19_000_000)).json()).toEqual({ bytes: 19_000_000 });
    expect((await upload(22_000_000)).status).toBe(413);
    const large = await send("/api/v1/sessions", { method: "POST", body: "x".repeat(300_000) });
    expect(large.status).toBe(413);
  }, 60_000);

  test("a long profile in Chinese arrives in its header", async () => {
    const user = production.user("ivan");
    production.sandbox.world.change(user, {
      profile: { nickName: "伊万", city: "长".repeat(4000) },
    });
    const { id, skey } = (await production.login(user)).returnData;
    noteSecret(skey);
    const port = await freePort();
    const script = `require("node:http").createServer((request, response) =>
      response.end(request.headers["x-wafer-user-info"])).listen(${port}, "127.0.0.1")`;
    const command = ["node", "--max-http-header-size=65536", "-e", script];
    await using _patient = await started(command, `http://127.0.0.1:${port}`);
    const hosts = { waferd: waferd.host, business: `127.0.0.1:${port}` };
    await using patient = await startProxy(name, hosts);
    const answer = await fetch(`${patient.url}/orders`, {
      headers: { "X-WX-Id": id, "X-WX-Skey": skey },
      tls: { ca: patient.ca },
    });
    const info = await answer.text();
    expect(info.length).toBeGreaterThan(36_000);
    expect(JSON.parse(decodeURIComponent(info))).toMatchObject({ city: "长".repeat(4000) });
  });

  /** Sends a request line as it is, and returns the status. */
  const raw = (target: string, headers: Record<string, string>, method = "GET"): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(proxy.url);
      const options = { host: "localhost", port: Number(port), servername: "localhost" };
      const socket = connect({ ...options, ca: proxy.ca }, () => {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(
          `${method} ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.join("")}Content-Length: 0\r\n\r\n`,
        );
      });
      let answer = "";
      socket.on("data", (data) => (answer += data));
      socket.on("error", reject);
      socket.on("close", () => resolve(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? ""));
    });

  test("no path leads to waferd's administration, metrics or documentation", async () => {
    const key = `Bearer ${production.adminKey}`;
    const { headers } = await loggedIn("judy");
    waferd.got.length = 0;
    for (const target of [
      "/api/v1/apps",
      "//api/v1/apps",
      "/api/v1/sessions/../apps",
      "/api/v1/sessions/%2e%2e/apps",
      "/api/v1/sessions/..%2fapps",
      "/api/v1/sessions%2f..%2fapps",
      "/api/v1/sessions/../server",
      "/api/v1/apps/../sessions",
      "/API/V1/APPS",
      "/metrics",
      "/docs",
      "/openapi.json",
      "/readyz",
      "/forward-auth",
      "/_waferd",
      "/sandbox/login?user=a",
      "/mina_auth/../api/v1/apps",
    ])
      for (const method of ["GET", "POST", "PUT"])
        await raw(target, { ...headers, Authorization: key }, method);
    const reached = waferd.got.filter(({ path }) => !path.startsWith("/forward-auth?appid="));
    // A request that the proxy reads as a login is one, at the address that it writes itself.
    expect(new Set(reached.map(({ method, path }) => `${method} ${path}`))).toEqual(
      reached.length > 0 ? new Set(["POST /api/v1/sessions"]) : new Set(),
    );
    for (const { headers: sent } of waferd.got.filter(({ path }) => path.includes("forward")))
      expect(sent.get("authorization")).toBeNull();
  });

  test("a web socket reaches the business server", async () => {
    const { headers } = await loggedIn("kim");
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const socket = new WebSocket(proxy.url.replace("https:", "wss:"), {
      headers,
      tls: { ca: proxy.ca },
    } as never);
    socket.onopen = () => socket.send("你好");
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("the socket failed"));
    expect(await promise).toBe("你好");
    socket.close();
  });
});
