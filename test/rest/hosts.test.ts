/** Hosts, request targets and headers that no honest client sends, over sockets. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { freePort } from "../harness/free-port.ts";
import { exchange, rawRequest, statusOf } from "../harness/raw-http.ts";
import { noteSecret } from "../harness/secrets.ts";
import { selfSigned } from "../harness/self-signed.ts";
import { tempFolder } from "../harness/temp-folder.ts";
import { Waferd } from "../harness/waferd.ts";

const servers: Record<string, Waferd> = {};
const folder = tempFolder();
beforeAll(async () => {
  const { certFile, keyFile } = selfSigned(folder.path);
  const tls = ["--enablehttps", "--httpscertfile", certFile, "--httpskeyfile", keyFile];
  const cors = ["--cors-origins", "https://admin.example.com"];
  const sets = { plain: [], TLS: tls, CORS: cors, "TLS with CORS": [...tls, ...cors] };
  await Promise.all(
    Object.entries(sets).map(async ([name, args]) => {
      servers[name] = await Waferd.start({ args: ["--sandbox", ...args] });
    }),
  );
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server[Symbol.asyncDispose]()));
  folder[Symbol.dispose]();
});

const CLOSE = "Connection: close";

/** Lines that name a host, of every length and form. */
const HOST_LINES: string[][] = [
  ["Host:"],
  ["Host: a"],
  ["Host: ab"],
  ["Host: abc"],
  ["Host: abcd"],
  ["Host: x:1"],
  ["Host: :"],
  ["Host: :80"],
  ["Host: a:99999"],
  ["Host: %2f"],
  ["Host: a/b"],
  ["Host: /foo"],
  ["Host: a?b"],
  ["Host: a#b"],
  ["Host: u@a"],
  ["Host: \\foo"],
  ["Host: [::1]:80"],
  ["Host: [::1"],
  ["Host: http://x/"],
  ["Host: \xe9"],
  ["Host: a", "Host: b"],
  [`Host: ${"h".repeat(8000)}`],
];

describe.each(["plain", "TLS", "CORS", "TLS with CORS"])("%s", (name) => {
  test("no Host moves a route", async () => {
    const { url } = servers[name] as Waferd;
    for (const lines of HOST_LINES) {
      const ask = async (method: string, target: string, body?: string) => {
        const answer = await exchange(url, rawRequest(method, target, [...lines, CLOSE], body));
        return { lines, target, status: statusOf(answer), isEnvelope: answer.includes('"MA"') };
      };
      const answers = await Promise.all([
        ask("GET", "/healthz"),
        ask("GET", "/healthz?a=/b"),
        ask("GET", "/foo/healthz"),
        ask("GET", "/foo/bar1/healthz"),
        ask("GET", "/sandbox/login?user=alice"),
        ask("POST", "/mina_auth", "{}"),
        ask("POST", "/foo/mina_auth", "{}"),
      ]);
      const about = (target: string, status: number, isEnvelope = false) => ({
        ...{ lines, target, status, isEnvelope },
      });
      expect(answers).toEqual([
        about("/healthz", 200),
        about("/healthz?a=/b", 200),
        about("/foo/healthz", 404),
        about("/foo/bar1/healthz", 404),
        about("/sandbox/login?user=alice", 200),
        about("/mina_auth", 200, true),
        about("/foo/mina_auth", 404),
      ]);
    }
  });

  test.each([
    { name: "HTTP/1.0 without a Host", head: "GET /healthz HTTP/1.0\r\n\r\n", status: 200 },
    { name: "HTTP/1.0, another path", head: "GET /a/healthz HTTP/1.0\r\n\r\n", status: 404 },
    { name: "HTTP/1.1 without a Host", head: "GET /healthz HTTP/1.1\r\n\r\n", status: 400 },
    {
      name: "an absolute target",
      head: `GET http://example.com/healthz HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n\r\n`,
      status: 200,
    },
    {
      name: "an absolute target of another path",
      head: `GET http://a/foo/healthz HTTP/1.1\r\nHost: a\r\n${CLOSE}\r\n\r\n`,
      status: 404,
    },
    {
      name: "CONNECT",
      head: `CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n${CLOSE}\r\n\r\n`,
      status: 404,
    },
  ])("a request by $name is answered with $status", async ({ head, status }) => {
    expect(statusOf(await exchange((servers[name] as Waferd).url, head))).toBe(status);
  });

  test.each([
    "/mina_auth/index.php",
    "//",
    "//mina_auth",
    "/mina_auth//",
    "//mina_auth///index.php?a=b",
    "/release//mina_auth/",
  ])("POST %s is the envelope: repeated slashes count as one", async (path) => {
    const { url } = servers[name] as Waferd;
    for (const host of ["Host: localhost", "Host: a", "Host: a/b"]) {
      const answer = await exchange(url, rawRequest("POST", path, [host, CLOSE], "{}"));
      expect(answer).toContain('"returnMessage":"NO_INTERFACENAME_PARA"');
    }
  });

  test("a path that matches nothing is logged as its route, and repeated up to 200 bytes", async () => {
    const { url } = servers[name] as Waferd;
    const secret = `waferd_key_${"5ec2e7".repeat(10)}${name.length}`;
    noteSecret(secret);
    const rows = [
      { path: `/${"a".repeat(300)}${secret}`, route: "/*" },
      { path: `/api/v1/${secret}`, route: "/api/*" },
      { path: `/sandbox/${secret}`, route: "/sandbox/*" },
      { path: `/x?key=${secret}`, route: "/*" },
      { path: `/${"%E5%AF%86".repeat(100)}`, route: "/*" },
    ];
    for (const { path, route } of rows) {
      const answer = await exchange(url, rawRequest("GET", path, ["Host: localhost", CLOSE]));
      expect(statusOf(answer)).toBe(404);
      expect(answer.slice(answer.indexOf("\r\n\r\n")).length).toBeLessThan(600);
      const requestId = /x-request-id: (\S+)/i.exec(answer)?.[1];
      const line = await (servers[name] as Waferd).logged((one) => one["requestId"] === requestId);
      expect(line).toMatchObject({ path: route, status: 404 });
    }
  });
});

const REGISTER = JSON.stringify({
  interface: {
    interfaceName: "qcloud.cam.initapp",
    para: { appid: "wx1234567890abcdef", secret: "the-secret-of-the-first-app" },
  },
});

const FIRST = "Host: 127.0.0.1:8888";

test("only a request from this machine itself registers the first app without a key", async () => {
  await using waferd = await Waferd.start();
  const register = async (lines: readonly string[], target = "/") =>
    (await exchange(waferd.url, rawRequest("POST", target, [...lines, CLOSE], REGISTER))).slice(
      -300,
    );
  const refused: { lines: string[]; target?: string }[] = [
    ...[
      "X-Forwarded-For: 127.0.0.1",
      "X-Forwarded-Host: localhost",
      "Forwarded: for=127.0.0.1",
      "X-Original-Forwarded-For: 127.0.0.1",
      "X-Real-IP: 127.0.0.1",
      "X-Client-IP: 127.0.0.1",
      "True-Client-IP: 127.0.0.1",
      "CF-Connecting-IP: 127.0.0.1",
      "X-Cluster-Client-IP: 127.0.0.1",
      "x-ReAl-iP:",
      "Via: 1.1 proxy",
      "Origin: http://127.0.0.1:8888",
      "Origin: null",
      "Sec-Fetch-Site: cross-site",
      "Sec-Fetch-Site: same-site",
      "Authorization: Basic dTpw",
      "Authorization: Bearer wrong",
    ].map((line) => ({ lines: [FIRST, line] })),
    ...[
      "Host: evil.example",
      "Host: evil.example:8888",
      "Host: 127.0.0.1.evil.example",
      "Host: localhost.evil.example",
      "Host: localhost, evil.example",
      "Host: 192.0.2.1:8888",
      "Host: [2001:db8::1]:8888",
      "Host: waferd:8888",
      "Host:",
    ].map((line) => ({ lines: [line] })),
    { lines: [FIRST, "Host: evil.example"] },
    { lines: ["Host: evil.example", FIRST] },
    { lines: ["Host: evil.example"], target: "http://127.0.0.1/" },
    { lines: [FIRST], target: "/?key=abc" },
  ];
  for (const { lines, target } of refused)
    expect({ lines, answer: await register(lines, target) }).toMatchObject({
      lines,
      answer: expect.stringContaining('"returnCode":60012,"returnMessage":"KEY_REQUIRED"'),
    });
  const without = `POST / HTTP/1.0\r\nContent-Length: ${REGISTER.length}\r\n\r\n${REGISTER}`;
  expect(await exchange(waferd.url, without)).toContain("KEY_REQUIRED");
});

test("the first app is registered by a request to this machine's own names", async () => {
  await using waferd = await Waferd.start();
  const headers = { Authorization: `Bearer ${waferd.adminKey}` };
  for (const host of [
    "127.0.0.1",
    "127.0.0.2:1",
    "LocalHost:8888",
    "localhost.",
    "[::1]:8888",
    "0.0.0.0:8888",
  ]) {
    const lines = [`Host: ${host}`, "Sec-Fetch-Site: none", "Content-Type: text/plain", CLOSE];
    const answer = await exchange(waferd.url, rawRequest("POST", "/", lines, REGISTER));
    expect(answer).toContain('"returnMessage":"INIT_APPINFO_SUCCESS"');
    const app = `${waferd.url}/api/v1/apps/wx1234567890abcdef`;
    expect((await fetch(app, { method: "DELETE", headers })).ok).toBe(true);
  }
});

test("a trusted network needs no key under any Host, and a page in it does", async () => {
  const port = await freePort();
  const args = ["--trusted-networks", "127.0.0.0/8", "--metrics", "true", "--port", String(port)];
  await using waferd = await Waferd.start({ args });
  const register = async (...lines: string[]) =>
    (await exchange(waferd.url, rawRequest("POST", "/", [...lines, CLOSE], REGISTER))).slice(-300);
  for (const line of ["Origin: http://evil.example", "Sec-Fetch-Site: same-site"])
    expect(await register("Host: evil.example", line)).toContain("KEY_REQUIRED");
  expect(await register("Host: waferd:8888")).toContain("INIT_APPINFO_SUCCESS");
  expect(await register("Host: waferd.default.svc.cluster.local")).toContain(
    "APPID_ALREADY_EXISTS",
  );

  // A browser sends no Origin with a GET of its own page.
  const metrics = async (...lines: string[]) =>
    statusOf(await exchange(waferd.url, rawRequest("GET", "/metrics", [...lines, CLOSE])));
  expect(await metrics("Host: localhost")).toBe(200);
  expect(await metrics("Host: evil.example")).toBe(401);
  expect(await metrics("Host: evil.example", `Authorization: Bearer ${waferd.adminKey}`)).toBe(200);
  expect(await metrics("Host: localhost", "Sec-Fetch-Site: cross-site")).toBe(401);
});

test("the metrics' own port answers on this machine by its own names only", async () => {
  const port = await freePort();
  await using waferd = await Waferd.start({ args: ["--metrics", String(port)] });
  const ask = async (target: string, ...lines: string[]) =>
    statusOf(
      await exchange(`http://127.0.0.1:${port}`, rawRequest("GET", target, [...lines, CLOSE])),
    );
  expect(waferd.url).toBeTruthy();
  for (const host of ["localhost", "127.0.0.1:9464", "[::1]"])
    expect(await ask("/metrics", `Host: ${host}`)).toBe(200);
  for (const host of ["evil.example", "a", "a/b", "%2f", ":"])
    expect(await ask("/metrics", `Host: ${host}`)).toBe(403);
  expect(await ask("/foo/metrics", "Host: a")).toBe(404);
});

test("a key in a URL is refused, and never logged", async () => {
  await using waferd = await Waferd.start({
    args: ["--log-level", "debug", "--metrics", "true", "--limits-failed-keys", "off"],
  });
  const key = waferd.adminKey;
  const bearer = `Authorization: Bearer ${key}`;
  const made = await fetch(`${waferd.url}/api/v1/service-keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ title: "t", apps: ["wx1"], capabilities: ["token"] }),
  });
  const { key: serviceKey = "" } = (await made.json()) as { key?: string };
  noteSecret(serviceKey);
  const queries = [`key=${key}`, `access_token=${key}`, `api_key=${key}`, `x=${serviceKey}`];
  for (const query of queries.filter((one) => !one.endsWith("=")))
    for (const path of ["/api/v1/apps", "/metrics"])
      for (const lines of [[], [bearer]]) {
        const target = `${path}?${query}`;
        const answer = await exchange(
          waferd.url,
          rawRequest("GET", target, ["Host: localhost", ...lines, CLOSE]),
        );
        expect(statusOf(answer)).toBe(401);
        expect(answer).not.toContain(key);
      }
  // Userinfo becomes an Authorization of another scheme.
  const basic = `Authorization: Basic ${Buffer.from(`:${key}`).toString("base64")}`;
  const lines = ["Host: localhost", basic, CLOSE];
  expect(statusOf(await exchange(waferd.url, rawRequest("GET", "/api/v1/apps", lines)))).toBe(401);
});
