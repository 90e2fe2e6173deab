/** The console's session over HTTP: who may use its cookie, and from where. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { exchange, rawRequest, statusOf } from "../harness/raw-http.ts";
import { noteSecret } from "../harness/secrets.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";

const NAME = "wafer.example.com";
const servers: Record<string, Waferd> = {};
const folder = tempFolder();
beforeAll(async () => {
  const { certFile, keyFile } = selfSigned(folder.path);
  const sets = {
    plain: ["--cors-origins", "https://admin.example.com"],
    named: ["--public-url", `https://${NAME}`],
    TLS: ["--enablehttps", "--httpscertfile", certFile, "--httpskeyfile", keyFile],
    workers: ["--workers", "2"],
  };
  for (const [name, args] of Object.entries(sets))
    servers[name] = await Waferd.start({ args: ["--sandbox", ...args] });
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const serverOf = (name: string): Waferd => servers[name] as Waferd;

/** Sends a request with these very headers. */
async function send(
  server: Waferd,
  method: string,
  path: string,
  headers: Record<string, string | undefined>,
  body?: string,
): Promise<{ status: number | null; head: string; body: string }> {
  const given = { Host: new URL(server.url).host, Connection: "close", ...headers };
  const lines = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const answer = await exchange(server.url, rawRequest(method, path, lines, body));
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  return { status: statusOf(answer), head, body: rest.join("\r\n\r\n") };
}

/** Signs in as a page of the server does; returns the Cookie header. */
async function signIn(server: Waferd, headers: Record<string, string> = {}): Promise<string> {
  const key = JSON.stringify({ key: server.adminKey });
  const own = { Origin: server.url, ...headers };
  const { status, head } = await send(server, "POST", "/console/session", own, key);
  expect(status).toBe(200);
  const token = /^set-cookie: waferd_console=([0-9a-f]{64});/im.exec(head)?.[1] ?? "";
  noteSecret(token);
  return `waferd_console=${token}`;
}

const APPS = "/api/v1/apps";

test("signing in sets the cookie, which the API takes until signing out", async () => {
  const server = serverOf("plain");
  const key = JSON.stringify({ key: server.adminKey });
  const signed = await send(server, "POST", "/console/session", { Origin: server.url }, key);
  expect(signed.head).toMatch(
    /^set-cookie: waferd_console=[0-9a-f]{64}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict\r?$/im,
  );
  const { id, expiresAt } = JSON.parse(signed.body);
  expect(id).toMatch(/^[0-9a-f]{8}$/);
  expect(Date.parse(expiresAt) - Date.now()).toBeWithin(12 * 3_600_000 - 60_000, 12 * 3_600_001);
  const cookie = /^set-cookie: ([^;]+)/im.exec(signed.head)?.[1] ?? "";
  const own = { Cookie: cookie, Origin: server.url };
  expect(JSON.parse((await send(server, "GET", "/console/session", own)).body).id).toBe(id);
  const app = JSON.stringify({ appid: "wx00000000000000c0", secret: "c".repeat(32) });
  expect((await send(server, "POST", APPS, own, app)).status).toBe(201);
  const audit = JSON.parse((await send(server, "GET", "/api/v1/audit", own)).body);
  expect(audit.items[0]).toMatchObject({ by: `console:${id}`, action: "app.created" });
  const out = await send(server, "DELETE", "/console/session", own);
  expect(out.status).toBe(204);
  expect(out.head).toMatch(/^set-cookie: waferd_console=; Path=\/; Max-Age=0;/im);
  for (const path of [APPS, "/console/session"])
    expect((await send(server, "GET", path, own)).status).toBe(401);
});

test.each([
  { name: "a wrong key", body: '{"key":"wrong"}', status: 401 },
  { name: "no key", body: "{}", status: 400 },
  { name: "an empty key", body: '{"key":""}', status: 400 },
  { name: "a key of another type", body: '{"key":["x"]}', status: 400 },
  { name: "null", body: "null", status: 400 },
  { name: "no JSON", body: "key=x", status: 400 },
  { name: "nothing", body: "", status: 400 },
  { name: "too long a key", body: JSON.stringify({ key: "k".repeat(1001) }), status: 400 },
  { name: "too large a body", body: JSON.stringify({ key: "k".repeat(300_000) }), status: 413 },
])("signing in with $name answers $status and sets no cookie", async ({ body, status }) => {
  const server = serverOf("plain");
  const answer = await send(server, "POST", "/console/session", { Origin: server.url }, body);
  expect(answer.status).toBe(status);
  expect(answer.head).not.toMatch(/set-cookie/i);
  expect(JSON.parse(answer.body)).toMatchObject({ status, requestId: expect.any(String) });
});

/** Where a request with a good cookie comes from. `own` stands for the server's own host. */
const SOURCES: { from: string; server?: string; headers: Record<string, string>; ok: boolean }[] = [
  { from: "a page of its own", headers: { Origin: "http://own" }, ok: true },
  {
    from: "a page of its own, by Sec-Fetch-Site",
    headers: { "Sec-Fetch-Site": "same-origin" },
    ok: true,
  },
  { from: "a client that says nothing", headers: {}, ok: false },
  { from: "a page of another site", headers: { Origin: "https://evil.example" }, ok: false },
  { from: "another port", headers: { Origin: "http://127.0.0.1:1" }, ok: false },
  { from: "an opaque origin", headers: { Origin: "null" }, ok: false },
  {
    from: "an allowed origin of CORS",
    headers: { Origin: "https://admin.example.com" },
    ok: false,
  },
  { from: "an origin with userinfo", headers: { Origin: "http://own@evil.example" }, ok: false },
  {
    from: "a foreign page that Sec-Fetch-Site names",
    headers: { "Sec-Fetch-Site": "cross-site" },
    ok: false,
  },
  { from: "a sibling site", headers: { "Sec-Fetch-Site": "same-site" }, ok: false },
  { from: "the address bar", headers: { "Sec-Fetch-Site": "none" }, ok: false },
  {
    from: "a foreign page that lies",
    headers: { Origin: "https://evil.example", "Sec-Fetch-Site": "same-origin" },
    ok: false,
  },
  ...[
    ["localhost", true],
    ["LOCALHOST:8888", true],
    ["localhost.:8888", true],
    ["192.168.1.5", true],
    ["[2001:db8::1]:8888", true],
    ["evil.example", false],
    ["evil.example:8888", false],
    ["localhost.evil.example", false],
    ["127.0.0.1.evil.example", false],
    ["127.0.0.1@evil.example", false],
    ["2130706433", false],
    ["0x7f.1", false],
    [NAME, false],
    ["", false],
  ].map(([host, ok]) => ({
    from: `the Host ${JSON.stringify(host)}`,
    headers: { Host: `${host}`, "Sec-Fetch-Site": "same-origin" },
    ok: ok === true,
  })),
  ...[
    [NAME, `https://${NAME}`, true],
    [NAME.toUpperCase(), `https://${NAME}`, true],
    [`${NAME}:443`, `https://${NAME}`, true],
    ["127.0.0.1:8888", `https://${NAME}`, true],
    [`${NAME}:8443`, `https://${NAME}`, false],
    [`x.${NAME}`, `https://x.${NAME}`, false],
    [`${NAME}.evil.example`, `https://${NAME}.evil.example`, false],
    [NAME, `https://${NAME}.evil.example`, false],
    [NAME, `http://${NAME}`, false],
  ].map(([host, origin, ok]) => ({
    from: `${origin} at the Host ${host}`,
    server: "named",
    headers: { Host: `${host}`, Origin: `${origin}` },
    ok: ok === true,
  })),
  { from: "plain HTTP", server: "TLS", headers: { Origin: "http://own" }, ok: false },
  { from: "a page of its own", server: "TLS", headers: { Origin: "https://own" }, ok: true },
];

describe("a cookie", () => {
  test.each(SOURCES)("from $from, at the server $server: counts $ok", async (source) => {
    const server = serverOf(source.server ?? "plain");
    const cookie = await signIn(server);
    const { host } = new URL(server.url);
    const headers = Object.fromEntries(
      Object.entries(source.headers).map(([name, value]) => [name, value.replace("own", host)]),
    );
    const request = { Cookie: cookie, ...headers };
    for (const [method, path] of [
      ["GET", APPS],
      ["GET", "/console/session"],
      ["DELETE", `${APPS}/wx0000000000000000`],
    ] as const) {
      const { status, body } = await send(server, method, path, request);
      if (source.ok) expect([200, 404]).toContain(status ?? 0);
      else {
        expect(status).toBe(403);
        expect(JSON.parse(body).detail).toMatch(/public_url|HTTPS/);
      }
    }
    const key = JSON.stringify({ key: server.adminKey });
    const signed = await send(server, "POST", "/console/session", headers, key);
    // A client without a browser may sign in from anywhere: it has the key.
    const mayStart = source.ok || Object.keys(source.headers).length === 0;
    expect(signed.status).toBe(mayStart ? 200 : 403);
  });

  test.each([
    { name: "twice with one value", cookies: (own: string) => `${own}; ${own}`, status: 200 },
    {
      name: "beside another one",
      cookies: (own: string) => `a=b; ${own}; waferd_console2=x`,
      status: 200,
    },
    {
      name: "twice with other values",
      cookies: (own: string) => `${own}; waferd_console=x`,
      status: 403,
    },
    { name: "of a wrong form", cookies: () => "waferd_console=../../x", status: 401 },
    { name: "that is empty", cookies: () => "waferd_console=", status: 401 },
    { name: "that nobody gave", cookies: () => `waferd_console=${"0".repeat(64)}`, status: 401 },
    {
      name: "beside a hundred others",
      cookies: (own: string) => `${"x=y; ".repeat(100)}${own}`,
      status: 200,
    },
  ])("$name answers $status", async ({ cookies, status }) => {
    const server = serverOf("plain");
    const own = await signIn(server);
    const headers = { Cookie: cookies(own), Origin: server.url };
    expect((await send(server, "GET", APPS, headers)).status).toBe(status);
  });

  test("does not help a wrong key, opens no other protocol, and no metrics", async () => {
    const server = serverOf("plain");
    const own = { Cookie: await signIn(server), Origin: server.url };
    const wrong = { ...own, Authorization: "Bearer wrong" };
    expect((await send(server, "GET", APPS, wrong)).status).toBe(401);
    const token = JSON.stringify({
      ...{ version: 1, componentName: "MA" },
      interface: { interfaceName: "qcloud.mimi.access_token", para: {} },
    });
    expect(JSON.parse((await send(server, "POST", "/", own, token)).body).returnCode).toBe(60012);
  });

  test("is Secure over TLS, its own or a proxy's", async () => {
    for (const [name, headers] of [
      ["TLS", {}],
      ["named", { Host: NAME, Origin: `https://${NAME}` }],
    ] as const) {
      const server = serverOf(name);
      const key = JSON.stringify({ key: server.adminKey });
      const request = { Origin: server.url, ...headers };
      const { head } = await send(server, "POST", "/console/session", request, key);
      expect(head).toMatch(/SameSite=Strict; Secure\r?$/im);
    }
  });
});

test("a session of one worker is known to the others at once, and its end as well", async () => {
  const server = serverOf("workers");
  const statuses = async (cookie: string) => {
    const asked = Array.from({ length: 20 }, () =>
      send(server, "GET", APPS, { Cookie: cookie, Origin: server.url }),
    );
    return [...new Set((await Promise.all(asked)).map(({ status }) => status))];
  };
  for (let round = 0; round < 3; round += 1) {
    const cookie = await signIn(server);
    expect(await statuses(cookie)).toEqual([200]);
    const own = { Cookie: cookie, Origin: server.url };
    expect((await send(server, "DELETE", "/console/session", own)).status).toBe(204);
    expect(await statuses(cookie)).toEqual([401]);
  }
});
