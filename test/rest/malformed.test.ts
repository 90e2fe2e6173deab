/** Requests that are malformed in every part, to every route: each is answered, and none by 5xx. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { exchange, rawRequest, statusOf } from "../harness/raw-http.ts";
import { Waferd } from "../harness/waferd.ts";

const servers: Waferd[] = [];
beforeAll(async () => {
  // With workers the sandbox is in another process.
  for (const workers of ["1", "2"])
    servers.push(await Waferd.start({ args: ["--sandbox", "--workers", workers] }));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
});

const PATHS = [
  ...["/", "/mina_auth/", "/mina/login", "/mina/auth", "/weapp-session", "/forward-auth"],
  ...["/healthz", "/readyz", "/docs", "/openapi.json", "/nothing", "/api/v1", "/api/v1/apps"],
  ...["/api/v1/sessions", "/api/v1/sessions/x", "/api/v1/apps/x/sessions", "/api/v1/audit"],
  ...["/sandbox", "/sandbox/", "/sandbox/login", "/sandbox/user-info", "/sandbox/encrypt"],
  ...["/sandbox/users", "/sandbox/users/alice", "/sandbox/apps", "/sandbox/agents"],
  ...["/sandbox/phone-code", "/sandbox/tokens/x", "/sandbox/faults/cgi-bin/token"],
  ...["/sandbox/calls"],
];

const ENDS = [
  ...["", "/", "//", "/..", "/.", "/%2e%2e", "/%2f", "/%", "/%zz", "/%ff", "/%00", "/%ED%A0%80"],
  ...["?", "?%", "?%zz", "?user=", "?user=%", "?user=%ff", "?user=%ED%A0%80", "?user=%00"],
  ...["?user=alice", "?user=__proto__", "?user=alice&appid=%ff", "?appid=__proto__", "?=&&=", "#"],
  ...["/\xff", "?\xff", "/toString", `/${"a".repeat(3000)}`, `?user=${"a".repeat(3000)}`],
  ...["?appid[]=1", "?user=a&user=b", "/:id", "/*", ";x=y", "/\\", "?limit=1e9", "?cursor=%00"],
];

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"];

const HOSTS = ["localhost", "a", "", ":", "%2f", "a:99999", "a/b", "[::1", "u@x", "\xff"];

const BODIES = [
  ...["", "{}", "[]", "null", "1", "{", "\xff", "[".repeat(3000), "a=%zz", '{"toString":null}'],
  ...['{"__proto__":{"a":1}}', '{"code":"\\ud800"}', '{"profile":{"nickName":"\\ud800"}}'],
  ...['{"appid":"a","secret":"b"}', '{"latencyMs":-1}', '{"status":99}', '{"secondsLeft":1e300}'],
];

const HEADERS = [
  ...["Authorization: Bearer", "Authorization: Bearer \xff", "X-WX-Code: \xff"],
  ...["X-WX-RawData: %zz", "Content-Type: \xff", "X-Forwarded-For: \xff", "If-Match: \xff"],
  ...["Idempotency-Key: \xff", "Accept-Encoding: \xff", "Cookie: \xff", "X-WX-Appid: %"],
];

type Malformed = Record<"method" | "target" | "host" | "header" | "body", string>;

test.each([
  { index: 0, runs: 400 },
  { index: 1, runs: 100 },
])(
  "no malformed request is a 5xx or ends a connection: server $index",
  async ({ index, runs }) => {
    const { url } = servers[index] as Waferd;
    const requests = fc.record({
      method: fc.constantFrom(...METHODS),
      target: fc
        .tuple(fc.constantFrom(...PATHS), fc.constantFrom(...ENDS))
        .map((parts) => parts.join("")),
      host: fc.constantFrom(...HOSTS),
      header: fc.constantFrom(...HEADERS),
      body: fc.constantFrom(...BODIES),
    });
    const send = async ({ method, target, host, header, body }: Malformed) => {
      const lines = [`Host: ${host}`, header, "Connection: close"];
      return statusOf(await exchange(url, rawRequest(method, target, lines, body))) ?? 0;
    };
    const all = fc.sample(requests, { numRuns: runs, seed: 13 });
    const bad: object[] = [];
    while (all.length > 0)
      await Promise.all(
        all.splice(0, 20).map(async (request) => {
          const status = await send(request);
          if (status < 200 || status >= 500) bad.push({ ...request, status });
        }),
      );
    expect(bad).toEqual([]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  },
  60_000,
);
