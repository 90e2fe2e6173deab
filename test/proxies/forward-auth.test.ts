/**
 * The proxies of docs/proxies with /forward-auth, and the drawing example as the business server.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { freePort } from "../harness/free-port.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { PROXY_NAMES, ROOT, started, startProxy } from "./proxies.ts";

const MAGIC_ID = "F2C224D4-2BCE-4C64-AF9F-A6D872000D1A";
const INVALID_SESSION = {
  [MAGIC_ID]: 1,
  error: "ERR_INVALID_SESSION",
  message: expect.any(String),
};

let production: Production;
beforeAll(async () => {
  production = await startProduction();
});
afterAll(() => production[Symbol.asyncDispose]());

async function loggedIn(name: string, appid = APP.appid) {
  const user = production.user(name, appid);
  const { id, skey } = (await production.login(user)).returnData;
  return { user, headers: { "X-WX-Id": id as string, "X-WX-Skey": skey as string } };
}

describe.each(PROXY_NAMES.map((name) => ({ name })))("behind $name", ({ name }) => {
  test("a user's requests reach the business server as theirs, and nobody else's do", async () => {
    const business = await freePort();
    await using _business = await started(
      ["node", join(ROOT, "examples/drawing/server.mjs")],
      `http://127.0.0.1:${business}/strokes`,
      { PORT: String(business) },
    );
    const waferd = new URL(production.waferd.url).host;
    await using proxy = await startProxy(name, { waferd, business: `127.0.0.1:${business}` });

    const strokes = [
      [
        [1, 2],
        [3, 4],
      ],
      [[5, 6]],
    ];
    const send = async (headers: Record<string, string>, init: RequestInit = {}) => {
      const answer = await fetch(`${proxy.url}/strokes`, {
        ...init,
        headers,
        tls: { ca: proxy.ca },
      });
      return { status: answer.status, body: await answer.json() };
    };
    const alice = await loggedIn("Alice");
    const bob = await loggedIn("Bob");
    const put = { method: "PUT", body: JSON.stringify(strokes) };
    expect(await send(alice.headers, put)).toEqual({
      status: 200,
      body: { artist: "Alice", saved: 2 },
    });
    expect(await send(alice.headers)).toEqual({
      status: 200,
      body: { artist: "Alice", strokes },
    });
    expect(await send(bob.headers)).toEqual({
      status: 200,
      body: { artist: "Bob", strokes: [] },
    });

    const forged = {
      "X-Wafer-Openid": alice.user.openid,
      "X-Wafer-Appid": APP.appid,
      "X-Wafer-Unionid": "forged",
      "X-Wafer-User-Info": encodeURIComponent('{"nickName":"Alice"}'),
    };
    expect((await send({ ...bob.headers, ...forged })).body).toEqual({
      artist: "Bob",
      strokes: [],
    });
    expect(await send(forged)).toEqual({ status: 200, body: INVALID_SESSION });

    const expired = { ...alice.headers, "X-WX-Skey": "0".repeat(64) };
    expect(await send(expired, put)).toEqual({ status: 200, body: INVALID_SESSION });
    const stranger = await loggedIn("Stranger", OTHER_APP.appid);
    expect(await send(stranger.headers)).toEqual({ status: 200, body: INVALID_SESSION });
  }, 30_000);
});
