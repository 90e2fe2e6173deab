/** Headers of every answer, and who may read it in a browser. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Waferd } from "../harness/waferd.ts";

const ORIGIN = "https://admin.example.com";

let waferd: Waferd;
let open: Waferd;
beforeAll(async () => {
  waferd = await Waferd.start({ args: ["--sandbox"] });
  open = await Waferd.start({
    args: ["--sandbox", "--cors-origins", `${ORIGIN},http://localhost:5173`],
  });
});
afterAll(async () => {
  await waferd[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
});

const ANSWERS: { method: string; path: string; status: number }[] = [
  { method: "POST", path: "/", status: 200 },
  { method: "GET", path: "/mina_auth", status: 200 },
  { method: "GET", path: "/api/v1/apps", status: 401 },
  { method: "POST", path: "/api/v1/sessions", status: 400 },
  { method: "DELETE", path: "/api/v1/sessions", status: 405 },
  { method: "GET", path: "/api/v1/nothing", status: 404 },
  { method: "GET", path: "/nothing", status: 404 },
  { method: "GET", path: "/docs", status: 200 },
  { method: "GET", path: "/docs/swagger-ui.css", status: 200 },
  { method: "GET", path: "/openapi.json", status: 200 },
  { method: "GET", path: "/sandbox/login?user=alice", status: 200 },
];

test.each(ANSWERS)(
  "$method $path has the security headers, a request id and no cookie",
  async ({ method, path, status }) => {
    for (const server of [waferd, open]) {
      const answer = await fetch(`${server.url}${path}`, { method });
      expect(answer.status).toBe(status);
      const { headers } = answer;
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("content-security-policy")).toMatch(
        /^default-src 'none';.*frame-ancestors 'none'$/,
      );
      expect(headers.get("cache-control")).toMatch(/^no-(store|cache)$/);
      expect(headers.get("x-request-id")).toMatch(/^[0-9a-f]{12}-/);
      expect(headers.get("set-cookie")).toBeNull();
      expect(headers.get("access-control-allow-origin")).toBeNull();
    }
  },
);

test("the page's policy allows its own files only", async () => {
  const policy = (await fetch(`${waferd.url}/docs`)).headers.get("content-security-policy") ?? "";
  expect(policy).not.toMatch(/unsafe|\*|http/);
});

test("a method that a path does not have is answered with the path's methods", async () => {
  const { headers } = await fetch(`${waferd.url}/api/v1/apps/wx1`, { method: "PUT" });
  expect(headers.get("allow")).toBe("GET, PATCH, DELETE, HEAD");
  const head = await fetch(`${waferd.url}/api/v1/apps`, { method: "HEAD" });
  expect(head.status).toBe(401);
});

test.each(ANSWERS)(
  "$method $path allows pages of the listed origins only",
  async ({ method, path }) => {
    const from = async (server: Waferd, origin: string) => {
      const { headers } = await fetch(`${server.url}${path}`, {
        method,
        headers: { Origin: origin },
      });
      expect(headers.get("access-control-allow-credentials")).toBeNull();
      return headers;
    };
    expect((await from(waferd, ORIGIN)).get("access-control-allow-origin")).toBeNull();
    for (const origin of [ORIGIN, "http://localhost:5173"]) {
      const headers = await from(open, origin);
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("vary")).toContain("Origin");
      expect(headers.get("access-control-expose-headers")).toContain("ETag");
    }
    for (const origin of ["https://example.com", "admin.example.com", "null"])
      expect((await from(open, origin)).get("access-control-allow-origin")).toBeNull();
  },
);

test("a preflight is answered with what a page of a listed origin may send", async () => {
  const ask = (server: Waferd, origin: string) =>
    fetch(`${server.url}/api/v1/apps/wx1`, {
      method: "OPTIONS",
      headers: {
        Origin: origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,if-match",
      },
    });
  const allowed = await ask(open, ORIGIN);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  expect(allowed.headers.get("access-control-allow-methods")).toContain("PATCH");
  expect(allowed.headers.get("access-control-allow-headers")).toContain("If-Match");
  expect(
    (await ask(open, "https://example.com")).headers.get("access-control-allow-origin"),
  ).toBeNull();
  const closed = await ask(waferd, ORIGIN);
  expect(closed.status).toBe(405);
  expect(closed.headers.get("access-control-allow-origin")).toBeNull();
});
