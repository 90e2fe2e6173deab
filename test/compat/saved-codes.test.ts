/**
 * Logins that the store refuses after WeChat has accepted their code: the code works once more,
 * although WeChat accepts it only once.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { ClientUserInfo } from "../../src/sandbox/mini-program.ts";
import { APP, type Production, startProduction } from "../harness/production.ts";
import { testStore } from "../harness/stores/store.ts";
import { until } from "../harness/until.ts";

const EXCHANGE = "/sns/jscode2session";

let production: Production;
/** Run before WeChat's answer to an exchange goes out. */
let beforeAnswer: () => Promise<void> = async () => undefined;

/** Stands between waferd and the simulated WeChat, so that tests can act between their messages. */
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    const body = request.method === "GET" ? null : await request.text();
    const { method } = request;
    const answer = await fetch(`${production.sandbox.apiBase}${pathname}${search}`, {
      method,
      body,
    });
    const text = await answer.text();
    if (pathname === EXCHANGE) await beforeAnswer();
    return new Response(text, { status: answer.status });
  },
});

beforeAll(async () => {
  production = await startProduction({
    environment: { WAFERD_WECHAT_API_BASE: `http://127.0.0.1:${upstream.port}` },
  });
});
afterAll(async () => {
  await production[Symbol.asyncDispose]();
  await upstream.stop(true);
});

type Device = ClientUserInfo & { code: string };
type Outcome = "in" | "bad code" | "failed";

// biome-ignore lint/suspicious/noExplicitAny: the tests look into whatever it gives
async function post(path: string, body: object): Promise<{ status: number; answer: any }> {
  const answer = await fetch(`${production.waferd.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: answer.status, answer: await answer.json() };
}

interface Protocol {
  name: string;
  login(device: Device): Promise<Outcome>;
}

const PROTOCOLS: Protocol[] = [
  {
    name: "the envelope",
    async login({ code }) {
      const para = { code };
      const { returnCode } = await production.waferd.call("qcloud.cam.id_skey", para, {
        appid: APP.appid,
      });
      if (returnCode === 40029) return "bad code";
      return returnCode === 0 ? "in" : "failed";
    },
  },
  {
    name: "mina",
    async login({ code, encryptedData, iv }) {
      const members = { code, encrypt_data: encryptedData, iv, app_id: APP.appid };
      const { answer } = await post("/mina/login", members);
      if (answer.ok === "success") return "in";
      return /code/i.test(answer.msg) ? "bad code" : "failed";
    },
  },
  {
    name: "REST",
    async login({ code }) {
      const { status } = await post("/api/v1/sessions", { code, appid: APP.appid });
      if (status >= 500) return "failed";
      return status < 300 ? "in" : "bad code";
    },
  },
  {
    name: "weapp",
    async login({ code, rawData, signature }) {
      const answer = await fetch(`${production.waferd.url}/weapp-session`, {
        headers: {
          "X-WX-Appid": APP.appid,
          "X-WX-Code": code,
          "X-WX-RawData": encodeURIComponent(rawData),
          "X-WX-Signature": signature,
        },
      });
      const body = (await answer.json()) as Record<string, unknown>;
      if ("$wxUserInfo" in body) return "in";
      return body["reason"] === "ERR_SESSION_KEY_EXCHANGE_FAILED" ? "bad code" : "failed";
    },
  },
];

test.each(PROTOCOLS)(
  "$name: the code of a login that the store refused logs in later, once",
  async ({ name, login }) => {
    const { waferd, sandbox } = production;
    const asked = () => sandbox.calls(EXCHANGE);
    const before = asked();
    const spent = production.device(production.user(`spent-${name}`));
    beforeAnswer = () => testStore.refuseWrites(waferd);
    const outcomes: Outcome[] = [];
    try {
      outcomes.push(await login(spent));
      beforeAnswer = async () => undefined;
      expect(asked()).toBe(before + 1);

      // A store that is known to refuse logins saves the codes of the next ones.
      const saved = production.device(production.user(`saved-${name}`));
      for (const device of [saved, spent]) outcomes.push(await login(device));
      expect(outcomes).toEqual(["failed", "failed", "failed"]);
      expect(asked()).toBe(before + 1);
      await testStore.allowWrites(waferd);
      for (const device of [spent, saved])
        await until(async () => (await login(device)) === "in", 15_000);
      expect(asked()).toBe(before + 2);
    } finally {
      beforeAnswer = async () => undefined;
      await testStore.allowWrites(waferd);
    }
    // weapp repeats its answer to equal data, for as long as it remembers the user.
    if (name !== "weapp") expect(await login(spent)).toBe("bad code");
    expect(waferd.output).not.toContain(spent.code);
  },
  60_000,
);
