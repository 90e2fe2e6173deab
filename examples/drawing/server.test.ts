/** The example by itself, with the headers that the proxy would send. */
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

test("each user's strokes are saved and loaded, and nobody else's", async () => {
  const strokes = [
    [
      [0, 0],
      [10, 10],
    ],
  ];
  const alice = as("openid-of-alice", "爱丽丝 😀");
  const saved = await send("/strokes", { method: "PUT", headers: alice, body: JSON.stringify(strokes) });
  expect(saved).toEqual({ status: 200, body: { artist: "爱丽丝 😀", saved: 1 } });
  expect((await send("/strokes", { headers: alice })).body).toEqual({ artist: "爱丽丝 😀", strokes });
  expect((await send("/strokes", { headers: as("openid-of-bob", "Bob") })).body).toEqual({
    artist: "Bob",
    strokes: [],
  });
});

test.each([
  ["a request without a user", "/strokes", {}, 500],
  ["another path", "/", { headers: as("o", "n") }, 404],
  ["another method", "/strokes", { method: "DELETE", headers: as("o", "n") }, 405],
  ["no JSON", "/strokes", { method: "PUT", headers: as("o", "n"), body: "{" }, 400],
  ["no array", "/strokes", { method: "PUT", headers: as("o", "n"), body: "{}" }, 400],
])("%s is an error", async (_what, path, init, status) => {
  expect((await send(path, init)).status).toBe(status);
});
