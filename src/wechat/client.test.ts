import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { createServer } from "node:net";
import { request } from "undici/index.js";
import { random } from "../../test/harness/scenario.ts";
import { selfSigned } from "../../test/harness/self-signed.ts";
import { tempFolder } from "../../test/harness/temp-folder.ts";
import { Failure } from "../core/errors.ts";
import type { Fault } from "../sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";
import { DEMO_APP } from "../sandbox/world.ts";
import { createWeChatClient } from "./client.ts";
import { isConnectFailure } from "./http.ts";

const PATH = "/sns/jscode2session";
const { appid, secret } = DEMO_APP;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ clock: { now: () => Date.now(), sleep: Bun.sleep }, random });
});
afterAll(() => sandbox.stop());
beforeEach(() => sandbox.faults.clear(PATH));

const client = (apiBase = sandbox.apiBase, timeoutSeconds = 2, connectTimeoutSeconds = 1) =>
  createWeChatClient({ apiBase, workApiBase: apiBase, timeoutSeconds, connectTimeoutSeconds });

/** Exchanges a fresh code under a fault, and counts the calls. */
async function exchange(fault: Fault = {}, wechat = client()) {
  if (Object.keys(fault).length > 0) sandbox.faults.set(PATH, fault);
  const user = sandbox.world.user(appid, "alice");
  const code = sandbox.world.giveCode(user);
  const before = sandbox.calls(PATH);
  const startedAt = performance.now();
  const outcome = await wechat.exchangeCode(appid, secret, code);
  await wechat.close();
  return { outcome, calls: sandbox.calls(PATH) - before, ms: performance.now() - startedAt, user };
}

test("exchangeCode() reads the text/plain answer", async () => {
  const { outcome, user } = await exchange();
  expect(outcome).toEqual({
    openid: user.openid,
    sessionKey: user.sessionKey,
    unionid: user.unionid,
  });
});

test("exchangeCode() repeats the call while WeChat is busy", async () => {
  const { outcome, calls } = await exchange({ errcode: -1, times: 2 });
  expect(outcome).not.toBeInstanceOf(Failure);
  expect(calls).toBe(3);
});

test("exchangeCode() fails with WeChat's error after three attempts at a busy WeChat", async () => {
  const { outcome, calls } = await exchange({ errcode: -1, errmsg: "system busy" });
  expect(calls).toBe(3);
  expect(outcome).toMatchObject({ code: "wechatAnswerWrong", detail: { wechat: { errcode: -1 } } });
});

test.each<[string, Fault, string]>([
  ["a reset connection", { reset: true }, "wechatUnreachable"],
  ["HTTP 502", { status: 502 }, "wechatUnreachable"],
  ["HTTP 302", { status: 302 }, "wechatUnreachable"],
  ["an invalid code", { errcode: 40029 }, "codeRefused"],
  ["a used code", { errcode: 40163 }, "codeRefused"],
  ["a blocked user", { errcode: 40226 }, "codeRefused"],
  ["a wrong secret", { errcode: 40125 }, "wechatAnswerWrong"],
  ["too many calls", { errcode: 45011 }, "wechatAnswerWrong"],
  ["HTML", { body: "<html>" }, "wechatAnswerWrong"],
  ["an array", { body: "[]" }, "wechatAnswerWrong"],
  ["nothing", { body: "" }, "wechatAnswerWrong"],
  ["no openid", { body: '{"session_key":"k"}' }, "wechatAnswerWrong"],
  ["no session_key", { body: '{"openid":"o"}' }, "wechatAnswerWrong"],
  ["an openid of another type", { body: '{"openid":1,"session_key":"k"}' }, "wechatAnswerWrong"],
  [
    "an endless openid",
    { body: `{"openid":"${"o".repeat(101)}","session_key":"k"}` },
    "wechatAnswerWrong",
  ],
  [
    "two megabytes",
    { body: `{"openid":"o","session_key":"k","x":"${"x".repeat(2 ** 21)}"}` },
    "wechatUnreachable",
  ],
])("exchangeCode() after %s fails without a second try", async (_what, fault, code) => {
  const { outcome, calls } = await exchange(fault);
  expect(calls).toBe(1);
  expect(outcome).toMatchObject({ code });
});

test.each<[string, string, object]>([
  ["errcode 0", '{"errcode":0,"errmsg":"ok","openid":"o","session_key":"k"}', { unionid: null }],
  [
    "expires_in, which means nothing",
    '{"openid":"o","session_key":"k","expires_in":7200}',
    { unionid: null },
  ],
  ["an empty unionid", '{"openid":"o","session_key":"k","unionid":""}', { unionid: null }],
])("exchangeCode() takes an answer with %s", async (_what, body, members) => {
  expect((await exchange({ body })).outcome).toEqual({
    openid: "o",
    sessionKey: "k",
    unionid: null,
    ...members,
  });
});

test("exchangeCode() keeps errcode, errmsg and rid", async () => {
  const { outcome } = await exchange({ errcode: 40163, errmsg: "code been used" });
  const { wechat } = (outcome as Failure).detail;
  expect(wechat?.errmsg).toMatch(/^code been used, rid: [0-9a-f-]+$/);
  expect(wechat).toMatchObject({ errcode: 40163, rid: wechat?.errmsg.split("rid: ")[1] ?? "" });
});

test("exchangeCode() fails at the timeout, and makes no second call", async () => {
  const { outcome, calls, ms } = await exchange({ latencyMs: 3000 }, client(sandbox.apiBase, 0.3));
  expect(outcome).toMatchObject({ code: "wechatUnreachable" });
  expect(calls).toBe(1);
  expect(ms).toBeLessThan(2500);
});

test("exchangeCode() repeats the call when no connection can be made", async () => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  const wechat = client(`http://127.0.0.1:${port}`);
  const answer = wechat.exchangeCode(appid, secret, "code");
  await Bun.sleep(30);
  const late = Bun.serve({
    port,
    hostname: "127.0.0.1",
    fetch: () => Response.json({ openid: "o", session_key: "k" }),
  });
  expect(await answer).toMatchObject({ openid: "o" });
  await late.stop(true);
  await wechat.close();
});

test("isConnectFailure() returns true for an unknown name, and for a host that refuses at all addresses", async () => {
  const failureOf = async (url: string) => request(url).catch((error: unknown) => error);
  expect(isConnectFailure(await failureOf("http://nowhere.invalid/"))).toBe(true);
  const refused = await failureOf("http://127.0.0.1:1/");
  expect(isConnectFailure(refused)).toBe(true);
  expect(isConnectFailure(new AggregateError([refused, refused]))).toBe(true);
  expect(isConnectFailure(new AggregateError([refused, new Error("other side closed")]))).toBe(
    false,
  );
  expect(isConnectFailure(new Error("other side closed"))).toBe(false);
});

test("exchangeCode() fails at the connect timeout when the peer accepts no connection", async () => {
  // With a full backlog of one the kernel drops further SYNs, as a dead host would.
  const unresponsive = Bun.spawn(
    [
      "perl",
      "-MIO::Socket::INET",
      "-e",
      '$| = 1; $s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1"); print $s->sockport; sleep 30',
    ],
    { stdout: "pipe" },
  );
  const { value } = await unresponsive.stdout.getReader().read();
  const port = Number(new TextDecoder().decode(value));
  const fillers = await Promise.all(
    Array.from({ length: 4 }, () =>
      Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined } }).catch(
        () => null,
      ),
    ).map((filler) => Promise.race([filler, Bun.sleep(100).then(() => null)])),
  );
  const startedAt = performance.now();
  const wechat = client(`http://127.0.0.1:${port}`, 20, 0.2);
  const outcome = await wechat.exchangeCode(appid, secret, "code");
  expect(outcome).toMatchObject({
    code: "wechatUnreachable",
    detail: { cause: { code: "UND_ERR_CONNECT_TIMEOUT" } },
  });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  for (const filler of fillers) filler?.end();
  await wechat.close();
  unresponsive.kill();
}, 15_000);

test("exchangeCode() refuses a self-signed certificate", async () => {
  using folder = tempFolder();
  const server = Bun.serve({
    port: 0,
    hostname: "localhost",
    tls: selfSigned(folder.path),
    fetch: () => Response.json({ openid: "o", session_key: "k" }),
  });
  const wechat = client(`https://localhost:${server.port}`);
  expect(await wechat.exchangeCode(appid, secret, "code")).toMatchObject({
    code: "wechatUnreachable",
  });
  await wechat.close();
  await server.stop(true);
});

test("no failure of exchangeCode() carries the secret or the code", async () => {
  for (const fault of [
    { reset: true },
    { status: 500 },
    { body: "<secret>" },
    { errcode: 40125 },
  ]) {
    const { outcome } = await exchange(fault);
    const { cause, ...rest } = (outcome as Failure).detail;
    const seen = `${JSON.stringify(rest)} ${cause instanceof Error ? `${cause.message} ${cause.stack}` : ""}`;
    expect(seen).not.toContain(secret);
    expect(seen).not.toContain("<secret>");
  }
});
