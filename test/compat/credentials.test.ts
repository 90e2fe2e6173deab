/** The hosted credentials, through the executable: every answer of the mimi and work interfaces. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Capability, capabilityNames } from "../../src/core/access/service-key.ts";
import { agentName } from "../../src/core/apps/work-agent.ts";
import {
  CREDENTIAL_KINDS,
  type CredentialKind,
  credentialKinds,
  isAppKind,
  keyOfCredential,
  kindName,
} from "../../src/core/credentials/kinds.ts";
import { Api } from "../harness/api.ts";
import { APP, OTHER_APP, type Production, startProduction } from "../harness/production.ts";
import { testStore } from "../harness/stores/store.ts";
import type { EnvelopeAnswer } from "../harness/waferd.ts";

const STABLE = "/cgi-bin/stable_token";
const TICKET = "/cgi-bin/ticket/getticket";
const AGENT = {
  corpid: "ww1234567890abcdef",
  agentid: "1000002",
  agentsecret: "the-secret-of-the-agent",
};
const OTHER_AGENT = { ...AGENT, agentid: "1000003", agentsecret: "the-secret-of-another-agent" };

let production: Production;
beforeAll(async () => {
  production = await startProduction();
  for (const agent of [AGENT, OTHER_AGENT]) await initagent(agent);
});
afterAll(() => production[Symbol.asyncDispose]());

const call = (
  name: string,
  para: Record<string, unknown>,
  key: string | null = production.adminKey,
) => production.waferd.call(`qcloud.${name}`, para, key === null ? {} : { key });

async function initagent(agent: typeof AGENT): Promise<EnvelopeAnswer> {
  production.sandbox.world.agents.set(`${agent.corpid}:${agent.agentid}`, agent.agentsecret);
  return call("work.initagent", { ...agent, remark: "备注" });
}

/** Shortens the rest of a stored credential to this, as if time had passed. */
const hasten = (key: string, seconds: number) =>
  testStore.expireCredential(production.waferd.dataDir, key, Date.now() + seconds * 1000);

const { corpid, agentid } = AGENT;
/** The interface of each kind, and the words of its answer. */
const KINDS: Record<
  CredentialKind,
  { name: string; para: Record<string, unknown>; member: string; word: string }
> = {
  "app/access-token": {
    name: "mimi.access_token",
    para: { appid: APP.appid },
    member: "access_token",
    word: "TOKEN",
  },
  "app/jsapi-ticket": {
    name: "mimi.ticket",
    para: { appid: APP.appid },
    member: "ticket",
    word: "TICKET",
  },
  "app/wx-card-ticket": {
    name: "mimi.ticket",
    para: { appid: APP.appid, type: "wx_card" },
    member: "ticket",
    word: "TICKET",
  },
  "agent/access-token": {
    name: "work.access_token",
    para: { corpid, agentid },
    member: "access_token",
    word: "TOKEN",
  },
  "agent/ticket": {
    name: "work.ticket",
    para: { corpid, agentid },
    member: "ticket",
    word: "TICKET",
  },
  "agent/agent-ticket": {
    name: "work.agent.ticket",
    para: { corpid, agentid },
    member: "agent_ticket",
    word: "AGENT_TICKET",
  },
};
const INTERFACES = credentialKinds.map((kind) => {
  const owner = isAppKind(kind) ? APP.appid : agentName(corpid, agentid);
  return { kind, owner, key: keyOfCredential(kind, owner), ...KINDS[kind] };
});

test.each(INTERFACES)(
  "$name of $key is fetched, then stored, then renewed behind the old value",
  async ({ name, para, key, member, word }) => {
    await call("work.initagent", { ...AGENT, remark: "r" });
    const first = await call(name, para);
    const owner = "appid" in para ? { appid: para["appid"] } : { corpid };
    const { exp, [member]: value, ...rest } = first.returnData;
    expect(first.returnMessage).toMatch(new RegExp(`^(NEW|OLD)_${word}_SUCCESS$`));
    expect(rest).toEqual(owner);
    expect(exp - Date.now() / 1000).toBeWithin(7100, 7201);
    expect(await call(name, para)).toMatchObject({
      returnMessage: `OLD_${word}_SUCCESS`,
      returnData: { [member]: value, exp },
    });
    await hasten(key, 599);
    const renewing = await call(name, para);
    expect(renewing).toMatchObject({
      returnMessage: `OLD_${word}_SUCCESS_UPDATED`,
      returnData: { [member]: value },
    });
  },
);

test.each([
  ...INTERFACES.map(({ name, key, para }) => ({ name, of: key, para })),
  { name: "work.initagent", of: `work:${corpid}:${agentid}`, para: { ...AGENT, remark: "r" } },
])("$name of $of fails with KEY_REQUIRED without the key, or with a wrong one", async (row) => {
  for (const key of [null, "waferd_admin_wrong"])
    expect(await call(row.name, row.para, key)).toMatchObject({
      returnCode: 60012,
      returnMessage: "KEY_REQUIRED",
      returnData: null,
    });
});

test.each(INTERFACES)(
  "$kind is served for a service key with its capability only, and refused for one with all others",
  async ({ kind, owner, name, para }) => {
    const api = await Api.of(production.waferd);
    const { capability } = CREDENTIAL_KINDS[kind];
    const withCapabilities = async (capabilities: readonly Capability[]) => {
      const { body } = await api.call("POST", "/service-keys", {
        key: production.adminKey,
        body: { title: "t", apps: [owner], capabilities },
      });
      const place = isAppKind(kind) ? `/apps/${owner}` : `/work-agents/${corpid}/${agentid}`;
      const path = `${place}/credentials/${kindName(kind)}`;
      return {
        returnCode: (await call(name, para, body.key)).returnCode,
        status: (await api.call("GET", path, { key: body.key })).status,
      };
    };
    const others = capabilityNames.filter((one) => one !== capability);
    expect(await withCapabilities([capability])).toEqual({ returnCode: 0, status: 200 });
    expect(await withCapabilities(others)).toEqual({ returnCode: 60012, status: 403 });
  },
);

test("a token that is fetched is in the log, a stored one is not", async () => {
  const { adminKey: key, waferd } = production;
  const api = await Api.of(waferd);
  const para = { appid: OTHER_APP.appid };
  const body = JSON.stringify({ interface: { interfaceName: "qcloud.mimi.access_token", para } });
  const idOf = ({ headers }: { headers: Headers }) => headers.get("x-request-id");
  const envelope = async () => idOf(await waferd.post(body, { key }));
  const rest = async (shown: string) =>
    idOf(
      await api.call("GET", `/apps/${OTHER_APP.appid}/credentials/access-token`, { key: shown }),
    );
  const fetched = await envelope();
  const stored = [await envelope(), await rest(key)];
  const refused = await rest("a wrong key");
  await waferd.logged(({ requestId }) => requestId === refused);
  const logged = waferd.log.map(({ requestId }) => requestId);
  expect(logged).toContain(fetched);
  for (const id of stored) expect(logged).not.toContain(id);
});

test("mimi.ticket of an unknown type is refused to a caller who may not get the default type", async () => {
  const para = { appid: APP.appid, type: "x" };
  const api = await Api.of(production.waferd);
  const codeFor = async (capability: Capability) => {
    const { body } = await api.call("POST", "/service-keys", {
      key: production.adminKey,
      body: { title: "t", apps: [APP.appid], capabilities: [capability] },
    });
    return (await call("mimi.ticket", para, body.key)).returnMessage;
  };
  expect((await call("mimi.ticket", para, null)).returnMessage).toBe("KEY_REQUIRED");
  expect(await codeFor("token")).toBe("KEY_REQUIRED");
  expect(await codeFor("ticket")).toBe("PARA_ERR: type");
});

const CAUSES: {
  returnCode: number;
  returnMessage: string;
  of: string;
  cause: () => Promise<EnvelopeAnswer>;
}[] = [
  {
    returnCode: 1012,
    returnMessage: "NO_APPID",
    of: "an unknown app's token",
    cause: () => call("mimi.access_token", { appid: "wx-nobody" }),
  },
  {
    returnCode: 1012,
    returnMessage: "NO_APPID",
    of: "an unknown app's ticket",
    cause: () => call("mimi.ticket", { appid: "wx-nobody" }),
  },
  {
    returnCode: 1012,
    returnMessage: "NO_CORPRECORD",
    of: "an unknown agent",
    cause: () => call("work.ticket", { corpid, agentid: "1" }),
  },
  {
    returnCode: 1012,
    returnMessage: "NO_CORPRECORD",
    of: "an unknown corp",
    cause: () => call("work.access_token", { corpid: "a b", agentid }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: appid",
    of: "no appid",
    cause: () => call("mimi.access_token", {}),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: type",
    of: "a ticket of another kind",
    cause: () => call("mimi.ticket", { appid: APP.appid, type: "x" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: agentid",
    of: "no agentid",
    cause: () => call("work.access_token", { corpid }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: agentsecret",
    of: "no secret",
    cause: () => call("work.initagent", { corpid, agentid, remark: "r" }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: remark",
    of: "no remark",
    cause: () => call("work.initagent", { ...AGENT }),
  },
  {
    returnCode: 1003,
    returnMessage: "PARA_ERR: corpid",
    of: "an invalid corpid",
    cause: () => call("work.initagent", { ...AGENT, corpid: "a:b", remark: "r" }),
  },
  {
    returnCode: 1005,
    returnMessage: "WEIXIN_NET_ERR",
    of: "a WeChat that is down",
    cause: () => fresh("wx-down", { status: 503 }),
  },
  {
    returnCode: 1007,
    returnMessage: "WEIXIN_RETURN_ERR",
    of: "a token without expires_in",
    cause: () => fresh("wx-odd", { body: '{"access_token":"t"}' }),
  },
  {
    returnCode: 1007,
    returnMessage: "WEIXIN_RETURN_ERR",
    of: "an empty token",
    cause: () => fresh("wx-empty", { body: '{"access_token":"","expires_in":7200}' }),
  },
  {
    returnCode: 1014,
    returnMessage: "CHANGE_TOKEN_ERR",
    of: "a disk that fills up meanwhile",
    cause: () => whileDiskFills(STABLE, () => fresh("wx-full", { latencyMs: 600 })),
  },
  {
    returnCode: 1015,
    returnMessage: "CHANGE_TICKET_ERR",
    of: "a disk that fills up under a ticket",
    cause: () =>
      whileDiskFills(TICKET, async () => {
        await registered("wx-full-ticket");
        await call("mimi.access_token", { appid: "wx-full-ticket" });
        return call("mimi.ticket", { appid: "wx-full-ticket" });
      }),
  },
  {
    returnCode: 1016,
    returnMessage: "CHANGE_AGENT_TICKET_ERR",
    of: "a disk that fills up under an agent's ticket",
    cause: () =>
      whileDiskFills("/cgi-bin/ticket/get", async () => {
        await initagent({ ...AGENT, agentid: "1000009" });
        await call("work.access_token", { corpid, agentid: "1000009" });
        return call("work.agent.ticket", { corpid, agentid: "1000009" });
      }),
  },
  {
    returnCode: 1013,
    returnMessage: "INIT_APPINFO_FAIL",
    of: "a full disk under an agent",
    cause: async () => {
      await testStore.refuseWrites(production.waferd);
      const answer = await call("work.initagent", { ...AGENT, remark: "r" });
      await testStore.allowWrites(production.waferd);
      return answer;
    },
  },
];

/** Registers an app with waferd and with the sandbox. */
async function registered(appid: string): Promise<void> {
  production.sandbox.world.apps.set(appid, `secret-of-${appid}`);
  await call("cam.initapp", { appid, secret: `secret-of-${appid}` });
}

/** Gets the token of a fresh app, under a fault of stable_token. */
async function fresh(
  appid: string,
  fault: Parameters<Production["sandbox"]["faults"]["set"]>[1],
): Promise<EnvelopeAnswer> {
  await registered(appid);
  production.sandbox.faults.set(STABLE, fault);
  const answer = await call("mimi.access_token", { appid });
  production.sandbox.faults.clear(STABLE);
  return answer;
}

/** Fills the disk during the call to WeChat: the lease was written, and the answer cannot be. */
async function whileDiskFills(
  path: string,
  run: () => Promise<EnvelopeAnswer>,
): Promise<EnvelopeAnswer> {
  const { sandbox, waferd } = production;
  const before = sandbox.calls(path);
  if (path !== STABLE) sandbox.faults.set(path, { latencyMs: 600 });
  const answer = run();
  while (sandbox.calls(path) === before) await Bun.sleep(5);
  await Bun.sleep(100);
  await testStore.refuseWrites(waferd);
  const outcome = await answer;
  await testStore.allowWrites(waferd);
  sandbox.faults.clear(path);
  return outcome;
}

test.each(CAUSES)(
  "$returnCode $returnMessage is the answer for $of",
  async ({ returnCode, returnMessage, cause }) => {
    expect(await cause()).toMatchObject({ returnCode, returnMessage, returnData: null });
  },
);

test("mimi.access_token with a refused secret is answered 40013, with WeChat's errmsg as returnData", async () => {
  await call("cam.initapp", { appid: "wx-refused", secret: "not-the-right-secret" });
  production.sandbox.world.apps.set("wx-refused", "the-right-secret");
  const answer = await call("mimi.access_token", { appid: "wx-refused" });
  expect(answer).toMatchObject({
    returnCode: 40013,
    returnMessage: "WEIXIN_CODE_ERR",
    wechat: { errcode: 40125 },
  });
  expect(answer.returnData).toBe(answer.wechat?.errmsg);
  expect(answer.returnData).toStartWith("invalid appsecret, rid: ");
  expect(await call("mimi.ticket", { appid: "wx-refused" })).toMatchObject({ returnCode: 40013 });
});

test("mimi.ticket that WeChat refuses is answered 40014 after one renewal of the token", async () => {
  await registered("wx-no-ticket");
  production.sandbox.faults.set(TICKET, { errcode: 40001, errmsg: "invalid credential" });
  const [stable, tickets] = [production.sandbox.calls(STABLE), production.sandbox.calls(TICKET)];
  const answer = await call("mimi.ticket", { appid: "wx-no-ticket" });
  production.sandbox.faults.clear(TICKET);
  expect(answer).toMatchObject({ returnCode: 40014, returnMessage: "WEIXIN_ACCESSTOKEN_ERR" });
  expect(answer.returnData).toBe(answer.wechat?.errmsg);
  expect(production.sandbox.calls(TICKET) - tickets).toBe(2);
  // The first token, the same one again, and a forced one.
  expect(production.sandbox.calls(STABLE) - stable).toBe(3);
});

test.each([true, "true", 1, "1"])(
  "force %j renews at once, and at most once in 30 seconds",
  async (force) => {
    const appid = `wx-force-${typeof force}-${force}`;
    await registered(appid);
    const { returnData: first } = await call("mimi.access_token", { appid });
    const forced = await call("mimi.access_token", { appid, force });
    expect(forced.returnMessage).toBe("NEW_TOKEN_SUCCESS");
    expect(forced.returnData.access_token).not.toBe(first.access_token);
    expect(await call("mimi.access_token", { appid, force })).toMatchObject({
      returnMessage: "OLD_TOKEN_SUCCESS",
      returnData: forced.returnData,
    });
  },
);

test.each([false, "false", 0, "yes", null, {}])("force %j does not renew", async (force) => {
  const { returnData } = await call("mimi.access_token", { appid: OTHER_APP.appid });
  expect(await call("mimi.access_token", { appid: OTHER_APP.appid, force })).toMatchObject({
    returnData,
  });
});

test("mimi.access_token returns the valid old value when the upstream is down", async () => {
  const { returnData } = await call("mimi.access_token", { appid: OTHER_APP.appid });
  production.sandbox.faults.set(STABLE, { status: 503 });
  await hasten(`app:${OTHER_APP.appid}:token`, 60);
  for (let count = 0; count < 5; count += 1) {
    const answer = await call("mimi.access_token", {
      appid: OTHER_APP.appid,
      force: count % 2 === 0,
    });
    expect(answer).toMatchObject({
      returnCode: 0,
      returnData: { access_token: returnData.access_token },
    });
  }
  await production.waferd.logged(
    (line) =>
      line["msg"] === "a hosted credential could not be renewed" &&
      line["owner"] === OTHER_APP.appid,
  );
  await hasten(`app:${OTHER_APP.appid}:token`, -1);
  expect(await call("mimi.access_token", { appid: OTHER_APP.appid })).toMatchObject({
    returnCode: 1005,
  });
  production.sandbox.faults.clear(STABLE);
});

test("two agents of one corp have their own tokens, and share the corp's ticket only", async () => {
  const of = async (name: string, agent: typeof AGENT, member: string) =>
    (await call(name, { corpid: agent.corpid, agentid: agent.agentid })).returnData[member];
  for (const { name, member, shared } of [
    { name: "work.access_token", member: "access_token", shared: false },
    { name: "work.ticket", member: "ticket", shared: true },
    { name: "work.agent.ticket", member: "agent_ticket", shared: false },
  ] as const)
    expect((await of(name, AGENT, member)) === (await of(name, OTHER_AGENT, member))).toBe(shared);
});

test("a restart keeps credentials without a call, and the data files hold no token or ticket", async () => {
  await using own = await startProduction();
  const key = own.adminKey;
  const get = async (name: string) =>
    (await own.waferd.call(`qcloud.${name}`, { appid: APP.appid }, { key })).returnData;
  const token = (await get("mimi.access_token")).access_token;
  const { ticket } = await get("mimi.ticket");
  await own.restart();
  expect((await get("mimi.access_token")).access_token).toBe(token);
  expect((await get("mimi.ticket")).ticket).toBe(ticket);
  expect([own.sandbox.calls(STABLE), own.sandbox.calls(TICKET)]).toEqual([1, 1]);
  const contents = await testStore.contents(own.waferd.dataDir);
  expect(contents).toContain(APP.appid);
  for (const secret of [token, ticket]) expect(contents).not.toContain(secret);
  // The go server's layout has the secret as that server reads it.
  expect(contents.includes(APP.secret)).toBe(!testStore.sealsAppSecrets);
});

const severalServers = test.skipIf(!testStore.takesSeveralServers);

severalServers(
  "mimi.access_token makes one call for a thousand requests to two servers",
  async () => {
    await using own = await startProduction();
    await using other = await own.another();
    const key = own.adminKey;
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        (index % 2 === 0 ? own.waferd : other).call(
          "qcloud.mimi.access_token",
          { appid: APP.appid },
          { key },
        ),
      ),
    );
    expect(own.sandbox.calls(STABLE)).toBe(1);
    expect(new Set(answers.map(({ returnData }) => returnData.access_token)).size).toBe(1);
  },
  30_000,
);

severalServers(
  "mimi.access_token recovers within the lease when its holder is killed",
  async () => {
    await using own = await startProduction();
    await using doomed = await own.another();
    const key = own.adminKey;
    own.sandbox.faults.set(STABLE, { latencyMs: 1000 });
    const get = (waferd: typeof doomed) =>
      waferd.call("qcloud.mimi.access_token", { appid: APP.appid }, { key });
    const lost = Array.from({ length: 200 }, () => get(doomed).catch(() => null));
    while (own.sandbox.calls(STABLE) === 0) await Bun.sleep(5);
    const waiting = Array.from({ length: 200 }, () => get(own.waferd));
    await Bun.sleep(200);
    doomed.signal("SIGKILL");
    await doomed.exited();
    const answers = await Promise.all(waiting);
    await Promise.all(lost);
    expect(own.sandbox.calls(STABLE)).toBe(2);
    expect(answers.filter(({ returnCode }) => returnCode !== 0)).toEqual([]);
    expect(new Set(answers.map(({ returnData }) => returnData.access_token)).size).toBe(1);
  },
  30_000,
);

test("a running server renews a hosted credential without a request", async () => {
  await using own = await startProduction();
  const get = async () =>
    (await own.waferd.call("qcloud.mimi.access_token", { appid: APP.appid }, { key: own.adminKey }))
      .returnData;
  const { exp } = await get();
  await testStore.expireCredential(own.waferd.dataDir, `app:${APP.appid}:token`, Date.now() - 1);
  own.sandbox.world.hosted.revoke(APP.appid);
  await own.restart();
  for (let tries = 0; tries < 100 && own.sandbox.calls(STABLE) < 2; tries += 1) await Bun.sleep(20);
  expect(own.sandbox.calls(STABLE)).toBe(2);
  // WeChat tells the rest of a token in whole seconds.
  expect((await get()).exp).toBeGreaterThanOrEqual(exp - 1);
  expect(own.sandbox.calls(STABLE)).toBe(2);
});

test("requests to WeChat, retries included, are counted by subject, endpoint and day", async () => {
  await using own = await startProduction();
  const key = own.adminKey;
  own.sandbox.faults.set(STABLE, { errcode: -1, times: 2 });
  await own.waferd.call("qcloud.mimi.ticket", { appid: APP.appid }, { key });
  await own.waferd.call("qcloud.mimi.access_token", { appid: APP.appid, force: true }, { key });
  await own.login(own.user("alice"));
  const api = await Api.of(own.waferd);
  const { body } = await api.call("GET", `/apps/${APP.appid}/stats`, { key });
  expect(body.calls).toEqual([
    { endpoint: STABLE, count: 3 },
    { endpoint: `${STABLE} force_refresh`, count: 1 },
    { endpoint: TICKET, count: 1 },
    { endpoint: "/sns/jscode2session", count: 1 },
  ]);
});
