/** How answers of WeChat are read, by each call of the client over HTTP. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { Failure } from "../core/errors.ts";
import { createWeChatClient } from "./client.ts";

interface Reply {
  body: string | Uint8Array;
  encoding?: string;
}

let reply: Reply = { body: "" };
let server: ReturnType<typeof Bun.serve>;
let client: ReturnType<typeof createWeChatClient>;
beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(reply.body as Bun.BodyInit, {
        headers: {
          "Content-Type": "text/plain",
          ...(reply.encoding !== undefined && { "Content-Encoding": reply.encoding }),
        },
      }),
  });
  const apiBase = `http://127.0.0.1:${server.port}`;
  const timeouts = { connectTimeoutSeconds: 1, timeoutSeconds: 2 };
  client = createWeChatClient({ apiBase, workApiBase: apiBase, ...timeouts });
});
afterAll(async () => {
  await client.close();
  await server.stop(true);
});

const CALL = { owner: "wx1", accessToken: "t" };
const APP = { appid: "wx1", appSecret: "s" };
const AGENT = { corpid: "ww1", agentid: "1", agentSecret: "s" };
const TICKET = { ticket: "v", expires_in: 7200 };
const TOKEN = { access_token: "v", expires_in: 7200 };
const FETCHED = { value: "v", expiresInSeconds: 7200 };

/** Every call of the client, with a good answer to it. */
const CALLS: { name: string; run: () => Promise<unknown>; good: object; result: unknown }[] = [
  {
    name: "exchangeCode()",
    run: () => client.exchangeCode("wx1", "s", "code"),
    good: { openid: "o", session_key: "k" },
    result: { openid: "o", sessionKey: "k", unionid: null },
  },
  {
    name: "fetchStableToken()",
    run: () => client.fetchStableToken(APP, false),
    good: TOKEN,
    result: FETCHED,
  },
  {
    name: "fetchLegacyToken()",
    run: () => client.fetchLegacyToken(APP),
    good: TOKEN,
    result: FETCHED,
  },
  {
    name: "fetchWorkToken()",
    run: () => client.fetchWorkToken(AGENT),
    good: TOKEN,
    result: FETCHED,
  },
  {
    name: "fetchTicket()",
    run: () => client.fetchTicket("app/jsapi-ticket", CALL),
    good: TICKET,
    result: FETCHED,
  },
  {
    name: "fetchPhoneNumber()",
    run: () => client.fetchPhoneNumber(CALL, "code", null),
    good: { phone_info: { phoneNumber: "1", purePhoneNumber: "1", countryCode: 86 } },
    result: { phoneNumber: "1", purePhoneNumber: "1", countryCode: "86" },
  },
  {
    name: "checkSessionKey()",
    run: () => client.checkSessionKey(CALL, "o", "s"),
    good: {},
    result: true,
  },
  {
    name: "resetSessionKey()",
    run: () => client.resetSessionKey(CALL, "o", "s"),
    good: { session_key: "k" },
    result: "k",
  },
];

const asTexts = (answer: object): string =>
  JSON.stringify(answer, (_, value: unknown) =>
    typeof value === "number" ? String(value) : value,
  );

const SHAPES: { shape: string; make: (answer: object) => Reply }[] = [
  { shape: "numbers as texts", make: (answer) => ({ body: asTexts(answer) }) },
  {
    shape: "numbers as texts with spaces",
    make: (answer) => ({ body: asTexts(answer).replace(/"(-?\d{4,})"/g, '" $1 "') }),
  },
  {
    shape: "a byte order mark",
    make: (answer) => ({ body: `\ufeff${JSON.stringify(answer)}` }),
  },
  {
    shape: "gzip",
    make: (answer) => ({ body: gzipSync(JSON.stringify(answer)), encoding: "gzip" }),
  },
  { shape: "gzip unsaid", make: (answer) => ({ body: gzipSync(JSON.stringify(answer)) }) },
  {
    shape: "deflate",
    make: (answer) => ({ body: deflateSync(JSON.stringify(answer)), encoding: "deflate" }),
  },
  {
    shape: "deflate without a header",
    make: (answer) => ({ body: deflateRawSync(JSON.stringify(answer)), encoding: "Deflate" }),
  },
  {
    shape: "Brotli",
    make: (answer) => ({ body: brotliCompressSync(JSON.stringify(answer)), encoding: "br" }),
  },
  {
    shape: "gzip in Brotli",
    make: (answer) => ({
      body: brotliCompressSync(gzipSync(JSON.stringify(answer))),
      encoding: "gzip, br",
    }),
  },
];

for (const { name, run, good, result } of CALLS)
  test.each(SHAPES)(`${name} reads $shape`, async ({ make }) => {
    reply = make({ errcode: 0, errmsg: "ok", ...good });
    expect(await run()).toEqual(result);
    reply = make({ errcode: 45011, errmsg: "too often rid: 1-2" });
    const failure = (await run()) as Failure;
    expect(failure).toBeInstanceOf(Failure);
    expect(failure.detail.wechat).toMatchObject({ errcode: 45011, rid: "1-2" });
    // Without errcode 0, as most successes are.
    reply = make({ errcode: null, ...good });
    expect(await run()).toEqual(result);
  });

test.each([
  { answer: "gzip that is cut off", body: gzipSync('{"openid":"o"}').subarray(0, 12) },
  { answer: "a bomb", body: gzipSync(Buffer.alloc(20 * 1024 * 1024, " ")) },
])("exchangeCode() refuses $answer", async ({ body }) => {
  reply = { body, encoding: "gzip" };
  expect(await client.exchangeCode("wx1", "s", "code")).toMatchObject({
    code: "wechatAnswerWrong",
  });
});

test.each([
  { errcode: 40029, failure: { code: "codeRefused" } },
  { errcode: "40163", failure: { code: "codeRefused" } },
  { errcode: 40226, failure: { code: "codeRefused" } },
  { errcode: 40003, failure: { code: "badParameter", detail: { reason: "openid" } } },
  { errcode: 40001, failure: { code: "wechatRefused" } },
  { errcode: 45011, failure: { code: "wechatRefused" } },
])("fetchPhoneNumber() after errcode $errcode returns $failure.code", async (row) => {
  reply = { body: JSON.stringify({ errcode: row.errcode, errmsg: "e" }) };
  const failure = await client.fetchPhoneNumber(CALL, "code", "o");
  expect(failure).toMatchObject(row.failure);
  expect((failure as Failure).detail.wechat?.errcode).toBe(Number(row.errcode));
});
