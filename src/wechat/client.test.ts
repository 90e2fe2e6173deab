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

test.each<{ answer: string; fault: Fault; code: string }>([
  { answer: "a reset connection", fault: { reset: true }, code: "wechatUnreachable" },
  { answer: "HTTP 502", fault: { status: 502 }, code: "wechatUnreachable" },
  { answer: "HTTP 302", fault: { status: 302 }, code: "wechatUnreachable" },
  { answer: "an invalid code", fault: { errcode: 40029 }, code: "codeRefused" },
  { answer: "a used code", fault: { errcode: 40163 }, code: "codeRefused" },
  { answer: "a blocked user", fault: { errcode: 40226 }, code: "codeRefused" },
  { answer: "a wrong secret", fault: { errcode: 40125 }, code: "wechatAnswerWrong" },
  { answer: "too many calls", fault: { errcode: 45011 }, code: "wechatAnswerWrong" },
  { answer: "HTML", fault: { body: "<html>" }, code: "wechatAnswerWrong" },
  { answer: "an array", fault: { body: "[]" }, code: "wechatAnswerWrong" },
  { answer: "nothing", fault: { body: "" }, code: "wechatAnswerWrong" },
  { answer: "no openid", fault: { body: '{"session_key":"k"}' }, code: "wechatAnswerWrong" },
  { answer: "no session_key", fault: { body: '{"openid":"o"}' }, code: "wechatAnswerWrong" },
  {
    answer: "an openid of another type",
    fault: { body: '{"openid":1,"session_key":"k"}' },
    code: "wechatAnswerWrong",
  },
  {
    answer: "an endless openid",
    fault: { body: `{"openid":"${"o".repeat(101)}","session_key":"k"}` },
    code: "wechatAnswerWrong",
  },
  {
    answer: "two megabytes",
    fault: { body: `{"openid":"o","session_key":"k","x":"${"x".repeat(2 ** 21)}"}` },
    code: "wechatUnreachable",
  },
])("exchangeCode() after $answer fails without a second call", async ({ fault, code }) => {
  const { outcome, calls } = await exchange(fault);
  expect(calls).toBe(1);
  expect(outcome).toMatchObject({ code });
});

test.each<{ answer: string; body: string; members: object }>([
  {
    answer: "errcode 0",
    body: '{"errcode":0,"errmsg":"ok","openid":"o","session_key":"k"}',
    members: { unionid: null },
  },
  {
    answer: "expires_in, which means nothing",
    body: '{"openid":"o","session_key":"k","expires_in":7200}',
    members: { unionid: null },
  },
  {
    answer: "an empty unionid",
    body: '{"openid":"o","session_key":"k","unionid":""}',
    members: { unionid: null },
  },
])("exchangeCode() accepts an answer with $answer", async ({ body, members }) => {
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
  // A backlog of one that nobody empties: the kernel drops further SYNs, as a dead host would.
  const script = `require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () {
    require("node:fs").writeSync(1, String(this.address().port));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30_000);
  });`;
  const hung = Bun.spawn(["node", "-e", script], { stdout: "pipe" });
  const { value } = await hung.stdout.getReader().read();
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
  hung.kill();
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
