import { expect, test } from "bun:test";
import { type Calls, countingStore } from "../../../test/harness/counting-store.ts";
import { ADMIN_KEY, openScenario, succeeded, TESTER } from "../../../test/harness/scenario.ts";
import { DEMO_AGENT, DEMO_APP } from "../../sandbox/world.ts";
import type { Need } from "./access.ts";
import type { Capability } from "./service-key.ts";

const stranger = { address: "203.0.113.7", isLocal: false, isTrusted: false };
const AGENT = `${DEMO_AGENT.corpid}:${DEMO_AGENT.agentid}`;

test.each([
  {
    sender: "the admin key",
    caller: { ...stranger, key: ADMIN_KEY },
    by: "admin",
    mayRegisterFirst: false,
  },
  {
    sender: "a wrong key",
    caller: { ...stranger, key: `${ADMIN_KEY}x` },
    by: null,
    mayRegisterFirst: false,
  },
  {
    sender: "a wrong key from a trusted network",
    caller: { ...stranger, key: "x", isLocal: true, isTrusted: true },
    by: null,
    mayRegisterFirst: false,
  },
  {
    sender: "an empty key",
    caller: { ...stranger, key: "", isLocal: true, isTrusted: true },
    by: null,
    mayRegisterFirst: false,
  },
  { sender: "no key", caller: { ...stranger, key: null }, by: null, mayRegisterFirst: false },
  {
    sender: "no key from this machine",
    caller: { ...stranger, key: null, isLocal: true, isTrusted: false },
    by: null,
    mayRegisterFirst: true,
  },
  {
    sender: "no key from a trusted network",
    caller: { ...stranger, key: null, isLocal: false, isTrusted: true },
    by: "trusted-network",
    mayRegisterFirst: false,
  },
  {
    sender: "no key, who owns the data folder",
    caller: { ...stranger, key: null, isOwner: true as const },
    by: "local",
    mayRegisterFirst: false,
  },
  {
    sender: "a wrong key, who owns the data folder",
    caller: { ...stranger, key: "x", isOwner: true as const },
    by: null,
    mayRegisterFirst: false,
  },
])(
  "authorize() and mayRegisterFirst() of a caller with $sender",
  async ({ caller, by, mayRegisterFirst }) => {
    await using scenario = await openScenario();
    const { access } = scenario.core;
    const needs: Need[] = ["admin", { capability: "token", app: DEMO_APP.appid }];
    for (const need of needs)
      expect(await access.authorize(caller, need)).toEqual(
        by ?? (expect.objectContaining({ code: "keyRequired" }) as never),
      );
    expect(access.mayRegisterFirst(caller)).toBe(mayRegisterFirst);
  },
);

test("authorize() lets a service key do what its capabilities and apps cover, and nothing else", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  const { corpid, agentid, secret: agentSecret } = DEMO_AGENT;
  succeeded(await core.workAgents.register({ corpid, agentid, agentSecret, remark: "r" }, TESTER));
  const { key, record } = succeeded(
    await core.serviceKeys.create(
      {
        title: "",
        apps: [DEMO_APP.appid, AGENT],
        capabilities: ["token", "session.read"],
        paths: null,
        expiresAt: null,
      },
      TESTER,
    ),
  );
  const by = (capability: Capability, app: string | null) =>
    core.access.authorize({ ...stranger, key }, { capability, app });
  for (const app of [DEMO_APP.appid, AGENT, null])
    expect(await by("token", app)).toBe(`key:${record.id}`);
  const forbidden = { code: "forbidden" };
  for (const app of ["wx2", corpid, agentid, ""])
    expect(await by("token", app)).toMatchObject(forbidden);
  expect(await by("ticket", DEMO_APP.appid)).toMatchObject(forbidden);
  expect(await core.access.authorize({ ...stranger, key }, "admin")).toMatchObject(forbidden);
});

test("authorize() and authorizeKeyOf() refuse a path that is not among a key's paths", async () => {
  await using scenario = await openScenario();
  const { core } = scenario;
  const { key, record } = succeeded(
    await core.serviceKeys.create(
      {
        ...{ title: "", apps: [DEMO_APP.appid], capabilities: ["proxy"] },
        ...{ paths: ["/wxa/*"], expiresAt: null },
      },
      TESTER,
    ),
  );
  const by = async (app: string, path: string) => {
    const need: Need = { capability: "proxy", app, path };
    const authorized = await core.access.authorize({ ...stranger, key }, need);
    expect(await core.access.authorizeKeyOf(record.id, null, need)).toEqual(authorized);
    return authorized;
  };
  expect(await by(DEMO_APP.appid, "/wxa/x")).toBe(`key:${record.id}`);
  expect(await by(DEMO_APP.appid, "/cgi-bin/x")).toMatchObject({ code: "pathRefused" });
  expect(await by("wx2", "/wxa/x")).toMatchObject({ code: "forbidden" });
  expect(await core.serviceKeys.revoke(record.id, TESTER)).toBeNull();
  expect(await by(DEMO_APP.appid, "/wxa/x")).toMatchObject({ code: "keyRequired" });
});

test("create() refuses paths without proxy, and paths of another form", async () => {
  await using scenario = await openScenario();
  const make = (capabilities: Capability[], paths: string[]) =>
    scenario.core.serviceKeys.create(
      { title: "", apps: [DEMO_APP.appid], capabilities, paths, expiresAt: null },
      TESTER,
    );
  const refused = { code: "badParameter", detail: { reason: "paths" } };
  expect(await make(["token"], ["/wxa/*"])).toMatchObject(refused);
  expect(await make(["proxy"], ["wxa"])).toMatchObject(refused);
  expect(await make(["proxy"], [])).toMatchObject(refused);
});

test("authorize() refuses a service key that expired or was revoked", async () => {
  await using scenario = await openScenario();
  const { core, clock } = scenario;
  const create = (expiresAt: number | null) =>
    core.serviceKeys.create(
      { title: "", apps: [DEMO_APP.appid], capabilities: ["token"], paths: null, expiresAt },
      TESTER,
    );
  const lapsing = succeeded(await create(clock.now() + 1000));
  const lasting = succeeded(await create(null));
  const authorize = (key: string) =>
    core.access.authorize({ ...stranger, key }, { capability: "token", app: DEMO_APP.appid });
  clock.advance({ ms: 999 });
  expect(await authorize(lapsing.key)).toBe(`key:${lapsing.record.id}`);
  clock.advance({ ms: 1 });
  expect(await authorize(lapsing.key)).toMatchObject({ code: "keyRequired" });
  expect(await authorize(lasting.key)).toBe(`key:${lasting.record.id}`);
  expect(await core.serviceKeys.revoke(lasting.record.id, TESTER)).toBeNull();
  expect(await authorize(lasting.key)).toMatchObject({ code: "keyRequired" });
});

test("authorize() records the use of a key at most once a minute", async () => {
  const calls: Calls = new Map();
  await using scenario = await openScenario({ wrap: (store) => countingStore(store, calls) });
  const { core, clock } = scenario;
  const { key, record } = succeeded(
    await core.serviceKeys.create(
      { title: "", apps: [DEMO_APP.appid], capabilities: ["token"], paths: null, expiresAt: null },
      TESTER,
    ),
  );
  for (let second = 0; second < 120; second += 1) {
    await core.access.authorize({ ...stranger, key }, { capability: "token", app: DEMO_APP.appid });
    clock.advance({ seconds: 1 });
  }
  expect(calls.get("serviceKeys.touch")).toBe(2);
  await scenario.store.serviceKeys.touch("another", clock.now(), null);
  const found = succeeded(await core.serviceKeys.find(record.id));
  expect([found.lastUsedAt, found.lastUsedFrom]).toEqual([clock.now() - 60_000, stranger.address]);
});
