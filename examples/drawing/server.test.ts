/** Tests the example by itself, with the headers that the proxy would send. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";

let server: Bun.Subprocess<"ignore", "pipe", "inherit">;
let url: string;
beforeAll(async () => {
  server = Bun.spawn(["node", join(import.meta.dir, "server.mjs")], {
    env: { PATH: Bun.env["PATH"] ?? "", PORT: "0" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  for await (const chunk of server.stdout) {
    url = /http:\S+/.exec(new TextDecoder().decode(chunk))?.[0] ?? "";
    break;
  }
});
afterAll(async () => {
  server.kill();
  await server.exited;
});

const as = (openid: string, nickName: string) => ({
  "X-Wafer-Openid": openid,
  "X-Wafer-User-Info": encodeURIComponent(JSON.stringify({ nickName })),
});

async function send(path: string, init: RequestInit = {}) {
  const answer = await fetch(`${url}${path}`, init);
  return { status: answer.status, body: await answer.json() };
}

test("/strokes saves and returns the strokes of the user in the headers only", async () => {
  const strokes = [
    [
      [0, 0],
      [10, 10],
    ],
  ];
  const alice = as("openid-of-alice", "爱丽丝 😀");
  const saved = await send("/strokes", {
    method: "PUT",
    headers: alice,
    body: JSON.stringify(strokes),
  });
  expect(saved).toEqual({ status: 200, body: { artist: "爱丽丝 😀", saved: 1 } });
  expect((await send("/strokes", { headers: alice })).body).toEqual({
    artist: "爱丽丝 😀",
    strokes,
  });
  expect((await send("/strokes", { headers: as("openid-of-bob", "Bob") })).body).toEqual({
    artist: "Bob",
    strokes: [],
  });
});

const user = as("openid-of-alice", "Alice");

test.each([
  { request: "a request without a user", path: "/strokes", init: {}, status: 500 },
  { request: "a request to another path", path: "/", init: { headers: user }, status: 404 },
  {
    request: "another method",
    path: "/strokes",
    init: { method: "DELETE", headers: user },
    status: 405,
  },
  {
    request: "a PUT of invalid JSON",
    path: "/strokes",
    init: { method: "PUT", headers: user, body: "{" },
    status: 400,
  },
  {
    request: "a PUT of an object",
    path: "/strokes",
    init: { method: "PUT", headers: user, body: "{}" },
    status: 400,
  },
])("$request is answered with $status", async ({ path, init, status }) => {
  expect((await send(path, init)).status).toBe(status);
});
