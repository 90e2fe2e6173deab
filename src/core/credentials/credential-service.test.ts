import { expect, test } from "bun:test";
import { type Calls, countingStore } from "../../../test/harness/counting-store.ts";
import { openScenario, type Scenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { silentLog } from "../../../test/harness/silent-log.ts";
import { DEMO_AGENT, DEMO_APP } from "../../sandbox/world.ts";
import { keepCredentials } from "./credential-keeper.ts";
import { type AgentCredentialKind, keyOfCredential } from "./kinds.ts";

const { appid } = DEMO_APP;
const STABLE = "/cgi-bin/stable_token";
const LEGACY = "/cgi-bin/token";
const TICKET = "/cgi-bin/ticket/getticket";
const token = async ({ core }: Scenario, options = {}) =>
  succeeded(await core.ownerCredentials.get("app/access-token", appid, options));
const keep = (scenario: Scenario) =>
  keepCredentials({ ...scenario, ...scenario.core, log: silentLog });

test("get() fetches once, and returns the stored value until ten minutes before it expires", async () => {
  await using scenario = await openScenario();
  const { clock, sandbox } = scenario;
  const first = await token(scenario);
  expect(first).toMatchObject({ state: "new", expiresAt: clock.now() + 7_200_000 });
  clock.advance({ seconds: 6599 });
  expect(await token(scenario)).toMatchObject({ state: "stored", value: first.value });
  expect(sandbox.calls(STABLE)).toBe(1);
});

test("get() of a credential that is not stored makes one call for a thousand callers", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const tokens = await Promise.all(Array.from({ length: 1000 }, () => token(scenario)));
  expect(calls.get("leases.acquire")).toBe(1);
  expect(scenario.sandbox.calls(STABLE)).toBe(1);
  expect(new Set(tokens.map(({ value }) => value)).size).toBe(1);
});

test("get() in the last ten minutes returns the old value, and renews in the background", async () => {
  await using scenario = await openScenario();
  const { clock, core } = scenario;
  const { value } = await token(scenario);
  clock.advance({ seconds: 6901 });
  expect(await token(scenario)).toMatchObject({ state: "renewing", value });
  await core.credentials.settle();
  const renewed = await token(scenario);
  expect(renewed.state).toBe("stored");
  expect(renewed.value).not.toBe(value);
});

test("get() of a stable token with 300 seconds left returns it, and does not fetch at every call", async () => {
  await using scenario = await openScenario();
  const { clock, core, sandbox } = scenario;
  sandbox.world.hosted.stable(appid, false);
  sandbox.world.hosted.hasten(appid, 301);
  const { value, state, expiresAt } = await token(scenario);
  expect([state, expiresAt]).toEqual(["new", clock.now() + 301_000]);
  for (let count = 0; count < 10; count += 1)
    expect(await token(scenario)).toMatchObject({ state: "stored", value });
  expect(sandbox.calls(STABLE)).toBe(1);
  clock.advance({ seconds: 30 });
  expect(await token(scenario)).toMatchObject({ state: "renewing", value });
  await core.credentials.settle();
  expect((await token(scenario)).value).not.toBe(value);
  expect(sandbox.calls(STABLE)).toBe(2);
});

test("get() returns the valid old value when a renewal fails, and the failure without one", async () => {
  await using scenario = await openScenario();
  const { clock, core, sandbox } = scenario;
  const { value } = await token(scenario);
  sandbox.faults.set(STABLE, { status: 503 });
  clock.advance({ seconds: 7199 });
  expect(await token(scenario)).toMatchObject({ value });
  await core.credentials.settle();
  expect(await token(scenario, { force: true })).toMatchObject({ value, state: "stored" });
  clock.advance({ seconds: 1 });
  expect(await core.ownerCredentials.get("app/access-token", appid)).toMatchObject({
    code: "wechatUnreachable",
  });
});

test("get() backs off from a failing upstream for longer each time, until the secret changes", async () => {
  await using scenario = await openScenario();
  const { clock, core, sandbox } = scenario;
  sandbox.faults.set(STABLE, { errcode: 40125 });
  const fails = async () =>
    expect(await core.ownerCredentials.get("app/access-token", appid)).toMatchObject({
      code: "tokenRefused",
    });
  const calls: number[] = [];
  for (let second = 0; second < 16; second += 1) {
    for (let count = 0; count < 5; count += 1) await fails();
    calls.push(sandbox.calls(STABLE));
    clock.advance({ seconds: 1 });
  }
  expect(calls).toEqual([1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5]);
  sandbox.faults.clear(STABLE);
  await fails();
  succeeded(await core.apps.replaceSecret(appid, DEMO_APP.secret, TESTER));
  expect(await token(scenario)).toMatchObject({ state: "new" });
});

test("get() with force renews at once, but returns the current value within 30 seconds", async () => {
  await using scenario = await openScenario();
  const { clock, sandbox } = scenario;
  const first = await token(scenario);
  const forced = await Promise.all(
    Array.from({ length: 100 }, () => token(scenario, { force: true })),
  );
  expect(new Set(forced.map(({ value }) => value)).size).toBe(1);
  expect(forced[0]?.value).not.toBe(first.value);
  clock.advance({ seconds: 29 });
  expect(await token(scenario, { force: true })).toMatchObject({
    state: "stored",
    value: forced[0]?.value ?? "",
  });
  expect(sandbox.calls(STABLE)).toBe(2);
  clock.advance({ seconds: 1 });
  expect(await token(scenario, { force: true })).toMatchObject({ state: "new" });
  expect(sandbox.calls(STABLE)).toBe(3);
});

test("get() with rotate makes one call for five hundred callers who name a dead token", async () => {
  await using scenario = await openScenario();
  const { sandbox } = scenario;
  const { value: dead } = await token(scenario);
  sandbox.world.hosted.revoke(appid);
  const rotated = await Promise.all(
    Array.from({ length: 500 }, () => token(scenario, { rotate: dead })),
  );
  expect(sandbox.calls(STABLE)).toBe(2);
  expect(new Set(rotated.map(({ value }) => value)).size).toBe(1);
  expect(rotated[0]?.value).not.toBe(dead);
  expect(await token(scenario, { rotate: dead })).toMatchObject({
    state: "stored",
    value: rotated[0]?.value ?? "",
  });
  expect(await token(scenario, { rotate: "never was" })).toMatchObject({ state: "stored" });
  expect(sandbox.calls(STABLE)).toBe(2);
});

test("get() with rotate forces a new token when WeChat returns the dead one again", async () => {
  await using scenario = await openScenario();
  const { value } = await token(scenario);
  expect((await token(scenario, { rotate: value })).value).not.toBe(value);
});

test("get() with rotate fails rather than return the dead token", async () => {
  await using scenario = await openScenario();
  const { value } = await token(scenario);
  scenario.sandbox.faults.set(STABLE, { status: 503 });
  expect(
    await scenario.core.ownerCredentials.get("app/access-token", appid, { rotate: value }),
  ).toMatchObject({
    code: "wechatUnreachable",
  });
});

test("get() uses the legacy endpoint for an app that is set to it", async () => {
  await using scenario = await openScenario();
  await scenario.store.apps.update(appid, { tokenEndpoint: "legacy" });
  expect((await token(scenario)).value).toStartWith("token_");
  expect([scenario.sandbox.calls(LEGACY), scenario.sandbox.calls(STABLE)]).toEqual([1, 0]);
});

test("keepCredentials() renews for a day after the last use of a stored credential", async () => {
  await using scenario = await openScenario();
  const { clock, core, sandbox } = scenario;
  await token(scenario);
  const keepFor = async (rounds: number) => {
    for (let round = 0; round < rounds; round += 1) {
      clock.advance({ seconds: 7140 });
      await keep(scenario);
      await core.credentials.settle();
    }
  };
  await keepFor(11);
  expect(await token(scenario)).toMatchObject({ state: "stored" });
  await keepFor(11);
  expect(sandbox.calls(STABLE)).toBe(23);
  await keepFor(11);
  expect(sandbox.calls(STABLE)).toBeLessThan(30);
});

test("get() of a ticket renews a dead token once, and fetches again", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { value: dead } = await token(scenario);
  sandbox.world.hosted.revoke(appid);
  const ticket = succeeded(await core.ownerCredentials.get("app/jsapi-ticket", appid));
  expect(ticket).toMatchObject({ state: "new" });
  expect([sandbox.calls(STABLE), sandbox.calls(TICKET)]).toEqual([2, 2]);
  expect((await token(scenario)).value).not.toBe(dead);
  expect(succeeded(await core.ownerCredentials.get("app/wx-card-ticket", appid)).value).not.toBe(
    ticket.value,
  );
  expect(await core.ownerCredentials.get("app/jsapi-ticket", appid)).toMatchObject({
    state: "stored",
    value: ticket.value,
  });
});

test("get() of a refused ticket fetches again only when the token was dead", async () => {
  for (const { errcode, calls } of [
    { errcode: 48001, calls: 1 },
    { errcode: 42001, calls: 2 },
  ] as const) {
    await using scenario = await openScenario();
    scenario.sandbox.faults.set(TICKET, { errcode });
    expect(await scenario.core.ownerCredentials.get("app/jsapi-ticket", appid)).toMatchObject({
      code: "ticketRefused",
      detail: { wechat: { errcode } },
    });
    expect(scenario.sandbox.calls(TICKET)).toBe(calls);
  }
});

test("keepCredentials() renews credentials that are due, except those unused for a day", async () => {
  await using scenario = await openScenario();
  const { clock, core, sandbox, store } = scenario;
  await token(scenario);
  succeeded(
    await core.workAgents.register(
      { ...DEMO_AGENT, agentSecret: DEMO_AGENT.secret, remark: "r" },
      TESTER,
    ),
  );
  succeeded(
    await core.ownerCredentials.get("agent/ticket", `${DEMO_AGENT.corpid}:${DEMO_AGENT.agentid}`),
  );
  expect(await keep(scenario)).toBe(0);
  const rounds = 11;
  for (let round = 1; round <= rounds; round += 1) {
    clock.advance({ seconds: 7140 });
    expect(await keep(scenario)).toBe(3);
    await core.credentials.settle();
    expect(sandbox.calls(STABLE)).toBe(round + 1);
    // WeCom gives the same token and ticket until they have run out.
    clock.advance({ seconds: 60 });
    expect(await keep(scenario)).toBe(2);
    await core.credentials.settle();
    const { items } = await store.credentials.list({ limit: 10 });
    expect(items).toHaveLength(3);
    for (const { expiresAt } of items) expect(expiresAt - clock.now()).toBeGreaterThan(7_000_000);
  }
  clock.advance({ hours: 4 });
  expect(await keep(scenario)).toBe(0);
  expect(await token(scenario)).toMatchObject({ state: "new" });
});

test("get() keeps the tokens and tickets of two agents of one corp apart", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { corpid } = DEMO_AGENT;
  const agents = ["1000002", "1000003"];
  for (const agentid of agents) {
    sandbox.world.agents.set(`${corpid}:${agentid}`, `secret-of-${agentid}`);
    succeeded(
      await core.workAgents.register(
        {
          corpid,
          agentid,
          agentSecret: `secret-of-${agentid}`,
          remark: "r",
        },
        TESTER,
      ),
    );
  }
  const all = (kind: AgentCredentialKind) =>
    Promise.all(
      agents.map(
        async (agentid) =>
          succeeded(await core.ownerCredentials.get(kind, `${corpid}:${agentid}`)).value,
      ),
    );
  for (const kind of ["agent/access-token", "agent/agent-ticket"] as const)
    expect(new Set(await all(kind)).size).toBe(2);
  const [first, second] = await all("agent/access-token");
  expect(sandbox.world.hosted.ownerOf(first ?? "")).toBe(`${corpid}:1000002`);
  expect(sandbox.world.hosted.ownerOf(second ?? "")).toBe(`${corpid}:1000003`);
});

test("register() during the fetch of an agent's token discards the token", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { corpid, agentid, secret } = DEMO_AGENT;
  const agent = { corpid, agentid, agentSecret: secret, remark: "r" };
  succeeded(await core.workAgents.register(agent, TESTER));
  sandbox.faults.set("/cgi-bin/gettoken", { latencyMs: 100, times: 1 });
  const fetching = core.ownerCredentials.get("agent/access-token", `${corpid}:${agentid}`);
  while (sandbox.calls("/cgi-bin/gettoken") === 0) await Bun.sleep(1);
  scenario.clock.advance({ ms: 1 });
  succeeded(await core.workAgents.register(agent, TESTER));
  expect(await fetching).toMatchObject({ state: "new" });
  expect(
    await core.ownerCredentials.get("agent/access-token", `${corpid}:${agentid}`),
  ).toMatchObject({ state: "new" });
});

test("remove() during the fetch of an agent's token discards the token", async () => {
  await using scenario = await openScenario();
  const { core, sandbox, store } = scenario;
  const { corpid, agentid, secret } = DEMO_AGENT;
  succeeded(
    await core.workAgents.register({ corpid, agentid, agentSecret: secret, remark: "r" }, TESTER),
  );
  sandbox.faults.set("/cgi-bin/gettoken", { latencyMs: 100, times: 1 });
  const fetching = core.ownerCredentials.get("agent/access-token", `${corpid}:${agentid}`);
  while (sandbox.calls("/cgi-bin/gettoken") === 0) await Bun.sleep(1);
  expect(await core.workAgents.remove(corpid, agentid, TESTER)).toBeNull();
  await fetching;
  expect((await store.credentials.list({ limit: 9 })).items).toEqual([]);
});

test("get() fetches a new token for a replaced agent", async () => {
  await using scenario = await openScenario();
  const { core, sandbox } = scenario;
  const { corpid, agentid, secret } = DEMO_AGENT;
  const agent = { corpid, agentid, agentSecret: secret, remark: "r" };
  const get = () => core.ownerCredentials.get("agent/access-token", `${corpid}:${agentid}`);
  expect(await get()).toMatchObject({ code: "agentNotFound" });
  succeeded(await core.workAgents.register({ ...agent, agentSecret: "wrong" }, TESTER));
  expect(await get()).toMatchObject({
    code: "tokenRefused",
    detail: { wechat: { errcode: 40001 } },
  });
  scenario.clock.advance({ ms: 1 });
  succeeded(await core.workAgents.register(agent, TESTER));
  expect(await get()).toMatchObject({ state: "new" });
  expect(await get()).toMatchObject({ state: "stored" });
  succeeded(await core.workAgents.register(agent, TESTER));
  expect(await get()).toMatchObject({ state: "new" });
  expect(sandbox.calls("/cgi-bin/gettoken")).toBe(3);
});

const KEY = keyOfCredential("app/access-token", appid);

test.each([
  { name: "by itself", options: {} },
  { name: "with force", options: { force: true } },
])("get() $name does not serve a token that a wrong clock stored", async ({ options }) => {
  await using scenario = await openScenario();
  const { clock, core, store } = scenario;
  const at = clock.now() + 20 * 86_400_000;
  const times = { fetchedAt: at, expiresAt: at + 7_200_000, lastUsedAt: at, forcedAt: at };
  await store.credentials.put({ key: KEY, value: "wrong", ...times });
  expect(await core.credentials.list({ limit: 9 })).toMatchObject({
    items: [{ state: "expired" }],
  });
  const right = await token(scenario, options);
  expect(right).toMatchObject({ state: "new", expiresAt: clock.now() + 7_200_000 });
  expect(right.value).not.toBe("wrong");
  expect(await token(scenario)).toMatchObject({ state: "stored", value: right.value });
  expect(await store.credentials.get(KEY)).toMatchObject({ lastUsedAt: clock.now() });
});

test("get() with force ignores a force in the future", async () => {
  await using scenario = await openScenario();
  const { clock, store } = scenario;
  const { value, expiresAt } = await token(scenario);
  const forcedAt = clock.now() + 20 * 86_400_000;
  const times = { fetchedAt: clock.now(), expiresAt, lastUsedAt: clock.now(), forcedAt };
  await store.credentials.put({ key: KEY, value, ...times });
  expect(await token(scenario, { force: true })).toMatchObject({ state: "new" });
});

test("get() does not serve a token that is good for longer than WeChat gives", async () => {
  await using scenario = await openScenario();
  const { clock, store } = scenario;
  const { value } = await token(scenario);
  const stored = await store.credentials.get(KEY);
  if (stored === null) throw new Error("no token");
  const put = (hours: number) =>
    store.credentials.put({ ...stored, value: "x", expiresAt: clock.now() + hours * 3_600_000 });
  await put(3);
  expect(await token(scenario)).toMatchObject({ state: "new", value });
  // The clocks of two nodes may differ by a little.
  await put(2 + 1 / 60);
  expect(await token(scenario)).toMatchObject({ state: "stored", value: "x" });
});

test("get() renews although a lease is stored that ends in two hours", async () => {
  await using scenario = await openScenario();
  const { clock, store } = scenario;
  await token(scenario);
  const ahead = clock.now() + 7_200_000;
  await store.leases.acquire(KEY, "a process that died", ahead + 9000, ahead);
  expect(await token(scenario, { force: true })).toMatchObject({ state: "new" });
});

test("get() ends its pause after a failure when the clock is set back", async () => {
  await using scenario = await openScenario();
  const { clock, core, sandbox } = scenario;
  sandbox.faults.set(STABLE, { errcode: 40125 });
  const get = () => core.ownerCredentials.get("app/access-token", appid);
  expect(await get()).toMatchObject({ code: "tokenRefused" });
  sandbox.faults.clear(STABLE);
  expect(await get()).toMatchObject({ code: "tokenRefused" });
  clock.advance({ hours: -2 });
  expect(await get()).toMatchObject({ state: "new" });
});

test("get() pauses after a failure of an app that was changed by a wrong clock", async () => {
  await using scenario = await openScenario();
  const { clock, core, sandbox } = scenario;
  clock.advance({ days: 20 });
  succeeded(await core.apps.replaceSecret(appid, DEMO_APP.secret, TESTER));
  clock.advance({ days: -20 });
  sandbox.faults.set(STABLE, { errcode: 40125 });
  for (let call = 0; call < 3; call += 1)
    expect(await core.ownerCredentials.get("app/access-token", appid)).toMatchObject({
      code: "tokenRefused",
    });
  expect(sandbox.calls(STABLE)).toBe(1);
});
