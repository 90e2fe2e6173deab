import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { BlockList } from "node:net";
import { openScenario, type Scenario, succeeded, TESTER } from "../../test/harness/scenario.ts";
import type { Log } from "../core/ports.ts";
import type { StoredSession } from "../core/sessions/session.ts";
import { sha256 } from "../crypto/digest.ts";
import { DEMO_APP } from "../sandbox/world.ts";
import type { AnsweredRequest } from "./observe.ts";
import { type HttpOptions, type HttpServer, startHttpServer } from "./server.ts";

const OTHER_APPID = "wx-other";
const SKEY = "the skey";
const SESSIONS = {
  plain: { openid: "o-plain", unionid: null, profile: {} },
  rich: {
    openid: "o-rich",
    unionid: "u-rich",
    profile: { nickName: "爱丽丝 😀 \ud83d", language: 'a "quote"\u0000' },
  },
  lapsed: { openid: "o-lapsed", unionid: null, profile: {} },
  due: { openid: "o-due", unionid: null, profile: {} },
};
type Name = keyof typeof SESSIONS;

/** Two servers of one core: one with direct routes, one in which Elysia answers everything. */
let scenario: Scenario;
let direct: HttpServer;
let plain: HttpServer;
const seen: { events: object[]; lines: object[] } = { events: [], lines: [] };

const note = (fields: object, message: string): void => {
  const { requestId: _, durationMs: __, ...line } = fields as Record<string, unknown>;
  seen.lines.push({ ...line, message });
};
const log: Log = { debugEnabled: true, debug: note, info: note, warn: note, error: note };

const observe = ({ durationMs: _, ...event }: AnsweredRequest): void => {
  seen.events.push(event);
};

async function putSession(name: Name, visitAgeSeconds = 0): Promise<void> {
  const { openid, unionid, profile } = SESSIONS[name];
  const now = scenario.clock.now();
  const loginAt = name === "lapsed" ? now - 40 * 86_400_000 : now;
  const session: StoredSession = {
    id: `session-${name}`,
    appid: DEMO_APP.appid,
    ...{ openid, unionid, skeyHash: sha256(SKEY), skey: null, loginAt },
    sessionKey: "MDEyMzQ1Njc4OWFiY2RlZg==",
    userInfo: { openId: openid, ...profile } as never,
    lastVisitAt: now - visitAgeSeconds * 1000,
    expiresAt: now + 86_400_000,
  };
  await scenario.store.sessions.revoke(session);
  await scenario.store.sessions.put([session]);
}

beforeAll(async () => {
  scenario = await openScenario();
  const { core } = scenario;
  succeeded(await core.apps.register({ appid: OTHER_APPID, appSecret: "secret" }, TESTER));
  for (const name of ["plain", "rich", "lapsed"] as const) await putSession(name);
  const options = {
    ...{ core, log, observe, accessLog: true, host: "127.0.0.1", port: 0, shared: false },
    ...{ tls: null, envelopePaths: [], corsOrigins: [], docs: false, sandbox: null, metrics: null },
    ...{ trustedNetworks: new BlockList(), trustedProxies: new BlockList() },
    ...{ upstreamTimeoutSeconds: 1, idleTimeoutSeconds: 60, maxBodyBytes: 1 },
  } as unknown as HttpOptions;
  direct = startHttpServer(options);
  plain = startHttpServer(options);
  // Elysia sets its routes once more, when all of its plugins are there.
  await fetch(`http://127.0.0.1:${plain.port}/readyz`);
  plain.closeConnectionsAfterAnswer();
});

afterAll(async () => {
  await direct.stop();
  await plain.stop();
  await scenario[Symbol.asyncDispose]();
});

interface Asked {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Asks a server, and returns everything that its way of answering could change. */
async function ask(server: HttpServer, { path, ...init }: Asked) {
  seen.events = [];
  seen.lines = [];
  using verify = spyOn(scenario.core.sessions, "verify");
  using notes = spyOn(scenario.core.activity, "note");
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`, init);
  const { connection, "x-request-id": id, date, ...headers } = Object.fromEntries(response.headers);
  const text = await response.text();
  expect(id).toMatch(/^\S{8,}$/);
  await Bun.sleep(0);
  return {
    isPlain: verify.mock.calls.length > 0,
    answer: {
      status: response.status,
      headers,
      // A problem repeats the id of its request.
      text: text.replaceAll(id ?? "", ""),
      ...structuredClone(seen),
      notes: [...notes.mock.calls],
    },
  };
}

const REST = "/api/v1/sessions/session-rich/verify";
const rest = (proof: object | string, path = REST): Asked => ({
  method: "POST",
  path,
  body: typeof proof === "string" ? proof : JSON.stringify(proof),
});
const mina = (para: object | string): Asked => ({ ...rest(para), path: "/mina/auth" });
const forward = (headers: Record<string, string>, path = "/forward-auth"): Asked => ({
  method: "GET",
  path,
  headers,
});
const proof = { uuid: "session-rich", skey: SKEY };
const proofHeaders = { "X-WX-Id": "session-rich", "X-WX-Skey": SKEY };

test.each<[string, Asked]>([
  ["verify", rest({ skey: SKEY })],
  ["verify of a session without a profile", rest({ skey: SKEY }, REST.replace("rich", "plain"))],
  ["verify with the app", rest({ appid: DEMO_APP.appid, skey: SKEY })],
  ["verify with a percent-encoded id", rest({ skey: SKEY }, REST.replace("-", "%2D"))],
  ["verify with a query", rest({ skey: SKEY }, `${REST}?a=b`)],
  ["verify with a key of no use", { ...rest({ skey: SKEY }), headers: { Authorization: "x" } }],
  ["verify with a slash too many", rest({ skey: SKEY }, REST.replace("/api", "//api"))],
  ["mina/auth", mina(proof)],
  ["mina/auth of a form", mina(`uuid=session-rich&skey=${SKEY.replace(" ", "+")}`)],
  ["mina/auth with the app", mina({ ...proof, app_id: DEMO_APP.appid })],
  ["mina/auth with an empty app", mina({ ...proof, app_id: "" })],
  ["forward-auth", forward(proofHeaders)],
  ["a HEAD of forward-auth", { ...forward(proofHeaders), method: "HEAD" }],
  ["forward-auth with the app", forward({ ...proofHeaders, "X-WX-AppId": DEMO_APP.appid })],
])("a direct route answers %s as Elysia's does", async (_what, asked) => {
  // An app that was read within the last minute.
  await scenario.core.apps.find(DEMO_APP.appid);
  const [fast, slow] = [await ask(direct, asked), await ask(plain, asked)];
  expect([fast.isPlain, slow.isPlain]).toEqual([false, true]);
  expect([200, 204]).toContain(fast.answer.status);
  expect(fast.answer).toEqual(slow.answer);
  expect(fast.answer.notes).toHaveLength(1);
});

test.each<[string, Asked]>([
  ["a wrong skey", rest({ skey: "wrong" })],
  ["an empty skey", rest({ skey: "" })],
  ["an skey that is too long", rest({ skey: "x".repeat(101) })],
  ["an skey that is a number", rest({ skey: 7 })],
  ["another app", rest({ skey: SKEY, appid: OTHER_APPID })],
  ["an unknown app", rest({ skey: SKEY, appid: "wx-unknown" })],
  ["an app that is null", rest({ skey: SKEY, appid: null })],
  ["an empty app", rest({ skey: SKEY, appid: "" })],
  ["a member too many", rest({ skey: SKEY, other: 1 })],
  ["a member of every object", rest(`{"skey":"${SKEY}","__proto__":{}}`)],
  ["an array", rest([SKEY])],
  ["null", rest("null")],
  ["no JSON", rest(`skey=${SKEY}`)],
  ["no body", rest("")],
  ["a body that is too large", rest({ skey: SKEY, other: "x".repeat(300_000) })],
  ["an unknown session", rest({ skey: SKEY }, REST.replace("rich", "nobody"))],
  ["an id of another form", rest({ skey: SKEY }, REST.replace("session-rich", "%E7%88%B1"))],
  ["an id that is not percent-encoded", rest({ skey: SKEY }, REST.replace("session-rich", "%zz"))],
  ["an id with a zero byte", rest({ skey: SKEY }, REST.replace("session-rich", "%00"))],
  ["an id with a slash", rest({ skey: SKEY }, REST.replace("session-rich", "a%2Fb"))],
  ["an empty id", rest({ skey: SKEY }, REST.replace("session-rich", ""))],
  ["an skey of half a character", rest({ skey: "\ud83d" })],
  ["a lapsed login", rest({ skey: SKEY }, REST.replace("rich", "lapsed"))],
  ["a GET of verify", { path: REST }],
  ["a PUT of verify", { ...rest({ skey: SKEY }), method: "PUT" }],
  ["a wrong skey of mina", mina({ ...proof, skey: "wrong" })],
  ["an uuid that is missing", mina({ skey: SKEY })],
  ["an skey of mina that is an object", mina({ ...proof, skey: {} })],
  ["another app of mina", mina({ ...proof, app_id: OTHER_APPID })],
  ["an app's number that nobody has", mina({ ...proof, app_id: 99 })],
  ["a body of mina that is neither JSON nor a form", mina("")],
  ["a GET of mina", { path: "/mina/auth" }],
  ["forward-auth without a session", forward({})],
  ["forward-auth with a wrong skey", forward({ ...proofHeaders, "X-WX-Skey": "wrong" })],
  ["forward-auth with another app", forward({ ...proofHeaders, "X-WX-AppId": OTHER_APPID })],
  ["forward-auth whose address has another app", forward(proofHeaders, "/forward-auth?appid=wx-x")],
])("a direct route leaves %s to Elysia's", async (_what, asked) => {
  await scenario.core.apps.find(DEMO_APP.appid);
  const [fast, slow] = [await ask(direct, asked), await ask(plain, asked)];
  expect(fast).toEqual(slow);
  expect(fast.answer.notes).toEqual([]);
});

test.each<[string, Asked]>([
  ["an app's number", mina({ ...proof, app_id: 1 })],
  ["a slash at the end", rest({ skey: SKEY }, `${REST}/`)],
  ["the app in the address", forward(proofHeaders, `/forward-auth?appid=${DEMO_APP.appid}`)],
  ["a POST of forward-auth", { ...forward(proofHeaders), method: "POST" }],
])("a direct route leaves %s to Elysia's, which succeeds", async (_what, asked) => {
  const [fast, slow] = [await ask(direct, asked), await ask(plain, asked)];
  expect([fast.isPlain, fast.answer.notes.length]).toEqual([true, 1]);
  expect(fast).toEqual(slow);
});

test.each<[string, (name: Name) => Asked]>([
  ["verify", (name) => rest({ skey: SKEY }, REST.replace("rich", name))],
  ["mina/auth", (name) => mina({ ...proof, uuid: `session-${name}` })],
  ["forward-auth", (name) => forward({ ...proofHeaders, "X-WX-Id": `session-${name}` })],
])("a direct route answers %s whose visit is due as Elysia's does", async (_what, asked) => {
  await scenario.core.apps.find(DEMO_APP.appid);
  const answers = [];
  for (const server of [direct, plain]) {
    await putSession("due", 3600);
    answers.push((await ask(server, asked("due"))).answer);
    await scenario.core.visits.flush();
    const stored = await scenario.store.sessions.get("session-due", null);
    expect(stored?.lastVisitAt).toBe(scenario.clock.now());
  }
  expect(answers[0]).toEqual(answers[1]);
  expect([200, 204]).toContain(answers[0]?.status as number);
});
